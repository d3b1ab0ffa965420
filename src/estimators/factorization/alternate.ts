import type { Penalty } from "../../methods/penalties/penalty.ts";
import { coordinateSweeps } from "./coordinateSweeps.ts";
import { distanceFromFixedPoint } from "./fixedPoint.ts";
import type { RowTask } from "./kernel/rowKernel.ts";
import { openWorkspace, type SideName, type Workspace } from "./kernel/workspace.ts";
import type { Factors, Side } from "./objective.ts";
import type { Settings } from "./options.ts";
import type { Table } from "./ratings.ts";
import { descend } from "./sgd.ts";

/** Where a fit stopped. */
export interface Ended {
  /** The objective at the start, and after each half step, or pass of SGD. */
  readonly history: readonly number[];
  readonly iterations: number;
  /** Did the last iteration lower it by no more than the tolerance? */
  readonly settled: boolean;
  /** Over all factors and biases; with bounds or a penalty with kinks, the distance from a fixed point. */
  readonly gradientNorm: number;
  /** Below which a point counts as stationary. */
  readonly gradientTolerance: number;
}

/** Lowers the objective over the factors, in place, until it settles or the iterations are used up. */
export function lower(factors: Factors, table: Table, settings: Settings): Ended {
  const { iterations, tolerance, method } = settings;
  using work = openWorkspace(table, {
    ...{ rank: factors.rank, mean: factors.mean, confidence: settings.confidence },
    ...{ biases: settings.biases, implicit: settings.feedback === "implicit" },
    ...{ strength: strengthOf(settings), threads: settings.threads(table) },
  });
  const problem: Problem = { factors, table, settings, work };
  load(problem);
  const history = [objective(problem, work.run("users", "values"))];
  const steepest = Math.max(slope(problem), slopeOfSize(table, settings));
  let iteration = 0;
  let settled = false;
  for (; iteration < iterations && !settled && Number.isFinite(history.at(-1)); ) {
    iteration++;
    const before = history.at(-1)!; // the start's, at least
    if (method === "sgd") {
      descend(factors, table, { ...settings, pass: iteration });
      load(problem);
      history.push(objective(problem, work.run("users", "values")));
    } else {
      for (const side of ["users", "items"] as const)
        history.push(objective(problem, halfStep(problem, side)));
    }
    const now = history.at(-1)!;
    settled = before >= now && before - now <= tolerance * Math.abs(before);
  }
  keep(problem);
  return {
    ...{ history, iterations: iteration, settled, gradientNorm: slope(problem) },
    // A fall of the objective is of second order in the slope.
    gradientTolerance: Math.max(1e-8, Math.sqrt(tolerance)) * steepest,
  };
}

/** The gradient's norm, or what takes its place. */
function slope({ work, settings, factors }: Problem): number {
  const { penalty, nonnegative } = settings;
  if (penalty === undefined && !nonnegative)
    return 2 * Math.sqrt(work.run("users", "slopes") + work.run("items", "slopes"));
  return Math.hypot(
    ...(["users", "items"] as const).map((side) =>
      distanceFromFixedPoint(work, side, factors.rank, settings),
    ),
  );
}

/** The slope of a fit as bad as none with factors as large as they have to be: 2‖r‖·√(mean r). */
function slopeOfSize({ values }: Table, { feedback, confidence }: Settings): number {
  let square = 0;
  for (const value of values)
    square += feedback === "implicit" ? (1 + confidence * value) ** 2 : value * value;
  return 2 * Math.sqrt(square) * (square / values.length) ** 0.25;
}

/** A factorization while it is lowered. */
interface Problem {
  readonly factors: Factors;
  readonly table: Table;
  readonly settings: Settings;
  readonly work: Workspace;
}

/** λ of a row of m entries, as fixed + perEntry·m; a penalty of single factors stands in its place. */
const strengthOf = ({ strength, weighted, penalty, feedback }: Settings) =>
  penalty !== undefined
    ? { fixed: 0, perEntry: 0 }
    : weighted && feedback === "explicit"
      ? { fixed: 0, perEntry: strength }
      : { fixed: strength, perEntry: 0 };

/** Minimizes over one side with the other fixed: the objective's part of the entries. */
function halfStep({ settings, work, factors }: Problem, side: SideName): number {
  const { penalty, nonnegative, solver, feedback } = settings;
  let error: number;
  if (penalty === undefined) {
    const exact: RowTask = solver === "cg" ? "conjugateGradient" : "exact";
    error = work.run(side, nonnegative ? "nonnegative" : exact);
  } else {
    sweep(work, side, factors.rank, { penalty, nonnegative });
    error = work.run(side, "values");
  }
  if (feedback === "implicit") work.updateGram(side);
  return error;
}

/** The same row by row, where a penalty stands in the place of squares. */
function sweep(
  work: Workspace,
  side: SideName,
  rank: number,
  how: { readonly penalty: Penalty; readonly nonnegative: boolean },
): void {
  const { n, normal } = work;
  const { factors, biases } = work[side];
  const solve = coordinateSweeps(normal, n, rank, how);
  const x = new Float64Array(n);
  for (let row = 0; row < biases.length; row++) {
    work.runRow(side, "normal", row);
    x.set(factors.subarray(row * n, (row + 1) * n));
    if (n > rank) x[rank] = biases[row]!;
    solve(x);
    factors.set(x.subarray(0, rank), row * n);
    if (n > rank) biases[row] = x[rank]!;
  }
}

/** The whole objective, from the part of the entries. */
function objective({ work, settings, table, factors }: Problem, error: number): number {
  const { penalty, feedback } = settings;
  const { rank } = factors;
  let value = error;
  if (feedback === "implicit") {
    work.users.gram.forEach((entry, i) => {
      value += entry * work.items.gram[i]!;
    });
  }
  const { fixed, perEntry } = strengthOf(settings);
  for (const [side, { starts }] of [
    [work.users, table.byUser],
    [work.items, table.byItem],
  ] as const) {
    for (let row = 0; row < side.biases.length; row++) {
      const x = side.factors.subarray(row * work.n, row * work.n + rank);
      if (penalty !== undefined) {
        value += penalty.value(x);
        continue;
      }
      let square = side.biases[row]! ** 2;
      for (let i = 0; i < rank; i++) square += x[i]! * x[i]!;
      value += (fixed + perEntry * (starts[row + 1]! - starts[row]!)) * square;
    }
  }
  return value;
}

/** Factors to the memory of the kernel. */
function load({ factors, work, settings }: Problem): void {
  for (const side of ["users", "items"] as const) {
    each(factors[side], factors.rank, work[side].factors, work.n, (own, at) => at.set(own));
    work[side].biases.set(factors[side].biases);
    if (settings.biases) {
      for (let at = factors.rank; at < work[side].factors.length; at += work.n)
        work[side].factors[at] = 1;
    }
    if (settings.feedback === "implicit") work.updateGram(side);
  }
}

/** And back. */
function keep({ factors, work }: Problem): void {
  for (const side of ["users", "items"] as const) {
    each(factors[side], factors.rank, work[side].factors, work.n, (own, at) => own.set(at));
    factors[side].biases.set(work[side].biases);
  }
}

function each(
  { factors, biases }: Side,
  rank: number,
  there: Float64Array,
  n: number,
  copy: (own: Float64Array, there: Float64Array) => void,
): void {
  for (let row = 0; row < biases.length; row++)
    copy(factors.subarray(row * rank, (row + 1) * rank), there.subarray(row * n, row * n + rank));
}
