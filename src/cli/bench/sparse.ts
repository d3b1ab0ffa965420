import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DenseColumns } from "../../estimators/linear/design.ts";
import { type LinearModelOptions, linearModel } from "../../estimators/linear/linearModel.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { groupLasso, l1, lHalf, mcp, scad } from "../../methods/penalties/registry.ts";
import { formatNumber } from "../format.ts";
import type { Experiment, ExperimentReport } from "./experiment.ts";
import { normals } from "./random.ts";
import type { Session } from "./session.ts";
import { peers } from "./systems.ts";

/** A regression with few true coefficients among correlated columns. */
export interface SparseData {
  readonly x: DenseColumns;
  readonly y: Float64Array;
  readonly truth: Float64Array;
}

/**
 * Rows are stationary with correlation ρ^|j−k| between columns; `nonzeros` coefficients of ±1, evenly spread; noise so that ‖Xβ‖/‖ε‖ is
 * the given ratio.
 */
export function sparseData(
  samples: number,
  features: number,
  nonzeros: number,
  correlation: number,
  signalToNoise: number,
  seed: number,
): SparseData {
  const next = normals(seed);
  const columns = new Float64Array(samples * features);
  const fresh = Math.sqrt(1 - correlation ** 2);
  for (let i = 0; i < samples; i++) {
    let last = next();
    columns[i] = last;
    for (let j = 1; j < features; j++) {
      last = correlation * last + fresh * next();
      columns[j * samples + i] = last;
    }
  }
  const truth = new Float64Array(features);
  const y = new Float64Array(samples);
  for (let k = 0; k < nonzeros; k++) {
    const j = Math.floor((k * features) / nonzeros);
    truth[j] = k % 2 === 0 ? 1 : -1;
    for (let i = 0; i < samples; i++) y[i] = y[i]! + truth[j]! * columns[j * samples + i]!;
  }
  const noise = Float64Array.from({ length: samples }, next);
  const scale = lengthOf(y) / lengthOf(noise) / signalToNoise;
  for (let i = 0; i < samples; i++) y[i] = y[i]! + scale * noise[i]!;
  return { x: { samples, features, columns }, y, truth };
}

const lengthOf = (v: Float64Array): number =>
  Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));

/** F1 of the support against the true one: 2·hits/(found + true). */
export function supportF1(
  fit: { readonly support: readonly number[] },
  truth: Float64Array,
): number {
  const hits = fit.support.filter((j) => truth[j] !== 0).length;
  const real = truth.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
  return (2 * hits) / (fit.support.length + real);
}

interface Row {
  readonly name: string;
  readonly penalty: Penalty;
  /** Of the smallest strength at which all coefficients are zero. */
  readonly share: number;
}

const rows: readonly Row[] = [
  { name: "L1", penalty: l1(1), share: 0.1 },
  { name: "MCP γ = 3", penalty: mcp(1, { gamma: 3 }), share: 0.1 },
  { name: "SCAD a = 3.7", penalty: scad(1, { a: 3.7 }), share: 0.1 },
  { name: "L½", penalty: lHalf(1), share: 0.1 },
  { name: "group lasso of 5", penalty: groupLasso(1, { groups: 5 }), share: 0.1 },
];

/** The fixed-point violation to which all fits are brought, as a slope. */
const violation = 1e-8;
const repeats = 5;
const shared: LinearModelOptions = { intercept: false, standardize: false };

async function run(
  {
    only,
    peers: withPeers,
  }: { readonly only: readonly string[] | undefined; readonly peers: boolean },
  report: (line: string) => void,
): Promise<ExperimentReport> {
  const data = sparseData(1000, 5000, 50, 0.5, 5, 0);
  const { x, y, truth } = data;
  const chosen = rows.filter(
    ({ name }) => only === undefined || only.some((word) => name.startsWith(word)),
  );
  const single: (string | number | null)[][] = [];
  const paths: (string | number | null)[][] = [];
  const peer = withPeers ? await startPeer(data) : "left out";
  for (const { name, penalty, share } of chosen) {
    report(`fitting ${name}`);
    const [first] = linearModel({ ...shared, penalty }).path(x, y, { count: 1 }).strengths;
    const largest = first!;
    // Tolerances are relative to the largest slope at zero.
    const slope = largestSlope(data);
    const strength = share * largest;
    const model = linearModel({
      ...shared,
      penalty: penalty.withStrength(strength),
      tolerance: violation / slope,
      start: "zero",
    });
    const one = timed(repeats, () => model.fit(x, y));
    const { verdict } = one.result;
    single.push([
      name,
      "nadir",
      one.median,
      verdict.gradientNorm,
      one.result.objective,
      one.result.support.length,
      supportF1(one.result, truth),
      verdict.kind,
    ]);
    const path = timed(1, () => model.path(x, y, { count: 100, ratio: 0.01 }));
    const { fits, locallyConvexDownTo } = path.result;
    const scores = fits.map((fit) => supportF1(fit, truth));
    paths.push([
      name,
      "nadir",
      path.median,
      Math.max(...fits.map((fit) => fit.violation)),
      fits.at(-1)!.objective,
      Math.max(...scores),
      locallyConvexDownTo === undefined ? null : locallyConvexDownTo / largest,
    ]);
    if (name !== "L1" || typeof peer === "string") continue;
    for (const [table, strengths] of [
      [single, [strength]],
      [paths, path.result.strengths],
    ] as const) {
      for (const tolerance of [1e-4, 1e-12]) {
        report(`fitting ${name} with scikit-learn, tol ${tolerance}`);
        const label = `scikit-learn tol ${tolerance.toExponential(0)}`;
        const answer = await peer.ask(strengths, tolerance, strengths.length === 1 ? 3 : 1);
        if (typeof answer === "string")
          table.push([name, `${label}: ${answer}`, ...Array(5).fill(null)]);
        else
          table.push(
            [name, label, answer.seconds, answer.worst, answer.objective, null, null, null].slice(
              0,
              table === single ? 8 : 7,
            ),
          );
      }
    }
  }
  if (typeof peer !== "string") await peer.end();
  const show = (value: number, column: number): string =>
    column === 4 ? value.toPrecision(10) : formatNumber(value);
  const note = typeof peer === "string" ? ` scikit-learn: ${peer}.` : "";
  return {
    tables: [
      {
        title:
          "one strength: a tenth of the smallest that makes all zero; n = 1000, p = 5000, ρ = 0.5, 50 true, SNR 5",
        columns: [
          "penalty",
          "by",
          "seconds",
          "violation",
          "objective",
          "nonzeros",
          "F1",
          "verdict",
        ],
        rows: single,
        show,
        note: `From zero coefficients to a fixed-point violation of 1e-8 (medians of ${repeats}, warm; reading and checking the data counted in; the verdict not, where it is made when asked for).${note}`,
      },
      {
        title:
          "a path of 100 strengths, from the smallest that makes all zero to a hundredth of it",
        columns: [
          "penalty",
          "by",
          "seconds",
          "worst violation",
          "last objective",
          "best F1",
          "locally convex down to",
        ],
        rows: paths,
        show,
        note: "Each strength to 1e-8, from where the last ended; one run. “Locally convex down to” is a share of the first strength: below it, other stationary points may lie near.",
      },
    ],
  };
}

/** max |x_j·y|/n. */
function largestSlope({ x, y }: SparseData): number {
  let largest = 0;
  for (let j = 0; j < x.features; j++) {
    let sum = 0;
    for (let i = 0; i < x.samples; i++) sum += x.columns[j * x.samples + i]! * y[i]!;
    largest = Math.max(largest, Math.abs(sum) / x.samples);
  }
  return largest;
}

function timed<T>(times: number, f: () => T): { readonly result: T; readonly median: number } {
  let result = f(); // the first is the warm-up
  const seconds = Array.from({ length: times }, () => {
    const begin = performance.now();
    result = f();
    return (performance.now() - begin) / 1000;
  }).sort((a, b) => a - b);
  return { result, median: seconds[Math.floor(times / 2)]! };
}

interface Peer {
  ask(
    strengths: readonly number[],
    tolerance: number,
    times: number,
  ): Promise<
    { readonly seconds: number; readonly objective: number; readonly worst: number } | string
  >;
  end(): Promise<void>;
}

/** scikit-learn with the data, or why it is not there. */
async function startPeer({ x, y }: SparseData): Promise<Peer | string> {
  const session: Session | string | undefined = await peers()
    .find(({ name }) => name === "sklearn")
    ?.start(1);
  if (session === undefined || typeof session === "string") return session ?? "not known";
  const folder = await mkdtemp(join(tmpdir(), "nadir-sparse-"));
  const files = { x: join(folder, "x.f64"), labels: join(folder, "y.f64") };
  await writeFile(files.x, new Uint8Array(x.columns.buffer));
  await writeFile(files.labels, new Uint8Array(y.buffer));
  return {
    ask: async (strengths, tolerance, times) => {
      const answer = await session.ask({
        case: {
          kind: "sparse",
          id: "sparse",
          title: "lasso",
          strengths,
          tolerance,
          repeats: times,
        },
        files,
        budgetMs: 1000,
      });
      if ("missing" in answer) return answer.missing;
      const [measurement] = answer.measurements;
      const [objective = Number.NaN, worst = Number.NaN] = measurement?.checks ?? [];
      return { seconds: (measurement?.medianMs ?? Number.NaN) / 1000, objective, worst };
    },
    end: async () => {
      await session[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Sparse regression at n = 1000, p = 5000: time, objective and support, scikit-learn beside. */
export const sparse: Experiment = { name: "sparse", run };
