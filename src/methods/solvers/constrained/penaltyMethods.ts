import { requireInRange, requireKnownOptions } from "../../../base/require.ts";
import type { Ask, ConstraintValues, Vector } from "../../../linalg/ask.ts";
import { distance, norm } from "../../../linalg/vector.ts";
import { lbfgs } from "../quasiNewton/lbfgs.ts";
import type { Point, Solver, Step } from "../solver.ts";
import {
  type Constrained,
  constrainedAt,
  type Merit,
  minimizeMerit,
  requireInner,
  violationOf,
} from "./merit.ts";

export interface PenaltyMethodOptions {
  /** What minimizes each merit function: a solver that asks for values and gradients. Default `lbfgs()`. */
  readonly inner?: Solver;
  /** The first penalty parameter ρ, above 0. Default: so that penalty and objective are of one size, within [1e-6, 10]. */
  readonly penalty?: number;
  /** What ρ is multiplied by, above 1. Default 10. */
  readonly growth?: number;
  /** Iterations of the inner solver at most, for each merit function. Default 1,000. */
  readonly innerIterations?: number;
}

/** Between outer iterations. */
export interface PenaltyState {
  /** λ, then μ; empty before the first step. */
  multipliers: Vector;
  /** ρ; 0 before the first step. */
  penalty: number;
  /** How far from feasible and complementary the last point was. */
  violation: number;
  /** ‖∇‖ at which the next inner minimization stops. */
  tolerance: number;
}

/** Multipliers are kept between −this and this: a safeguard, not a bound on the answer. */
const largestMultiplier = 1e12;
/** The part of the last violation that may be left without the penalty being raised. */
const enough = 0.25;
const largestPenalty = 1e14;
const smallestTolerance = 1e-11;

/** A solver whose every step minimizes f + (ρ/2)(‖c + λ/ρ‖² + ‖(d + μ/ρ)₊‖²), with or without multipliers λ, μ. */
export function penaltySolver(
  name: string,
  options: PenaltyMethodOptions,
  hasMultipliers: boolean,
): Solver<PenaltyState> {
  requireKnownOptions(name, options, ["inner", "penalty", "growth", "innerIterations"]);
  const infinity = Number.POSITIVE_INFINITY;
  const inner = requireInner(name, options.inner ?? (lbfgs() as Solver));
  const first = options.penalty;
  if (first !== undefined) requireInRange(`${name}/penalty`, first, [0, infinity], { open: true });
  const growth = requireInRange(`${name}/growth`, options.growth ?? 10, [1, infinity], {
    open: true,
  });
  const iterations = requireInRange(`${name}/innerIterations`, options.innerIterations ?? 1000, [
    1,
    infinity,
  ]);
  return {
    kind: "solver",
    name,
    needs: ["gradient", "constraints", "constraint-pullback"],
    monotone: false,
    init: ({ gradient }) => ({
      multipliers: new Float64Array(0),
      penalty: first ?? 0,
      violation: Number.POSITIVE_INFINITY,
      tolerance: 0.1 * Math.min(1, Math.max(norm(gradient), 1e-3)),
    }),
    step: (point, state) => outerStep(point, state, { inner, growth, iterations, hasMultipliers }),
  };
}

interface Settings {
  readonly inner: Solver;
  readonly growth: number;
  readonly iterations: number;
  readonly hasMultipliers: boolean;
}

function* outerStep(
  point: Point,
  state: PenaltyState,
  { inner, growth, iterations, hasMultipliers }: Settings,
): Ask<Step<PenaltyState>> {
  const start = yield* constrainedAt(point.x);
  const { equalities, inequalities } = start.values;
  if (state.multipliers.length === 0) {
    state.multipliers = new Float64Array(equalities.length + inequalities.length);
  }
  if (state.penalty === 0) state.penalty = firstPenalty(start);
  const { multipliers, penalty } = state;
  const merit = penaltyFunction(multipliers, penalty);
  const end = yield* minimizeMerit(inner, merit, start, state.tolerance, iterations);
  const { x, objective, values } = end;
  const size = Math.max(1, norm(point.x));
  const ranAway = !Number.isFinite(objective.value) || norm(x) > 1e8 * size;
  if (ranAway) {
    // The merit function is not bounded below: a larger penalty may make it so.
    state.penalty = penalty * growth;
    const stalled = state.penalty > largestPenalty ? "exhausted" : undefined;
    return { point, state, stepSize: 0, stalled };
  }
  const offset = violationOf(values);
  const complementarity = complementarityOf(values, multipliers, penalty);
  const violation = Math.max(offset, complementarity);
  // What rounding leaves is no reason for a larger penalty, which would only magnify it.
  const stuck = violation > enough * state.violation && violation > 1e-10 * Math.max(1, norm(x));
  if (hasMultipliers) {
    const bound = largestMultiplier;
    state.multipliers = end.multipliers.map((m) => Math.min(bound, Math.max(-bound, m)));
  }
  if (!hasMultipliers || stuck) state.penalty = penalty * growth;
  state.violation = violation;
  state.tolerance = Math.max(0.1 * state.tolerance, smallestTolerance);
  const residual = Math.max(norm(end.gradient), violation);
  const next: Point = { x, value: objective.value, gradient: objective.gradient, residual };
  const stepSize = distance(x, point.x);
  const isDone = stepSize === 0 && !stuck && state.tolerance === smallestTolerance;
  const stalled = isDone ? "rounding" : state.penalty > largestPenalty ? "exhausted" : undefined;
  return { point: next, state, stepSize, stalled };
}

/** f + (ρ/2)(‖c + λ/ρ‖² + ‖(d + μ/ρ)₊‖²) − (‖λ‖² + ‖μ‖²)/2ρ. */
function penaltyFunction(shift: Vector, penalty: number): Merit {
  return ({ objective, values: { equalities, inequalities } }) => {
    const multipliers = new Float64Array(shift.length);
    let { value } = objective;
    for (let i = 0; i < multipliers.length; i++) {
      const isEquality = i < equalities.length;
      const own = isEquality ? equalities[i]! : inequalities[i - equalities.length]!;
      const pushed = shift[i]! + penalty * own;
      const multiplier = isEquality ? pushed : Math.max(0, pushed);
      multipliers[i] = multiplier;
      value += (multiplier ** 2 - shift[i]! ** 2) / (2 * penalty);
    }
    return { value, multipliers };
  };
}

/** ρ so that the penalty is of the objective's size. @see Birgin & Martínez (2014), eq. (12.1) */
function firstPenalty({ objective, values }: Constrained): number {
  let squares = 0;
  for (const c of values.equalities) squares += c * c;
  for (const d of values.inequalities) squares += Math.max(0, d) ** 2;
  const balanced = (2 * Math.max(1, Math.abs(objective.value))) / Math.max(1, squares);
  return Math.min(10, Math.max(1e-6, balanced));
}

/** max |max(d, −μ/ρ)|: how far inequalities are from either being met with equality or having no multiplier. */
function complementarityOf(
  { equalities, inequalities }: ConstraintValues,
  shift: Vector,
  penalty: number,
): number {
  let most = 0;
  inequalities.forEach((d, j) => {
    most = Math.max(most, Math.abs(Math.max(d, -shift[equalities.length + j]! / penalty)));
  });
  return most;
}
