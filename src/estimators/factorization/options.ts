import { NadirError } from "../../base/errors.ts";
import {
  requireCount,
  requireInRange,
  requireKnownOptions,
  requireWord,
} from "../../base/require.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { profileOf } from "./coordinateSweeps.ts";
import { usefulThreads } from "./kernel/workspace.ts";
import type { Table } from "./ratings.ts";

/** The model of `matrixFactorization`, and how it is fitted. */
export interface FactorizationOptions {
  /** Length of the vectors u and v, at most the number of users and of items. Default 16, or that number. */
  readonly rank?: number;
  /** λ ≥ 0 of the squared L2 penalty; unused where `penalty` stands in its place. Default 0.1. */
  readonly strength?: number;
  /** λ times the number of a row's ratings instead of λ: the weighted-λ form (ALS-WR). Explicit ratings only. Default true. */
  readonly weighted?: boolean;
  /** Whether users and items have a bias, around the mean of all ratings. Explicit ratings only. Default false. */
  readonly biases?: boolean;
  /** Factors of at least 0. Biases may have either sign. */
  readonly nonnegative?: boolean;
  /**
   * A penalty of single factors instead of the squared L2 one, such as `l1(0.1)`. Biases are then not penalized. One that is
   * flat for large factors (MCP, SCAD, capped L1) has no minimum: one side can grow while the other shrinks.
   */
  readonly penalty?: Penalty;
  /** `explicit`: values are ratings, and what is missing is not known. `implicit`: values are counts, and what is missing is 0. */
  readonly feedback?: "explicit" | "implicit";
  /** α: an entry of count r weighs 1 + αr. Implicit only. Default 40. */
  readonly confidence?: number;
  /** How a row's normal equations are solved: `exact`, or three steps of conjugate gradients. Default `exact`. */
  readonly solver?: "exact" | "cg";
  /** Alternating least squares, or stochastic gradient descent over single ratings (explicit only). Default `als`. */
  readonly method?: "als" | "sgd";
  /** Of `sgd`. Default 0.01. */
  readonly learningRate?: number;
  /** Passes over both sides at most, or over the ratings. Default 30. */
  readonly iterations?: number;
  /** Relative fall of the objective in an iteration below which to stop. Default 1e-6. */
  readonly tolerance?: number;
  /** Of the factors at the start. Default 0. */
  readonly seed?: number;
  /** Factors to start from, `[users, rank]` and `[items, rank]`, rows in the order in which ids first appear. */
  readonly start?: { readonly users: Float64Array; readonly items: Float64Array };
  /**
   * Threads of `als` without a penalty; the result is the same to the bit for any number. More than one needs Node. Default: as
   * many as the machine runs at a time, or one for a small problem.
   */
  readonly threads?: number;
}

const known = [
  ...["rank", "strength", "weighted", "biases", "nonnegative", "penalty", "feedback", "confidence"],
  ...["solver", "method", "learningRate", "iterations", "tolerance", "seed", "start", "threads"],
] as const;

/** Options with their defaults. */
export interface Settings {
  readonly rank: number | undefined;
  readonly strength: number;
  readonly weighted: boolean;
  readonly biases: boolean;
  readonly nonnegative: boolean;
  readonly penalty: Penalty | undefined;
  readonly feedback: "explicit" | "implicit";
  readonly confidence: number;
  readonly solver: "exact" | "cg";
  readonly method: "als" | "sgd";
  readonly learningRate: number;
  readonly iterations: number;
  readonly tolerance: number;
  readonly seed: number;
  /** How many, for ratings of this size. */
  threads(table: Table): number;
}

/** @throws NadirError `factorization/…` for options that are not known, out of range, or have no meaning together */
export function readSettings(options: FactorizationOptions): Settings {
  requireKnownOptions("factorization", options, known);
  const infinity = Number.POSITIVE_INFINITY;
  const { weighted = true, biases = false, nonnegative = false, penalty, seed = 0 } = options;
  const { feedback = "explicit", solver = "exact", method = "als", threads } = options;
  requireWord("factorization/feedback", feedback, ["explicit", "implicit"]);
  requireWord("factorization/solver", solver, ["exact", "cg"]);
  requireWord("factorization/method", method, ["als", "sgd"]);
  requireMeaning(options, { implicit: feedback === "implicit", sgd: method === "sgd" });
  if (penalty !== undefined) profileOf(penalty);
  if (threads !== undefined) requireCount("factorization/threads", threads);
  const single = method === "sgd" || penalty !== undefined;
  return {
    ...{ weighted, biases, nonnegative, penalty, seed, feedback, solver, method },
    rank: options.rank === undefined ? undefined : requireCount("factorization/rank", options.rank),
    strength: requireInRange("factorization/strength", options.strength ?? 0.1, [0, infinity]),
    confidence: requireInRange("factorization/confidence", options.confidence ?? 40, [0, infinity]),
    iterations: requireCount("factorization/iterations", options.iterations ?? 30),
    tolerance: requireInRange("factorization/tolerance", options.tolerance ?? 1e-6, [0, infinity]),
    learningRate: requireInRange(
      "factorization/learningRate",
      options.learningRate ?? 0.01,
      [0, infinity],
      { open: true },
    ),
    threads: (table) => {
      if (single) return 1;
      return threads ?? usefulThreads(table, rankFor(options.rank, table));
    },
  };
}

/** Options that would change nothing, or that no method can have together. */
function requireMeaning(
  options: FactorizationOptions,
  { implicit, sgd }: { readonly implicit: boolean; readonly sgd: boolean },
): void {
  const { biases = false, nonnegative = false, penalty } = options;
  const given = (name: keyof FactorizationOptions): boolean => options[name] !== undefined;
  const penalized = penalty !== undefined;
  const clashes: readonly (readonly [boolean, string, string])[] = [
    [implicit && biases, "biases", "explicit ratings"],
    [implicit && given("weighted"), "weighted", "explicit ratings"],
    [!implicit && given("confidence"), "confidence", "implicit feedback"],
    [sgd && implicit, 'method: "sgd"', "explicit ratings"],
    [sgd && (nonnegative || penalized), 'method: "sgd"', "the squared L2 penalty"],
    [sgd && given("solver"), "solver", 'method: "als"'],
    [!sgd && given("learningRate"), "learningRate", 'method: "sgd"'],
    [penalized && given("weighted"), "weighted", "the squared L2 penalty"],
    [
      options.solver === "cg" && (nonnegative || penalized),
      'solver: "cg"',
      "the squared L2 penalty without bounds",
    ],
    [
      (sgd || penalized) && (options.threads ?? 1) > 1,
      "threads",
      "als with the squared L2 penalty",
    ],
  ];
  for (const [clash, what, only] of clashes) {
    if (clash)
      throw new NadirError("factorization/options", `factorization: ${what} is for ${only} alone`);
  }
}

/**
 * The rank, or its default.
 *
 * @throws NadirError `factorization/rank` above the number of users or items
 */
export function rankFor(rank: number | undefined, { userIds, itemIds }: Table): number {
  const [users, items] = [userIds.length, itemIds.length];
  const most = Math.min(users, items);
  if (rank === undefined) return Math.min(16, most);
  if (rank <= most) return rank;
  throw new NadirError(
    "factorization/rank",
    `factorization: rank ${rank} for ${users} users and ${items} items`,
    { expected: `at most ${most}: no matrix of that size has a higher rank` },
  );
}

/** Options of a convex fit with one strength, read. */
export interface ConvexOptions {
  /** λ > 0. */
  readonly strength: number;
  /** At which to stop, relative; at least 0. */
  readonly tolerance: number;
  /** At most. */
  readonly iterations: number;
}

/** Reads those of `ratingBiases` and `softImpute`. @throws NadirError `NAME/unknown-option`, `factorization/strength`, `…/tolerance`, `…/iterations` */
export function readConvexOptions(
  name: string,
  options: Partial<ConvexOptions>,
  defaults: { readonly strength?: number; readonly iterations: number },
): ConvexOptions {
  requireKnownOptions(name, options, ["strength", "tolerance", "iterations"]);
  const above = [0, Number.POSITIVE_INFINITY] as const;
  const strength = options.strength ?? defaults.strength;
  const tolerance = options.tolerance ?? 1e-8;
  const iterations = options.iterations ?? defaults.iterations;
  return {
    // Without a default its type asks for it; what a caller without types leaves out is no number in the range.
    strength: requireInRange("factorization/strength", strength as number, above, { open: true }),
    tolerance: requireInRange("factorization/tolerance", tolerance, above),
    iterations: requireCount("factorization/iterations", iterations),
  };
}
