import { labelNoise } from "../../estimators/labels/labelNoise.ts";
import { linearModel } from "../../estimators/linear/linearModel.ts";
import { leastTrimmedSquares } from "../../estimators/robust/leastTrimmedSquares.ts";
import { robustRegression } from "../../estimators/robust/robustRegression.ts";
import type { Experiment, ExperimentReport } from "./experiment.ts";
import { median } from "./median.ts";
import { normals, uniform } from "./random.ts";

const shares = [0, 0.1, 0.2, 0.3, 0.4, 0.45];
const samples = 200;
const truth = [2, -3];

type Fit = (
  x: readonly (readonly number[])[],
  y: readonly number[],
) => { readonly coefficients: Float64Array };

const estimators: Readonly<Record<string, Fit>> = {
  "least squares": (x, y) => linearModel().fit(x, y),
  "Huber δ = 1": (x, y) => linearModel({ loss: { huber: 1 } }).fit(x, y),
  median: (x, y) => linearModel({ loss: { quantile: 0.5 } }).fit(x, y),
  Welsch: (x, y) => robustRegression({ loss: "welsch" }).fit(x, y),
  Tukey: (x, y) => robustRegression().fit(x, y),
  "trimmed squares": (x, y) => leastTrimmedSquares().fit(x, y),
  "trimmed, reweighted": (x, y) => leastTrimmedSquares().fit(x, y).reweighted,
};

/** y = 1 + 2a − 3b + noise of deviation ½; a share lies elsewhere, together, far in y, and far in x if `leverage`. */
function spoilt(share: number, leverage: boolean, seed: number) {
  const next = normals(seed);
  const bad = Math.round(share * samples);
  const x = Array.from({ length: samples }, (_, i) => [
    next() + (leverage && i < bad ? 8 : 0),
    next(),
  ]);
  const y = x.map(([a, b], i) =>
    i < bad ? -40 + next() : 1 + truth[0]! * a! + truth[1]! * b! + 0.5 * next(),
  );
  return { x, y };
}

/** Median error of the coefficients by share of outliers. */
const breakdown = (leverage: boolean, seeds: number) =>
  Object.entries(estimators).map(([name, fit]) => [
    name,
    ...shares.map((share) =>
      median(
        Array.from({ length: seeds }, (_, seed) => {
          const { x, y } = spoilt(share, leverage, seed);
          const { coefficients } = fit(x, y);
          return Math.hypot(coefficients[0]! - truth[0]!, coefficients[1]! - truth[1]!);
        }),
      ),
    ),
  ]);

/** Clouds of three classes in the plane, two features that say nothing; a share of labels replaced by others. */
function clouds(share: number, seed: number) {
  const next = normals(seed);
  const even = uniform(seed + 1000);
  const x = Array.from({ length: 600 }, (_, i) => [
    2.5 * Math.cos(2 * (i % 3)) + next(),
    2.5 * Math.sin(2 * (i % 3)) + next(),
    ...[next(), next()],
  ]);
  const flipped = new Set<number>();
  const y = x.map((_, i) => {
    if (even() >= share) return i % 3;
    flipped.add(i);
    return ((i % 3) + 1 + Math.floor(2 * even())) % 3;
  });
  return { x, y, flipped };
}

/** The chance that a flipped label scores above another. */
function rankingArea(scores: Float64Array, flipped: ReadonlySet<number>): number {
  const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  const m = flipped.size;
  const ranks = order.reduce((sum, i, place) => sum + (flipped.has(i) ? place + 1 : 0), 0);
  return (ranks - (m * (m + 1)) / 2) / (m * (scores.length - m));
}

const labelRows = (seeds: number) =>
  (["confident", "margins"] as const).flatMap((method) =>
    [0.1, 0.2, 0.3, 0.4].map((share) => {
      const runs = Array.from({ length: seeds }, (_, seed) => {
        const { x, y, flipped } = clouds(share, seed);
        const { scores, ranking, suspects, rate } = labelNoise(x, y, { method });
        const first = ranking.slice(0, flipped.size).filter((i) => flipped.has(i)).length;
        const hits = suspects.filter(({ sample }) => flipped.has(sample)).length;
        return [
          rankingArea(scores, flipped),
          first / flipped.size,
          hits / Math.max(1, suspects.length),
          hits / flipped.size,
          rate - flipped.size / y.length,
        ];
      });
      return [method, share, ...runs[0]!.map((_, k) => median(runs.map((run) => run[k]!)))];
    }),
  );

async function run({
  seeds = 5,
}: {
  readonly seeds: number | undefined;
}): Promise<ExperimentReport> {
  const columns = ["estimator", ...shares.map((share) => `${100 * share} %`)];
  const show = (value: number): string => value.toFixed(3);
  const title = `error of two coefficients by the share of gross outliers, n = ${samples}`;
  return {
    tables: [
      { title: `${title}: far in y`, columns, rows: breakdown(false, seeds), show },
      {
        ...{ title: `${title}: far in y and in x`, columns, rows: breakdown(true, seeds), show },
        note: `Medians of ${seeds} samples. All outliers lie together: a second population.`,
      },
      {
        title: "flipped labels of three overlapping classes, n = 600",
        columns: [
          ...["method", "flipped", "ranking area", "among the first k", "of suspects flipped"],
          ...["of flipped suspected", "rate, estimated less true"],
        ],
        rows: labelRows(seeds),
        show,
        note: `Medians of ${seeds} samples. Area: the chance that a flipped label ranks before another; k: as many as were flipped, of which by chance a share as large as in “flipped” would be hit.`,
      },
    ],
  };
}

/** What estimators make of outliers and of wrong labels. */
export const outliers: Experiment = { name: "outliers", run };
