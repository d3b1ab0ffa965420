import type { DenseColumns } from "../../estimators/linear/design.ts";
import { linearModel } from "../../estimators/linear/linearModel.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { l1, lHalf, mcp, scad } from "../../methods/penalties/registry.ts";
import type { Experiment, ExperimentReport } from "./experiment.ts";
import { type SparseData, sparseData, supportF1 } from "./sparse.ts";

const features = 1000;
const nonzeros = 100;
const half = 500;
const count = 30;

const methods: readonly (readonly [string, Penalty])[] = [
  ["L1", l1(1)],
  ["MCP γ = 3", mcp(1, { gamma: 3 })],
  ["SCAD a = 3.7", scad(1, { a: 3.7 })],
  ["L½", lHalf(1)],
];

/** Samples `from` … `from + half − 1`. */
function part({ x, y, truth }: SparseData, from: number): SparseData {
  const columns = new Float64Array(half * features);
  for (let j = 0; j < features; j++) {
    const start = j * x.samples + from;
    columns.set(x.columns.subarray(start, start + half), j * half);
  }
  return { x: { samples: half, features, columns }, y: y.slice(from, from + half), truth };
}

function meanSquare(x: DenseColumns, y: Float64Array, coefficients: Float64Array): number {
  const left = y.slice();
  coefficients.forEach((w, j) => {
    if (w === 0) return;
    for (let i = 0; i < half; i++) left[i] = left[i]! - w * x.columns[j * half + i]!;
  });
  return left.reduce((sum, e) => sum + e * e, 0) / half;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** F1, error and time of a path, at the strength with the least error on held-out samples and at the one with the best F1. */
function onPath(penalty: Penalty, train: SparseData, test: SparseData) {
  const begin = performance.now();
  const { fits } = linearModel({
    penalty,
    intercept: false,
    standardize: false,
    tolerance: 1e-6,
  }).path(train.x, train.y, { count, ratio: 1e-2 });
  const seconds = (performance.now() - begin) / 1000;
  const scores = fits.map((fit) => ({
    f1: supportF1(fit, train.truth),
    error: meanSquare(test.x, test.y, fit.coefficients),
    size: fit.support.length,
  }));
  const best = scores.reduce((a, b) => (b.error < a.error ? b : a));
  return { ...best, bestF1: Math.max(...scores.map(({ f1 }) => f1)), seconds };
}

async function run(
  {
    only,
    seeds = 5,
  }: { readonly only: readonly string[] | undefined; readonly seeds: number | undefined },
  report: (line: string) => void,
): Promise<ExperimentReport> {
  const kept = methods.filter(
    ([name]) => only === undefined || only.some((word) => name.startsWith(word)),
  );
  const found = kept.map((): ReturnType<typeof onPath>[] => []);
  const floors: number[] = [];
  for (let seed = 0; seed < seeds; seed++) {
    report(`sample ${seed + 1} of ${seeds}`);
    const data = sparseData(2 * half, features, nonzeros, 0.5, 5, seed + 2);
    const [train, test] = [part(data, 0), part(data, half)];
    floors.push(meanSquare(test.x, test.y, test.truth));
    kept.forEach(([, penalty], m) => {
      found[m]!.push(onPath(penalty, train, test));
    });
  }
  const rows = kept.map(([name], m) => {
    const own = found[m]!;
    return [
      name,
      mean(own.map(({ error }) => error)),
      mean(own.map(({ f1 }) => f1)),
      mean(own.map(({ size }) => size)),
      mean(own.map(({ bestF1 }) => bestF1)),
      mean(own.map(({ seconds }) => seconds)),
    ];
  });
  return {
    tables: [
      {
        title: `support recovery: ${half} samples to fit, ${half} to choose by, p = ${features}, ${nonzeros} true of ±1, ρ = 0.5, SNR 5`,
        columns: [
          "penalty",
          "least held-out error",
          "F1 there",
          "nonzeros there",
          "best F1",
          "seconds a path",
        ],
        rows,
        show: (value, column) => (column === 3 ? value.toFixed(0) : value.toPrecision(3)),
        note: `Paths of ${count} strengths to a hundredth of the first; means of ${seeds} samples. The true coefficients have a held-out mean square of ${mean(floors).toPrecision(3)}.`,
      },
    ],
  };
}

/** Which penalty finds the true features and predicts best at its best strength (skglm's example of sparse recovery). */
export const support: Experiment = { name: "support", run };
