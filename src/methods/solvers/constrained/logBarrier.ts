import { NadirError } from "../../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import type { Ask, Vector } from "../../../linalg/ask.ts";
import { distance, norm } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import { lbfgs } from "../quasiNewton/lbfgs.ts";
import type { Point, Solver, Step } from "../solver.ts";
import {
  type Constrained,
  constrainedAt,
  type Merit,
  minimizeMerit,
  requireInner,
} from "./merit.ts";

export interface LogBarrierOptions {
  /** What minimizes each barrier function: a solver that asks for values and gradients. Default `lbfgs()`. */
  readonly inner?: Solver;
  /** The first barrier parameter μ, above 0. Default 1. */
  readonly barrier?: number;
  /** What μ is multiplied by after each minimization, in (0, 1). Default 0.1. */
  readonly shrink?: number;
  /** Iterations of the inner solver at most, for each barrier function. Default 1,000. */
  readonly innerIterations?: number;
}

export interface LogBarrierState {
  barrier: number;
}

const smallestBarrier = 1e-12;

/**
 * The logarithmic barrier: each step minimizes f − μΣ log(−dⱼ) by an inner solver from within, then μ shrinks. Each
 * point is strictly feasible, and −μ/dⱼ are its multipliers. For inequalities given as functions, from a start at which
 * all of them hold strictly.
 *
 * @throws NadirError `logBarrier/inner`, `/barrier`, `/shrink`, `/innerIterations`, `/unknown-option`; before the first
 *   step `logBarrier/interior` if the start does not hold all inequalities strictly, `logBarrier/equalities` if there are any
 * @see Fiacco & McCormick (1968); Nocedal & Wright (2006), Numerical Optimization, §19.6; Boyd & Vandenberghe (2004), §11.3
 */
export const logBarrier = described(
  {
    name: "logBarrier",
    kind: "solver",
    summary: "Inequalities by a wall that gets thinner: every point is strictly feasible.",
    guarantee:
      "On convex problems the value is within m·μ of the minimum after an exact inner minimization with m inequalities (Boyd & Vandenberghe, §11.2.2). In general limit points are KKT points under a constraint qualification.",
    price: {
      iteration:
        "one inner minimization: a gradient and a pullback of the constraints for each of its evaluations",
      memory: "the inner solver's",
    },
    source: "Nocedal & Wright (2006), Numerical Optimization, §19.6",
  },
  (options: LogBarrierOptions = {}): Solver<LogBarrierState> => {
    const name = "logBarrier";
    requireKnownOptions(name, options, ["inner", "barrier", "shrink", "innerIterations"]);
    const inner = requireInner(name, options.inner ?? (lbfgs() as Solver));
    const open = { open: true };
    const barrier = requireInRange(
      "logBarrier/barrier",
      options.barrier ?? 1,
      [0, Number.POSITIVE_INFINITY],
      open,
    );
    const shrink = requireInRange("logBarrier/shrink", options.shrink ?? 0.1, [0, 1], open);
    const iterations = requireCount("logBarrier/innerIterations", options.innerIterations ?? 1000);
    return {
      kind: "solver",
      name,
      needs: ["gradient", "constraints", "constraint-pullback"],
      monotone: false,
      init: () => ({ barrier }),
      step: (point, state) => barrierStep(point, state, inner, shrink, iterations),
    };
  },
);

function* barrierStep(
  point: Point,
  state: LogBarrierState,
  inner: Solver,
  shrink: number,
  iterations: number,
): Ask<Step<LogBarrierState>> {
  const start = yield* constrainedAt(point.x);
  requireInterior(start);
  const { barrier } = state;
  const merit = barrierFunction(barrier);
  const end = yield* minimizeMerit(inner, merit, start, Math.max(0.1 * barrier, 1e-11), iterations);
  state.barrier = barrier * shrink;
  const { x, objective } = end;
  const residual = Math.max(norm(end.gradient), barrier);
  return {
    point: { x, value: objective.value, gradient: objective.gradient, residual },
    state,
    stepSize: distance(x, point.x),
    stalled: state.barrier < smallestBarrier ? "exhausted" : undefined,
  };
}

/** f − μΣ log(−dⱼ), infinite outside, with multipliers −μ/dⱼ. */
function barrierFunction(barrier: number): Merit {
  return ({ objective, values: { inequalities } }) => {
    let { value } = objective;
    const multipliers: Vector = inequalities.map((d) => (d < 0 ? -barrier / d : 0));
    for (const d of inequalities) {
      value += d < 0 ? -barrier * Math.log(-d) : Number.POSITIVE_INFINITY;
    }
    return { value, multipliers };
  };
}

function requireInterior({ values: { equalities, inequalities } }: Constrained): void {
  if (equalities.length > 0) {
    throw new NadirError(
      "logBarrier/equalities",
      `logBarrier: there ${equalities.length === 1 ? "is an equality" : `are ${equalities.length} equalities`}, which have no inside`,
      { expected: "inequalities alone", hint: "method: augmentedLagrangian()" },
    );
  }
  const outside = inequalities.findIndex((d) => !(d < 0));
  if (outside < 0) return;
  throw new NadirError(
    "logBarrier/interior",
    `logBarrier: inequality ${outside} is ${inequalities[outside]} at the start, not below 0`,
    {
      expected: "a start at which every inequality holds strictly",
      hint: "another x0, or method: augmentedLagrangian(), which starts anywhere",
    },
  );
}
