import { NDArray } from "../array/ndarray.ts";
import { logSoftmax } from "../array/operations/reduction.ts";
import type { Tensor } from "../array/tensor.ts";
import { flatten } from "../array/tree.ts";
import { isLeaf, type Leaf, type Traced } from "../autodiff/variables.ts";
import { internal, NadirError } from "../base/errors.ts";
import { requireCount, requireKnownOptions } from "../base/require.ts";
import { type Given, jit } from "../runtime/jit.ts";
import { type Dataset, requireLabels, takeRows } from "../training/dataset.ts";
import { type FitOptions, type FitResult, fit } from "../training/fit.ts";

/** Networks that were trained to different minima, and data to ask them about. */
export interface EnsembleOptions<P, B> {
  /** The params of each member: of at least two. */
  readonly members: readonly P[];
  /** A member's logits on a batch, `[rows, classes]`, in eval mode. */
  readonly logits: (params: Traced<P>, batch: B) => Tensor;
  /** Which arrays of the data are the labels: i32, `[rows]`. */
  readonly label: (arrays: Dataset<B>["arrays"]) => NDArray;
  /** The rows that the networks are compared on. */
  readonly data: Dataset<B>;
  /** Rows that are computed at once. Default 500. */
  readonly batchSize?: number;
}

/** An ensemble beside its members. All means are over the rows of the data. */
export interface EnsembleReport {
  /** Negative log-likelihood of the mean of the members' probabilities, in nats. */
  readonly nll: number;
  readonly memberNll: readonly number[];
  /** The mean of `memberNll`, which `nll` never exceeds: −log is convex. */
  readonly meanMemberNll: number;
  /** `meanMemberNll − nll` ≥ 0, the nats that the members' diversity is worth; 0 if all give the labels the same probability. */
  readonly gain: number;
  readonly accuracy: number;
  readonly memberAccuracy: readonly number[];
  /** How often two members name different classes, over all pairs. */
  readonly disagreement: number;
  /** ‖θᵢ − θⱼ‖₂ over all pairs: the least and the mean. Members at one minimum are at distance 0. */
  readonly distance: { readonly least: number; readonly mean: number };
  /** The mean probabilities, `[rows, classes]`. */
  readonly probabilities: NDArray;
}

/**
 * An ensemble of networks at different minima: the mean of their probabilities, beside the members.
 *
 * p(y|x) = (1/K) Σₖ softmax(logitsₖ(x))_y. By Jensen's inequality −log p(y|x) ≤ (1/K) Σₖ −log pₖ(y|x) for every
 * row, so the ensemble's likelihood is at least as good as its members' on average, whatever they are.
 *
 * Price: the logits of each member on all rows.
 *
 * @throws NadirError `ensemble/members` for fewer than two; `ensemble/logits` unless they are `[rows, classes]`;
 *   `data/labels`; `ensemble/batchSize`
 * @see Lakshminarayanan, Pritzel & Blundell (2017), Simple and scalable predictive uncertainty estimation using
 *   deep ensembles, section 2.4; Krogh & Vedelsby (1995) for the part that diversity has in it
 */
export function ensemble<P, B>(options: EnsembleOptions<P, B>): EnsembleReport {
  requireKnownOptions("ensemble", options, ["members", "logits", "label", "data", "batchSize"]);
  const { members, logits, label, data } = options;
  if (members.length < 2) {
    throw new NadirError("ensemble/members", `ensemble: ${members.length} members`, {
      expected: "the params of at least two networks",
      hint: "members: (await fitMany(options, 5)).map(({ params }) => params)",
    });
  }
  const batchSize = requireCount("ensemble/batchSize", options.batchSize ?? 500);
  const outputs = members.map((params) => logProbabilities(params, logits, data, batchSize));
  const classes = outputs[0]?.shape[1] ?? 0;
  const labels = label(data.arrays);
  requireLabels(labels, classes);
  const of = (array: NDArray, row: number): Float64Array =>
    (array.data as Float64Array).subarray(row * classes, (row + 1) * classes); // as logProbabilities made it
  const mean = NDArray.zeros([data.size, classes], "f64");
  const total = { nll: 0, right: 0, disagreement: 0 };
  const memberNll = members.map(() => 0);
  const memberRight = members.map(() => 0);
  for (let row = 0; row < data.size; row++) {
    const truth = labels.data[row] ?? 0;
    const rows = outputs.map((output) => of(output, row));
    const named = rows.map(largest);
    const together = of(mean, row);
    for (const [k, logs] of rows.entries()) {
      for (let c = 0; c < classes; c++)
        together[c] = together[c]! + Math.exp(logs[c]!) / members.length;
      memberNll[k] = memberNll[k]! - logs[truth]! / data.size;
      if (named[k] === truth) memberRight[k]!++;
    }
    // log of the mean by log-sum-exp: probabilities below 1e-308 keep their logarithm.
    total.nll -= logMeanExp(rows.map((logs) => logs[truth]!)) / data.size;
    if (largest(together) === truth) total.right++;
    total.disagreement += differing(named);
  }
  const meanMemberNll = memberNll.reduce((sum, nll) => sum + nll, 0) / members.length;
  const pairs = (members.length * (members.length - 1)) / 2;
  return {
    nll: total.nll,
    ...{ memberNll, meanMemberNll, gain: meanMemberNll - total.nll },
    accuracy: total.right / data.size,
    memberAccuracy: memberRight.map((right) => right / data.size),
    disagreement: total.disagreement / (pairs * data.size),
    distance: distances(members),
    probabilities: mean,
  };
}

/**
 * `fit`, once for each seed 0 … runs − 1 (or from `seed` on): networks that end in different minima, for `ensemble`.
 *
 * @throws NadirError `fitMany/runs`, and as `fit` does
 */
export async function fitMany<P, B, S = undefined>(
  options: FitOptions<P, B, S>,
  runs: number,
): Promise<readonly FitResult<P, S>[]> {
  requireCount("fitMany/runs", runs);
  const results: FitResult<P, S>[] = [];
  for (let k = 0; k < runs; k++)
    results.push(await fit<P, B, S>({ ...options, seed: (options.seed ?? 0) + k }));
  return results;
}

/** log softmax of a member's logits on all rows, in f64. */
function logProbabilities<P, B>(
  params: P,
  logits: EnsembleOptions<P, B>["logits"],
  data: Dataset<B>,
  batchSize: number,
): NDArray {
  const run = jit((given: Traced<P>, batch: B) => {
    const output = logits(given, batch);
    if (output.shape.length !== 2) {
      throw new NadirError("ensemble/logits", `logits have shape [${output.shape.join(", ")}]`, {
        expected: "[rows, classes]",
      });
    }
    return logSoftmax(output, 1);
  });
  const parts: NDArray[] = [];
  for (let start = 0; start < data.size; start += batchSize) {
    const rows = Array.from(
      { length: Math.min(batchSize, data.size - start) },
      (_, i) => start + i,
    );
    const { arrays } = takeRows(data, rows);
    // Concrete arrays of the very trees that the traced function takes.
    parts.push(run(params as Given<Traced<P>>, arrays as Given<B>) as NDArray);
  }
  const classes = parts[0]?.shape[1];
  if (classes === undefined) throw internal("an ensemble on no rows");
  const whole = NDArray.zeros([data.size, classes], "f64");
  let offset = 0;
  for (const { data: part } of parts) {
    whole.data.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The first place of the largest value. */
function largest(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function logMeanExp(values: readonly number[]): number {
  const top = Math.max(...values);
  if (top === Number.NEGATIVE_INFINITY) return top;
  return top + Math.log(values.reduce((sum, v) => sum + Math.exp(v - top), 0) / values.length);
}

/** Pairs that differ. */
function differing(named: readonly number[]): number {
  let count = 0;
  for (let i = 0; i < named.length; i++)
    for (let j = 0; j < i; j++) if (named[i] !== named[j]) count++;
  return count;
}

function distances(members: readonly unknown[]): EnsembleReport["distance"] {
  const flat = members.map((params) =>
    flatten(params, isLeaf, "params").leaves.flatMap((leaf: Leaf) => [
      ...NDArray.of(leaf as NDArray).data,
    ]),
  );
  const all: number[] = [];
  for (const [i, a] of flat.entries()) {
    for (const b of flat.slice(0, i))
      all.push(Math.sqrt(a.reduce((sum, ai, k) => sum + (ai - (b[k] ?? 0)) ** 2, 0)));
  }
  return { least: Math.min(...all), mean: all.reduce((sum, d) => sum + d, 0) / all.length };
}
