import { linearModel } from "../../estimators/linear/linearModel.ts";
import { bestSubset } from "../../estimators/subset/bestSubset.ts";
import { cholesky, choleskySolve } from "../../linalg/cholesky.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { l1, lHalf, mcp, scad } from "../../methods/penalties/registry.ts";
import type { Experiment, ExperimentReport, Table } from "./experiment.ts";
import { median } from "./median.ts";
import { normals, uniform } from "./random.ts";

const truth = [3, 1.5, 0, 0, 2, 0, 0, 0];
const p = truth.length;
/** Correlation of columns j and k. */
const correlation = (j: number, k: number): number => 0.5 ** Math.abs(j - k);
const settings = [
  { samples: 40, noise: 3 },
  { samples: 40, noise: 1 },
  { samples: 60, noise: 1 },
] as const;

const penalized: readonly (readonly [string, Penalty])[] = [
  ["lasso", l1(1)],
  ["SCAD a = 3.7", scad(1)],
  ["MCP γ = 3", mcp(1)],
  ["L½", lHalf(1)],
];

interface Sample {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

/** Rows with the given correlations: an autoregression has them. */
function draw(samples: number, noise: number, seed: number): Sample {
  const next = normals(seed);
  const x = Array.from({ length: samples }, () => {
    const row = [next()];
    for (let j = 1; j < p; j++) row.push(0.5 * row[j - 1]! + Math.sqrt(0.75) * next());
    return row;
  });
  const y = x.map((row) => row.reduce((sum, v, j) => sum + v * truth[j]!, 0) + noise * next());
  return { x, y };
}

/** Least squares on some columns, the others zero. */
function leastSquares({ x, y }: Sample, columns: readonly number[]): Float64Array {
  const m = columns.length;
  const gram = new Float64Array(m * m);
  const right = new Float64Array(m);
  x.forEach((row, i) => {
    columns.forEach((j, a) => {
      right[a] = right[a]! + row[j]! * y[i]!;
      columns.forEach((k, b) => {
        gram[a * m + b] = gram[a * m + b]! + row[j]! * row[k]!;
      });
    });
  });
  if (cholesky(gram, m, gram)) choleskySolve(gram, m, right, right);
  const coefficients = new Float64Array(p);
  columns.forEach((j, a) => {
    coefficients[j] = right[a]!;
  });
  return coefficients;
}

/** (β̂ − β)ᵀC(β̂ − β): what prediction loses. */
function modelError(coefficients: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < p; j++)
    for (let k = 0; k < p; k++)
      sum += (coefficients[j]! - truth[j]!) * correlation(j, k) * (coefficients[k]! - truth[k]!);
  return sum;
}

interface Outcome {
  readonly error: number;
  readonly rightZeros: number;
  readonly wrongZeros: number;
  readonly verdict?: string;
  readonly convexDownTo?: number;
}

function outcomeOf(coefficients: Float64Array, reference: number): Outcome {
  const zeros = truth.filter((value, j) => value === 0 && coefficients[j] === 0).length;
  const wrong = truth.filter((value, j) => value !== 0 && coefficients[j] === 0).length;
  return { error: modelError(coefficients) / reference, rightZeros: zeros, wrongZeros: wrong };
}

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

const deviation = (values: readonly number[]): number => {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
};

/** Between what 95 % of the medians lie, of samples drawn again from these values: how far another run may be from this one. */
function spreadOfMedian(values: readonly number[]): readonly [number, number] {
  const next = uniform(1);
  const medians = Array.from({ length: 1000 }, () =>
    median(values.map(() => values[Math.floor(next() * values.length)]!)),
  ).sort((a, b) => a - b);
  return [medians[25]!, medians[974]!];
}

async function run(
  {
    only,
    seeds = 100,
  }: { readonly only: readonly string[] | undefined; readonly seeds: number | undefined },
  report: (line: string) => void,
): Promise<ExperimentReport> {
  const kept = (name: string): boolean =>
    only === undefined || only.some((word) => name.startsWith(word));
  const tables: Table[] = [];
  for (const { samples, noise } of settings) {
    report(`n = ${samples}, σ = ${noise}`);
    const found = new Map<string, Outcome[]>();
    const add = (name: string, outcome: Outcome): void => {
      found.set(name, [...(found.get(name) ?? []), outcome]);
    };
    for (let seed = 0; seed < seeds; seed++) {
      const sample = draw(samples, noise, 1000 * samples + 100_000 * noise + seed);
      const all = leastSquares(
        sample,
        truth.map((_, j) => j),
      );
      const reference = modelError(all);
      for (const [name, penalty] of penalized) {
        if (!kept(name)) continue;
        const { fit, path } = linearModel({ penalty, intercept: false }).crossValidate(
          sample.x,
          sample.y,
          {
            ...{ count: 40, ratio: 0.01, folds: 5, seed },
          },
        );
        const convexDownTo = path.locallyConvexDownTo;
        add(name, {
          ...outcomeOf(fit.coefficients, reference),
          verdict: fit.verdict.kind,
          ...(convexDownTo === undefined
            ? {}
            : { convexDownTo: convexDownTo / path.strengths[0]! }),
        });
      }
      if (kept("best subset")) {
        const { best } = await bestSubset({ size: p, intercept: false }).path(sample.x, sample.y);
        const outcome = outcomeOf(best.coefficients, reference);
        add("best subset, BIC", { ...outcome, verdict: best.verdict.kind });
      }
      add("oracle", outcomeOf(leastSquares(sample, [0, 1, 4]), reference));
    }
    const rows = [...found].map(([name, outcomes]) => {
      const verdicts = new Map<string, number>();
      for (const { verdict } of outcomes) {
        if (verdict !== undefined) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      }
      const errors = outcomes.map(({ error }) => error);
      const right = outcomes.map(({ rightZeros }) => rightZeros);
      const bounds = outcomes.flatMap(({ convexDownTo }) => convexDownTo ?? []);
      return [
        name,
        100 * median(errors),
        spreadOfMedian(errors)
          .map((v) => (100 * v).toFixed(1))
          .join(" to "),
        mean(right),
        (1.96 * deviation(right)) / Math.sqrt(right.length),
        mean(outcomes.map(({ wrongZeros }) => wrongZeros)),
        [...verdicts].map(([kind, count]) => `${count} ${kind}`).join(", ") || "–",
        bounds.length === 0 ? null : `${bounds.length}: ${median(bounds).toPrecision(2)}`,
      ];
    });
    tables.push({
      title: `n = ${samples}, σ = ${noise}, ${seeds} samples`,
      columns: [
        "method",
        "median relative error, %",
        "95 % of medians",
        "right zeros of 5",
        "± of it",
        "wrong zeros of 3",
        "verdicts",
        "not convex below",
      ],
      rows,
      show: (value: number, column: number) => value.toFixed(column === 1 ? 1 : 2),
    });
  }
  const last = tables.at(-1)!;
  return {
    tables: [
      ...tables.slice(0, -1),
      {
        ...last,
        note: "β = (3, 1.5, 0, 0, 2, 0, 0, 0), correlations 0.5^|j−k|; error: (β̂ − β)ᵀC(β̂ − β) over that of least squares; strengths by 5-fold cross-validation, sizes of best subsets by BIC. “95 % of medians”: of samples drawn again from these, the bootstrap. “Not convex below”: in how many paths, and the median share of the first strength down to which they are locally convex.",
      },
    ],
  };
}

/** The simulation of Fan & Li (2001), §4.1: does a non-convex penalty estimate as if the true features were known? */
export const oracle: Experiment = { name: "oracle", run };
