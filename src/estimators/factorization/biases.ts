import type { Verdict } from "../../diagnosis/verdict.ts";
import { type ConvexOptions, readConvexOptions } from "./options.ts";
import { type PredictOptions, predictPairs } from "./pairs.ts";
import { type Id, type Ratings, type Rows, readRatings, type Table } from "./ratings.ts";

/** What `ratingBiases` may be told. */
export interface RatingBiasesOptions {
  /** λ > 0, times the number of a row's ratings. Default 0.1. */
  readonly strength?: number;
  /** Gradient norm, relative to that at zero biases, at which to stop. Default 1e-8. */
  readonly tolerance?: number;
  /** Passes over both sides at most. Default 500. */
  readonly iterations?: number;
}

/** Ratings explained by who rates and what is rated, without any taste. */
export interface RatingBiases {
  readonly userIds: readonly Id[];
  readonly itemIds: readonly Id[];
  /** μ, the mean of all ratings. */
  readonly mean: number;
  readonly userBiases: Float64Array;
  readonly itemBiases: Float64Array;
  readonly verdict: Verdict;
  /** μ + b + c for each pair. @throws NadirError `factorization/unseen` unless NaN is asked for */
  predict(users: ArrayLike<Id>, items: ArrayLike<Id>, options?: PredictOptions): Float64Array;
}

/** The baseline of a factorization: how it is to be fitted. */
export interface RatingBiasesModel {
  /** Fits it. @throws NadirError `factorization/…` for ratings that cannot be */
  fit(ratings: Ratings): RatingBiases;
}

/**
 * The baseline that a factorization has to beat: r ≈ μ + b_user + c_item, by
 *
 *     minimize  Σ (r − μ − b − c)² + λ(Σ nᵤb² + Σ nᵢc²)         over the observed entries
 *
 * one side after the other. Strongly convex, so the gradient bounds how far the value is from the minimum.
 *
 * @throws NadirError `factorization/strength` unless above 0, `factorization/tolerance`, `factorization/iterations`; from `fit`,
 *   `factorization/…` for ratings that cannot be
 * @see Koren, Bell & Volinsky (2009), Matrix factorization techniques for recommender systems, eq. (3)
 */
export function ratingBiases(options: RatingBiasesOptions = {}): RatingBiasesModel {
  const read = readConvexOptions("ratingBiases", options, { strength: 0.1, iterations: 500 });
  return { fit: (ratings) => fitTo(readRatings(ratings), read) };
}

function fitTo(
  table: Table,
  { strength, tolerance, iterations: most }: ConvexOptions,
): RatingBiases {
  const mean = meanOf(table.values);
  const [b, c] = [new Float64Array(table.userIds.length), new Float64Array(table.itemIds.length)];
  const slopes = (): number =>
    Math.hypot(
      slope(table.byUser, b, c, mean, strength),
      slope(table.byItem, c, b, mean, strength),
    );
  const first = slopes();
  let norm = first;
  for (let iteration = 0; iteration < most && norm > tolerance * first; iteration++) {
    improve(table.byUser, b, c, mean, strength);
    improve(table.byItem, c, b, mean, strength);
    norm = slopes();
  }
  return {
    ...{ userIds: table.userIds, itemIds: table.itemIds, mean, userBiases: b, itemBiases: c },
    verdict: verdictOf(table, { b, c, mean, strength, norm, tolerance: tolerance * first }),
    predict: (users, items, how = {}) =>
      predictPairs(table, users, items, how, (user, item) => mean + b[user]! + c[item]!),
  };
}

export const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Σ over a row's entries of r − μ − (the other side's bias). */
function left(
  { starts, columns, values }: Rows,
  row: number,
  other: Float64Array,
  mean: number,
): number {
  let sum = 0;
  for (let e = starts[row]!; e < starts[row + 1]!; e++)
    sum += values[e]! - mean - other[columns[e]!]!;
  return sum;
}

/** Each row's bias to its minimum. */
function improve(
  rows: Rows,
  own: Float64Array,
  other: Float64Array,
  mean: number,
  strength: number,
): void {
  for (let row = 0; row < own.length; row++) {
    const count = rows.starts[row + 1]! - rows.starts[row]!;
    own[row] = left(rows, row, other, mean) / (count * (1 + strength));
  }
}

/** Norm of the gradient by one side. */
function slope(
  rows: Rows,
  own: Float64Array,
  other: Float64Array,
  mean: number,
  strength: number,
): number {
  let square = 0;
  for (let row = 0; row < own.length; row++) {
    const count = rows.starts[row + 1]! - rows.starts[row]!;
    square += (2 * (count * (1 + strength) * own[row]! - left(rows, row, other, mean))) ** 2;
  }
  return Math.sqrt(square);
}

function verdictOf(
  { byUser, byItem, users, items, values }: Table,
  at: {
    readonly b: Float64Array;
    readonly c: Float64Array;
    readonly mean: number;
    readonly strength: number;
    readonly norm: number;
    readonly tolerance: number;
  },
): Verdict {
  const { b, c, mean, strength, norm, tolerance } = at;
  let primal = 0;
  for (let e = 0; e < values.length; e++)
    primal += (values[e]! - mean - b[users[e]!]! - c[items[e]!]!) ** 2;
  let fewest = Number.POSITIVE_INFINITY;
  for (const [{ starts }, own] of [
    [byUser, b],
    [byItem, c],
  ] as const) {
    own.forEach((bias, row) => {
      const count = starts[row + 1]! - starts[row]!;
      primal += strength * count * bias * bias;
      fewest = Math.min(fewest, count);
    });
  }
  const convexity = 2 * strength * fewest;
  const gap = norm ** 2 / (2 * convexity);
  const measured = { gradientNorm: norm, tolerance };
  const evidence = [
    `the gradient norm is ${norm.toPrecision(3)}, and the objective strongly convex with constant ${convexity.toPrecision(3)}: its minimum is at most ${gap.toPrecision(3)} below ${primal.toPrecision(6)}`,
  ];
  if (norm <= tolerance || gap <= 1e-6 * Math.max(1, primal))
    return {
      ...{ kind: "global-minimum", primal, dual: primal - gap, gap },
      ...{ ...measured, evidence, advice: [] },
    };
  const advice = ["allow more iterations, or a larger strength"];
  return { kind: "not-stationary", why: "budget", ...measured, evidence, advice };
}
