import type { DenseColumns } from "../../estimators/linear/design.ts";
import { linearModel } from "../../estimators/linear/linearModel.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { l1, lHalf, mcp } from "../../methods/penalties/registry.ts";
import type { Experiment, ExperimentReport } from "./experiment.ts";
import { normals, uniform } from "./random.ts";

const samples = 100;
const features = 256;
const sizes = [15, 20, 25, 30, 35, 40, 45, 50];

const methods: readonly (readonly [string, Penalty])[] = [
  ["L1", l1(1)],
  ["L½", lHalf(1)],
  ["MCP γ = 1000", mcp(1, { gamma: 1000 })],
];

/** Gaussian measurements of a vector with k Gaussian entries at random places, without noise. */
function draw(k: number, seed: number): { x: DenseColumns; y: Float64Array; truth: Float64Array } {
  const next = normals(seed);
  const pick = uniform(seed + 1_000_000);
  const columns = Float64Array.from(
    { length: samples * features },
    () => next() / Math.sqrt(samples),
  );
  const truth = new Float64Array(features);
  for (let placed = 0; placed < k; ) {
    const j = Math.floor(pick() * features);
    if (truth[j] !== 0) continue;
    truth[j] = next();
    placed++;
  }
  const y = new Float64Array(samples);
  for (let j = 0; j < features; j++)
    if (truth[j] !== 0)
      for (let i = 0; i < samples; i++) y[i] = y[i]! + truth[j]! * columns[j * samples + i]!;
  return { x: { samples, features, columns }, y, truth };
}

async function run(
  {
    only,
    seeds = 20,
  }: { readonly only: readonly string[] | undefined; readonly seeds: number | undefined },
  report: (line: string) => void,
): Promise<ExperimentReport> {
  const kept = methods.filter(
    ([name]) => only === undefined || only.some((word) => name.startsWith(word)),
  );
  const rows = kept.map(([name, penalty]): [string, ...number[]] => {
    const rates = sizes.map((k) => {
      report(`${name}, ${k} of ${features} entries`);
      let found = 0;
      for (let seed = 0; seed < seeds; seed++) {
        const { x, y, truth } = draw(k, 1000 * k + seed);
        const options = { intercept: false, standardize: false } as const;
        const [largest] = linearModel({ ...options, penalty: l1(1) }).path(x, y, {
          count: 1,
        }).strengths;
        const { coefficients } = linearModel({
          ...options,
          penalty: penalty.withStrength(1e-5 * largest!),
        }).fit(x, y);
        const off = coefficients.reduce((sum, w, j) => sum + (w - truth[j]!) ** 2, 0);
        const size = truth.reduce((sum, w) => sum + w * w, 0);
        if (Math.sqrt(off / size) < 1e-3) found++;
      }
      return found / seeds;
    });
    return [name, ...rates];
  });
  const [byL1, byHalf] = ["L1", "L½"].map((name) => rows.find((row) => row[0] === name)?.slice(1));
  if (byL1 !== undefined && byHalf !== undefined)
    rows.push(["L½ less L1", ...byHalf.map((rate, i) => Number(rate) - Number(byL1[i]))]);
  return {
    tables: [
      {
        title: `share of sparse vectors found from ${samples} Gaussian measurements of ${features} entries`,
        columns: ["penalty", ...sizes.map((k) => `k = ${k}`)],
        rows,
        show: (value) => value.toFixed(2),
        note: `k entries are not zero, standard normal; ${seeds} trials each; found: relative error below 1e-3. Strength 1e-5 of the lasso's largest, no measurement noise; k is not told to any method.`,
      },
    ],
  };
}

/** Sparse recovery without noise: how many entries may a vector have, and still be found from few measurements? */
export const recovery: Experiment = { name: "recovery", run };
