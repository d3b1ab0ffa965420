import type { Verdict } from "../../../diagnosis/verdict.ts";
import { linearModel } from "../../../estimators/linear/linearModel.ts";
import { multinomialRegression } from "../../../estimators/linear/multinomial.ts";
import type { LossChoice } from "../../../estimators/linear/task.ts";
import { kernelSvm } from "../../../estimators/svm/kernelSvm.ts";
import { linearSvm } from "../../../estimators/svm/linearSvm.ts";
import type { Penalty } from "../../../methods/penalties/penalty.ts";
import { elasticNet, groupLasso, l1, squaredL2 } from "../../../methods/penalties/registry.ts";
import { solveProgram } from "../../../programs/solveProgram.ts";
import type { Experiment, ExperimentReport } from "../experiment.ts";
import data from "./classical.json" with { type: "json" };
import independent from "./independent.golden.json" with { type: "json" };
import problems from "./problems.json" with { type: "json" };

/** A convex model on a data set. */
interface Problem {
  readonly id: string;
  readonly data: string;
  /** As in `losses`; a number after it is a residual or a quantile. */
  readonly loss: string;
  readonly penalty: string;
  readonly strength: number;
  /** Labels of the samples that are kept. */
  readonly labels?: readonly number[];
  /** The column that is predicted from the others. */
  readonly target?: number;
}

interface Samples {
  readonly x: readonly (readonly number[])[];
  readonly y?: readonly number[];
  readonly times?: readonly number[];
  readonly events?: readonly number[];
}

/** Where a fit ended, beside what another solver found. */
export interface Certified {
  readonly id: string;
  readonly objective: number;
  readonly verdict: Verdict;
  /** (primal − dual) over the objective; undefined without a certificate. */
  readonly gap: number | undefined;
  /** The minimum by SciPy or scikit-learn. */
  readonly other: number;
  /** |objective − other| over the objective. */
  readonly difference: number;
}

const penaltyOf = ({ penalty, strength }: Problem, classes: number): Penalty => {
  if (penalty === "ridge") return squaredL2(strength);
  if (penalty === "elasticNet") return elasticNet(strength, { l1Ratio: 0.5 });
  if (penalty === "group") return groupLasso(strength, { groups: classes });
  return l1(strength);
};

function lossOf(words: string): LossChoice {
  const [name, number] = words.split(" ");
  if (name === "huber") return { huber: Number(number) };
  if (name === "quantile") return { quantile: Number(number) };
  // The file of problems names no other losses.
  return name as "squared" | "logistic" | "poisson" | "cox";
}

interface Fitted {
  readonly objective: number;
  readonly verdict: Verdict;
}

/** Columns less their means, over their standard deviations: machines and programs take them as they are. */
function standardized(rows: readonly (readonly number[])[]): number[][] {
  const means = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
  const spreads = means.map((mean, j) =>
    Math.sqrt(rows.reduce((sum, row) => sum + (row[j]! - mean) ** 2, 0) / rows.length),
  );
  return rows.map((row) => row.map((value, j) => (value - means[j]!) / spreads[j]!));
}

/** ½ of the mean |y − Xw − b|: unknowns w, b, and what is above and below by sample. */
async function absoluteDeviations(
  x: readonly (readonly number[])[],
  y: readonly number[],
): Promise<Fitted> {
  const [n, p] = [y.length, x[0]!.length];
  const signed = (i: number): number[] => [
    ...[...x[i]!, 1],
    ...y.flatMap((_, k) => (k === i ? [1, -1] : [0, 0])),
  ];
  const solution = await solveProgram({
    minimize: { linear: [...Array(p + 1).fill(0), ...Array(2 * n).fill(0.5 / n)] },
    constraints: y.map((value, i) => ({ coefficients: signed(i), equals: value })),
    bounds: {
      lower: [...Array(p + 1).fill(Number.NEGATIVE_INFINITY), ...Array(2 * n).fill(0)],
    },
  });
  return { objective: solution.value, verdict: solution.verdict };
}

/** ‖y − Xw − b‖²/(2n) with w ≥ 0. */
async function nonNegativeSquares(
  x: readonly (readonly number[])[],
  y: readonly number[],
): Promise<Fitted> {
  const n = y.length;
  const rows = x.map((row) => [...row, 1]);
  const mean = (f: (i: number) => number): number => y.reduce((sum, _, i) => sum + f(i) / n, 0);
  const solution = await solveProgram({
    minimize: {
      quadratic: rows[0]!.map((_, j) =>
        rows[0]!.map((_, k) => mean((i) => rows[i]![j]! * rows[i]![k]!)),
      ),
      linear: rows[0]!.map((_, j) => -mean((i) => rows[i]![j]! * y[i]!)),
      constant: mean((i) => y[i]! ** 2 / 2),
    },
    bounds: { lower: rows[0]!.map((_, j) => (j < x[0]!.length ? 0 : Number.NEGATIVE_INFINITY)) },
  });
  return { objective: solution.value, verdict: solution.verdict };
}

async function fitted(problem: Problem): Promise<Fitted> {
  const { x, y = [], times, events } = (data as Readonly<Record<string, Samples>>)[problem.data]!;
  const { target, labels } = problem;
  const keep = x.flatMap((_, i) => (labels?.includes(y[i]!) === false ? [] : [i]));
  const rows = keep.map((i) => (target === undefined ? x[i]! : x[i]!.toSpliced(target, 1)));
  const own = keep.map((i) => (target === undefined ? y[i]! : x[i]![target]!));
  const C = problem.strength;
  switch (problem.loss) {
    case "hinge":
    case "squaredHinge":
      return linearSvm({ loss: problem.loss, C, tolerance: 1e-9 }).fit(standardized(rows), own);
    case "rbfHinge":
      return kernelSvm({ C, kernel: { rbf: 0.25 }, tolerance: 1e-9 }).fit(standardized(rows), own);
    case "linearProgram":
      return await absoluteDeviations(standardized(rows), own);
    case "quadraticProgram":
      return await nonNegativeSquares(standardized(rows), own);
    default:
  }
  const penalty = penaltyOf(problem, new Set(own).size);
  if (problem.loss === "multinomial") return multinomialRegression({ penalty }).fit(rows, own);
  const response = times === undefined || events === undefined ? own : { times, events };
  return linearModel({ loss: lossOf(problem.loss), penalty }).fit(rows, response);
}

/** Fits all problems whose data set is wanted. */
export async function certify(only?: readonly string[]): Promise<readonly Certified[]> {
  const minima = independent.minima as Readonly<Record<string, number>>;
  const chosen = (problems as readonly Problem[]).filter(
    (problem) => only === undefined || only.includes(problem.data),
  );
  const out: Certified[] = [];
  for (const problem of chosen) {
    const { objective, verdict } = await fitted(problem);
    const size = Math.abs(objective);
    const other = minima[problem.id]!;
    const gap = verdict.kind === "global-minimum" ? verdict.gap / size : undefined;
    const difference = Math.abs(objective - other) / size;
    out.push({ id: problem.id, objective, verdict, gap, other, difference });
  }
  return out;
}

async function run({
  only,
}: {
  readonly only: readonly string[] | undefined;
}): Promise<ExperimentReport> {
  const all = await certify(only);
  const rows = all.map(({ id, objective, verdict, gap, other, difference }) => [
    ...[id, objective, verdict.kind, gap ?? null, other, difference],
  ]);
  return {
    tables: [
      {
        title:
          "convex models on classical data: duality gaps, and the minima that other solvers find",
        columns: ["model", "objective", "verdict", "gap", "other", "difference"],
        rows,
        show: (value, column) =>
          column === 1 || column === 4 ? value.toPrecision(10) : value.toExponential(1),
        note: "Gaps and differences over the objective. Other minima: SciPy, scikit-learn; bench/reference/certificates.py. Data: src/cli/bench/certificates/classical.json, with sources.",
      },
    ],
  };
}

/** Each convex model ends in a certificate, and agrees with an independent solver. */
export const certificates: Experiment = { name: "certificates", run };
