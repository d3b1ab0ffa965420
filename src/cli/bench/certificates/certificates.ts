import type { Verdict } from "../../../diagnosis/verdict.ts";
import { linearModel } from "../../../estimators/linear/linearModel.ts";
import { multinomialRegression } from "../../../estimators/linear/multinomial.ts";
import type { LossChoice } from "../../../estimators/linear/task.ts";
import type { Penalty } from "../../../methods/penalties/penalty.ts";
import { elasticNet, groupLasso, l1, squaredL2 } from "../../../methods/penalties/registry.ts";
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
  /** The minimum by SciPy. */
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

function fitted(problem: Problem): { readonly objective: number; readonly verdict: Verdict } {
  const { x, y = [], times, events } = (data as Readonly<Record<string, Samples>>)[problem.data]!;
  const { target, labels } = problem;
  const keep = x.flatMap((_, i) => (labels?.includes(y[i]!) === false ? [] : [i]));
  const rows = keep.map((i) => (target === undefined ? x[i]! : x[i]!.toSpliced(target, 1)));
  const own = keep.map((i) => (target === undefined ? y[i]! : x[i]![target]!));
  const penalty = penaltyOf(problem, new Set(own).size);
  if (problem.loss === "multinomial") return multinomialRegression({ penalty }).fit(rows, own);
  const response = times === undefined || events === undefined ? own : { times, events };
  return linearModel({ loss: lossOf(problem.loss), penalty }).fit(rows, response);
}

/** Fits all problems whose data set is wanted. */
export function certify(only?: readonly string[]): readonly Certified[] {
  const minima = independent.minima as Readonly<Record<string, number>>;
  return (problems as readonly Problem[])
    .filter((problem) => only === undefined || only.includes(problem.data))
    .map((problem) => {
      const { objective, verdict } = fitted(problem);
      const size = Math.abs(objective);
      const other = minima[problem.id]!;
      const gap = verdict.kind === "global-minimum" ? verdict.gap / size : undefined;
      const difference = Math.abs(objective - other) / size;
      return { id: problem.id, objective, verdict, gap, other, difference };
    });
}

async function run({
  only,
}: {
  readonly only: readonly string[] | undefined;
}): Promise<ExperimentReport> {
  const rows = certify(only).map(({ id, objective, verdict, gap, other, difference }) => [
    ...[id, objective, verdict.kind, gap ?? null, other, difference],
  ]);
  return {
    tables: [
      {
        title: "convex models on classical data: duality gaps, and the minima that SciPy finds",
        columns: ["model", "objective", "verdict", "gap", "SciPy", "difference"],
        rows,
        show: (value, column) =>
          column === 1 || column === 4 ? value.toPrecision(10) : value.toExponential(1),
        note: "Gaps and differences over the objective. SciPy's minima: bench/reference/certificates.py. Data: src/cli/bench/certificates/classical.json, with sources.",
      },
    ],
  };
}

/** Each convex model ends in a certificate, and agrees with an independent solver. */
export const certificates: Experiment = { name: "certificates", run };
