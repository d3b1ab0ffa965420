import { NadirError } from "../../base/errors.ts";
import { requireCount, requireKnownOptions } from "../../base/require.ts";
import type { Verdict } from "../../diagnosis/verdict.ts";
import { type Ended, lower } from "./alternate.ts";
import { meanOf } from "./biases.ts";
import { type Factors, predicted, type Side } from "./objective.ts";
import { type FactorizationOptions, rankFor, readSettings, type Settings } from "./options.ts";
import { indexOf, type PredictOptions, predictPairs } from "./pairs.ts";
import { type Id, type Ratings, readRatings, type Table } from "./ratings.ts";
import { type Scored, topItems } from "./recommend.ts";
import { drawnSide } from "./start.ts";
import { type Judged, judge } from "./verdict.ts";

/** A fitted factorization. */
export interface Factorization {
  readonly rank: number;
  /** Ids in the order of the rows of `users` and `items`. */
  readonly userIds: readonly Id[];
  readonly itemIds: readonly Id[];
  /** `[users, rank]` and `[items, rank]`. */
  readonly users: Float64Array;
  readonly items: Float64Array;
  readonly userBiases: Float64Array;
  readonly itemBiases: Float64Array;
  readonly mean: number;
  /** The objective at the start and after each half step of ALS, or each pass of SGD. */
  readonly history: readonly number[];
  readonly iterations: number;
  readonly verdict: Verdict;
  /**
   * A value that the objective has nowhere, of any factors of any rank (or, of a matrix observed whole, of this rank), where one was
   * proven: once the fit has settled, with the squared L2 penalty.
   */
  readonly lowerBound: number | undefined;
  /** The rating of each pair. @throws NadirError `factorization/unseen` for an id that was not fitted, unless NaN is asked for */
  predict(users: ArrayLike<Id>, items: ArrayLike<Id>, options?: PredictOptions): Float64Array;
  /** The items with the highest prediction for a user, those already rated left out unless `includeRated`. */
  recommend(
    user: Id,
    options?: { readonly count?: number; readonly includeRated?: boolean },
  ): readonly Scored[];
}

/** A factorization: how it is to be fitted. */
export interface FactorizationModel {
  /** Fits it. @throws NadirError `factorization/…` for ratings that cannot be */
  fit(ratings: Ratings): Factorization;
}

/**
 * Factorizes observed entries of a matrix, r ≈ u·v (+ μ + b + c), for recommendation and completion:
 *
 *     minimize  Σ (r − u·v)² + λ(Σ nᵤ‖u‖² + Σ nᵥ‖v‖²)         over the observed entries, no ½
 *
 * by alternating least squares: each half step minimizes over one side with the other fixed, and never raises the
 * objective (with a nonnegativity or another penalty it is lowered coordinate by coordinate). The problem is biconvex: the
 * end is a stationary point, and a global minimum only where that is proved, as for a matrix observed whole.
 *
 * @throws NadirError `factorization/…` for options that cannot be
 * @see Zhou et al. (2008), ALS-WR; Hu, Koren & Volinsky (2008), implicit feedback; Koren, Bell & Volinsky (2009), Matrix
 *   factorization techniques for recommender systems
 */
export function matrixFactorization(options: FactorizationOptions = {}): FactorizationModel {
  const settings = readSettings(options);
  return { fit: (ratings) => fitTo(readRatings(ratings), settings, options.start) };
}

function fitTo(
  table: Table,
  settings: Settings,
  start: FactorizationOptions["start"],
): Factorization {
  if (settings.feedback === "implicit") requireCounts(table);
  const rank = rankFor(settings.rank, table);
  const mean = settings.biases ? meanOf(table.values) : 0;
  const scale = startScale(table, mean, rank);
  const side = (count: number, stream: number, given: Float64Array | undefined): Side =>
    drawnSide(count, rank, {
      ...{ scale, seed: settings.seed, stream, given },
      nonnegative: settings.nonnegative,
    });
  const factors: Factors = {
    ...{ rank, mean },
    users: side(table.userIds.length, 0, start?.users),
    items: side(table.itemIds.length, 1, start?.items),
  };
  const ended = lower(factors, table, settings);
  return finished(factors, table, ended, judge(factors, table, settings, ended));
}

function requireCounts({ values }: Table): void {
  const bad = values.find((value) => value < 0);
  if (bad === undefined) return;
  throw new NadirError("factorization/counts", `implicit feedback holds ${bad}`, {
    expected: "counts of at least 0",
    hint: 'feedback: "explicit", for ratings that may be negative',
  });
}

/** So that u·v starts at about the size of a rating. */
function startScale({ values }: Table, mean: number, rank: number): number {
  let square = 0;
  for (const value of values) square += (value - mean) ** 2;
  return Math.sqrt(Math.sqrt(square / values.length) / rank) || 1e-3;
}

function finished(factors: Factors, table: Table, ended: Ended, judged: Judged): Factorization {
  return {
    rank: factors.rank,
    ...{ userIds: table.userIds, itemIds: table.itemIds, mean: factors.mean, ...judged },
    ...{ users: factors.users.factors, items: factors.items.factors },
    ...{ userBiases: factors.users.biases, itemBiases: factors.items.biases },
    ...{ history: ended.history, iterations: ended.iterations },
    predict: (users, items, options = {}) =>
      predictPairs(table, users, items, options, (user, item) => predicted(factors, user, item)),
    recommend: (user, options = {}) => {
      requireKnownOptions("recommend", options, ["count", "includeRated"]);
      const { count = 10, includeRated = false } = options;
      requireCount("factorization/count", count);
      return topItems(factors, table, indexOf(table.userOf, user, "user"), count, includeRated);
    },
  };
}
