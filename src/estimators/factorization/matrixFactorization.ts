import { NadirError } from "../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import type { Verdict } from "../../diagnosis/verdict.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { explicitHalfStep, implicitHalfStep, type Side } from "./alternate.ts";
import { lowestValue } from "./fullyObserved.ts";
import { implicitObjective } from "./implicitObjective.ts";
import { type Factors, gradientNorm, predicted, squaredError, squaredNorms } from "./objective.ts";
import { type Id, type Ratings, readRatings, type Table } from "./ratings.ts";
import { type Scored, topItems } from "./recommend.ts";
import {
  conjugateGradientSolver,
  coordinateSolver,
  exactSolver,
  type RowSolver,
} from "./rowSolvers.ts";
import { descend } from "./sgd.ts";
import { drawnSide } from "./start.ts";

export interface FactorizationOptions {
  /** Length of the vectors u and v. Default 16. */
  readonly rank?: number;
  /** λ ≥ 0 of the squared L2 penalty. Default 0.1. */
  readonly strength?: number;
  /** λ times the number of a row's ratings instead of λ: the weighted-λ form (ALS-WR). Explicit ratings only. Default true. */
  readonly weighted?: boolean;
  /** Whether users and items have a bias, around the mean of all ratings. Explicit ratings only. Default false. */
  readonly biases?: boolean;
  /** Factors of at least 0. */
  readonly nonnegative?: boolean;
  /** A penalty of single factors instead of the squared L2 one, such as `mcp(1)`. Explicit ratings only. */
  readonly penalty?: Penalty;
  /** `explicit`: values are ratings, and what is missing is not known. `implicit`: values are counts, and what is missing is 0. */
  readonly feedback?: "explicit" | "implicit";
  /** α: an entry of count r weighs 1 + αr. Implicit only. Default 40. */
  readonly confidence?: number;
  /** How a row's normal equations are solved: `exact`, or a few steps of conjugate gradients. Default `exact`. */
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
}

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
  /** The rating of each pair. @throws NadirError `factorization/unseen` for an id that was not fitted */
  predict(users: ArrayLike<Id>, items: ArrayLike<Id>): Float64Array;
  /** The items with the highest prediction for a user, those already rated left out unless `includeRated`. */
  recommend(
    user: Id,
    options?: { readonly count?: number; readonly includeRated?: boolean },
  ): readonly Scored[];
}

const known = [
  ...["rank", "strength", "weighted", "biases", "nonnegative", "penalty", "feedback", "confidence"],
  ...["solver", "method", "learningRate", "iterations", "tolerance", "seed", "start"],
] as const;

/**
 * Factorizes observed entries of a matrix, r ≈ u·v (+ μ + b + c), for recommendation and completion:
 *
 *     minimize  Σ (r − u·v)² + λ(Σ nᵤ‖u‖² + Σ nᵥ‖v‖²)         over the observed entries, no ½
 *
 * by alternating least squares: each half step minimizes over one side with the other fixed, and never raises the
 * objective (with a nonnegativity or another penalty it is lowered coordinate by coordinate). The problem is biconvex: the
 * end is a stationary point, and a global minimum only where that is proved, as for a matrix observed whole.
 *
 * @throws NadirError `factorization/…` for options and ratings that cannot be
 * @see Zhou et al. (2008), ALS-WR; Hu, Koren & Volinsky (2008), implicit feedback; Koren, Bell & Volinsky (2009), Matrix
 *   factorization techniques for recommender systems
 */
export function matrixFactorization(
  ratings: Ratings,
  options: FactorizationOptions = {},
): Factorization {
  const settings = readSettings(options);
  const table = readRatings(ratings);
  if (settings.feedback === "implicit") requireCounts(table);
  const { rank, biases } = settings;
  const mean = biases
    ? table.values.reduce((sum, value) => sum + value, 0) / table.values.length
    : 0;
  const scale = startScale(table, mean, rank);
  const side = (count: number, stream: number, given: Float64Array | undefined): Side =>
    drawnSide(count, rank, {
      ...{ scale, seed: settings.seed, stream, given },
      nonnegative: settings.nonnegative,
    });
  const factors: Factors = {
    ...{ rank, mean },
    users: side(table.userIds.length, 0, options.start?.users),
    items: side(table.itemIds.length, 1, options.start?.items),
  };
  const ended = run(factors, table, settings);
  return finished(factors, table, ended, verdictOf(factors, table, settings, ended));
}

type Settings = ReturnType<typeof readSettings>;

function readSettings(options: FactorizationOptions) {
  requireKnownOptions("factorization", options, known);
  const infinity = Number.POSITIVE_INFINITY;
  const { weighted = true, biases = false, nonnegative = false, penalty, seed = 0 } = options;
  const { feedback = "explicit", solver = "exact", method = "als" } = options;
  oneOf("feedback", feedback, ["explicit", "implicit"]);
  oneOf("solver", solver, ["exact", "cg"]);
  oneOf("method", method, ["als", "sgd"]);
  const clashes = [
    [feedback === "implicit" && biases, "biases", "explicit ratings"],
    [feedback === "implicit" && method === "sgd", 'method: "sgd"', "explicit ratings"],
    [
      method === "sgd" && (nonnegative || penalty !== undefined),
      'method: "sgd"',
      "the squared L2 penalty",
    ],
  ] as const;
  for (const [clash, what, only] of clashes) {
    if (clash)
      throw new NadirError("factorization/options", `factorization: ${what} is for ${only} alone`);
  }
  return {
    ...{ weighted, biases, nonnegative, penalty, seed, feedback, solver, method },
    rank: requireCount("factorization/rank", options.rank ?? 16),
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
  };
}

function oneOf(name: string, given: string, allowed: readonly string[]): void {
  if (allowed.includes(given)) return;
  throw new NadirError(`factorization/${name}`, `factorization: ${name} is "${given}"`, {
    expected: `one of ${allowed.join(", ")}`,
  });
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

/** A floor of λ that keeps normal equations definite where the ratings alone do not. */
const leastStrength = 1e-12;

const strengthsOf =
  ({ strength, weighted, penalty }: Settings) =>
  (count: number): number =>
    penalty === undefined
      ? Math.max(leastStrength, weighted ? strength * count : strength)
      : leastStrength;

const implicitStrength = ({ strength }: Settings): number => Math.max(leastStrength, strength);

function rowSolverOf({ solver, nonnegative, penalty }: Settings, n: number): RowSolver {
  if (nonnegative || penalty !== undefined) return coordinateSolver(n, 3, { nonnegative, penalty });
  return solver === "cg" ? conjugateGradientSolver(n, 3) : exactSolver(n);
}

interface Ended {
  readonly history: readonly number[];
  readonly iterations: number;
  readonly settled: boolean;
}

function run(factors: Factors, table: Table, settings: Settings): Ended {
  const { biases, iterations, tolerance, method } = settings;
  const history: number[] = [];
  const note = (): void => {
    history.push(objectiveOf(factors, table, settings));
  };
  note();
  const solve = rowSolverOf(settings, biases ? factors.rank + 1 : factors.rank);
  for (let iteration = 1; iteration <= iterations; iteration++) {
    const before = history.at(-1)!; // the start's, at least
    if (method === "sgd") {
      descend(factors, table, { ...settings, pass: iteration });
      note();
    } else {
      halfStep(factors, table, settings, "users", solve);
      note();
      halfStep(factors, table, settings, "items", solve);
      note();
    }
    const now = history.at(-1)!;
    if (before >= now && before - now <= tolerance * Math.abs(before))
      return { history, iterations: iteration, settled: true };
  }
  return { history, iterations, settled: false };
}

function halfStep(
  factors: Factors,
  table: Table,
  settings: Settings,
  which: "users" | "items",
  solve: RowSolver,
): void {
  const isUsers = which === "users";
  const half = {
    rows: isUsers ? table.byUser : table.byItem,
    own: factors[which],
    other: isUsers ? factors.items : factors.users,
    ...{ rank: factors.rank, mean: factors.mean, biases: settings.biases, solve },
  };
  if (settings.feedback === "explicit")
    explicitHalfStep({ ...half, strengthOf: strengthsOf(settings) });
  else
    implicitHalfStep({
      ...half,
      strength: implicitStrength(settings),
      confidence: settings.confidence,
    });
}

/** What ALS lowers. */
function objectiveOf(factors: Factors, table: Table, settings: Settings): number {
  const { users, items, rank } = factors;
  const { penalty, feedback, confidence } = settings;
  if (feedback === "implicit")
    return implicitObjective(factors, table, implicitStrength(settings), confidence).value;
  const error = squaredError(factors, table);
  if (penalty !== undefined)
    return error + penalty.value(users.factors) + penalty.value(items.factors);
  const strengthOf = strengthsOf(settings);
  return (
    error +
    squaredNorms(users, table.byUser.starts, rank, strengthOf) +
    squaredNorms(items, table.byItem.starts, rank, strengthOf)
  );
}

function verdictOf(factors: Factors, table: Table, settings: Settings, ended: Ended): Verdict {
  const { tolerance, feedback, penalty, nonnegative, biases, weighted, strength, rank } = settings;
  const format = (value: number): string => Number(value.toPrecision(4)).toString();
  const [first, last] = [ended.history[0]!, ended.history.at(-1)!]; // the start's, at least
  const smooth = penalty === undefined && !nonnegative;
  const slope = smooth ? slopeOf(factors, table, settings) : Number.NaN;
  const measured = { gradientNorm: slope, tolerance };
  const evidence = [
    `the objective fell from ${format(first)} to ${format(last)} in ${ended.iterations} iterations, never rising between half steps`,
  ];
  if (settings.method === "sgd")
    evidence[0] = `the objective went from ${format(first)} to ${format(last)} in ${ended.iterations} passes`;
  if (smooth) evidence.push(`the gradient norm over all factors is ${format(slope)}`);
  const lowest =
    smooth && !biases && feedback === "explicit"
      ? lowestOf(table, { rank, weighted, strength })
      : undefined;
  if (lowest !== undefined) {
    const gap = last - lowest;
    evidence.push(
      `every entry is observed, and by the singular values of the matrix no factors of rank ${rank} reach below ${format(lowest)}`,
    );
    if (gap <= 1e-6 * Math.max(1, Math.abs(last)))
      return {
        kind: "global-minimum",
        primal: last,
        dual: lowest,
        gap: Math.max(0, gap),
        ...measured,
        evidence,
        advice: [],
      };
  }
  if (!ended.settled) {
    const advice = ["allow more iterations: the objective was still falling"];
    return { kind: "not-stationary", why: "budget", ...measured, evidence, advice };
  }
  evidence.push(`the last iteration lowered it by no more than ${format(tolerance)} of itself`);
  const advice = [
    "the problem is convex in each side alone: another seed may end elsewhere; compare on held-out ratings",
  ];
  return { kind: "stationary", ...measured, evidence, advice };
}

/** The gradient norm over all factors and biases. */
function slopeOf(factors: Factors, table: Table, settings: Settings): number {
  return settings.feedback === "implicit"
    ? implicitObjective(factors, table, implicitStrength(settings), settings.confidence)
        .gradientNorm
    : gradientNorm(factors, table, strengthsOf(settings), settings.biases);
}

function lowestOf(
  table: Table,
  { rank, weighted, strength }: Pick<Settings, "rank" | "weighted" | "strength">,
): number | undefined {
  const [users, items] = [table.userIds.length, table.itemIds.length];
  return lowestValue(
    table,
    rank,
    weighted ? strength * items : strength,
    weighted ? strength * users : strength,
  );
}

function finished(factors: Factors, table: Table, ended: Ended, verdict: Verdict): Factorization {
  const indexOf = (of: ReadonlyMap<Id, number>, id: Id, what: string): number => {
    const index = of.get(id);
    if (index !== undefined) return index;
    throw new NadirError(
      "factorization/unseen",
      `there is no ${what} ${JSON.stringify(id)} among the ratings that were fitted`,
      {
        expected: `one of ${of.size} ${what}s`,
        hint: "a new one has no factors: fit again with its ratings, or fall back on the most popular items",
      },
    );
  };
  return {
    rank: factors.rank,
    ...{ userIds: table.userIds, itemIds: table.itemIds, mean: factors.mean, verdict },
    ...{ users: factors.users.factors, items: factors.items.factors },
    ...{ userBiases: factors.users.biases, itemBiases: factors.items.biases },
    ...{ history: ended.history, iterations: ended.iterations },
    predict: (users, items) => {
      if (users.length !== items.length)
        throw new NadirError(
          "factorization/pairs",
          `predict: ${users.length} users for ${items.length} items`,
          { expected: "as many, in pairs" },
        );
      return Float64Array.from({ length: users.length }, (_, i) =>
        predicted(
          factors,
          indexOf(table.userOf, users[i]!, "user"),
          indexOf(table.itemOf, items[i]!, "item"),
        ),
      );
    },
    recommend: (user, { count = 10, includeRated = false } = {}) =>
      topItems(
        factors,
        table,
        indexOf(table.userOf, user, "user"),
        requireCount("factorization/count", count),
        includeRated,
      ),
  };
}
