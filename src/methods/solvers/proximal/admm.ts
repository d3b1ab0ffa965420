import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import {
  type Ask,
  askGradient,
  askProx,
  type Evaluation,
  type Vector,
} from "../../../linalg/ask.ts";
import { distance, dot } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import { requireInner } from "../constrained/merit.ts";
import { minimizeInner } from "../inner.ts";
import { lbfgs } from "../quasiNewton/lbfgs.ts";
import type { Point, Solver, Step } from "../solver.ts";
import { compositeAt, pointOf } from "./composite.ts";

export interface AdmmOptions {
  /** What minimizes f plus the square: a solver that asks for values and gradients. Default `lbfgs()`. */
  readonly inner?: Solver;
  /** The first ρ, above 0. Default 1. */
  readonly penalty?: number;
  /** Iterations of the inner solver at most, for each square. Default 100. */
  readonly innerIterations?: number;
}

export interface AdmmState {
  /** The copy of the unknowns that f sees; the penalty sees the point itself. */
  x: Vector;
  /** The scaled multiplier. */
  u: Vector;
  penalty: number;
}

/**
 * The alternating direction method of multipliers in consensus form, x = z: x minimizes f + (ρ/2)‖x − z + u‖² by an inner
 * solver, z = prox(x + u, 1/ρ), u ← u + x − z. ρ is doubled or halved where one of the residuals ‖x − z‖, ρ‖z − z⁻‖ is ten
 * times the other.
 *
 * @throws NadirError `admm/inner`, `/penalty`, `/innerIterations`, `/unknown-option`
 * @see Boyd, Parikh, Chu, Peleato & Eckstein (2011), Distributed optimization and statistical learning via ADMM, §5, eqs.
 *   (3.5)–(3.7) and (3.13)
 */
export const admm = described(
  {
    name: "admm",
    kind: "solver",
    summary:
      "One copy of the unknowns for f, one for the penalty, and multipliers that make them agree.",
    guarantee:
      "On convex sums the residuals go to 0 and the value to its minimum (§3.2 there). Not monotone.",
    price: {
      iteration: "one inner minimization, one prox, one gradient",
      memory: "the inner solver's, and 3 vectors",
    },
    source:
      "Boyd, Parikh, Chu, Peleato & Eckstein (2011), Distributed optimization and statistical learning via ADMM, §5 and eq. (3.13)",
  },
  (options: AdmmOptions = {}): Solver<AdmmState> => {
    requireKnownOptions("admm", options, ["inner", "penalty", "innerIterations"]);
    const inner = requireInner("admm", options.inner ?? (lbfgs() as Solver));
    const iterations = requireCount("admm/innerIterations", options.innerIterations ?? 100);
    const penalty = requireInRange(
      "admm/penalty",
      options.penalty ?? 1,
      [0, Number.POSITIVE_INFINITY],
      { open: true },
    );
    return {
      kind: "solver",
      name: "admm",
      needs: ["gradient", "penalty", "prox", "projected-gradient"],
      monotone: false,
      convexSetsOnly: true,
      init: ({ x }) => ({ x, u: new Float64Array(x.length), penalty }),
      step: (point, state) => consensusStep(point, state, inner, iterations),
    };
  },
);

function* consensusStep(
  point: Point,
  state: AdmmState,
  inner: Solver,
  iterations: number,
): Ask<Step<AdmmState>> {
  const { penalty: rho } = state;
  const z = point.x;
  const center = z.map((zi, i) => zi - state.u[i]!);
  const tolerance = 1e-2 * Math.min(1, point.residual ?? 1);
  const near = function* (at: Vector): Ask<Evaluation> {
    const { value, gradient } = yield* askGradient(at);
    const off = at.map((xi, i) => xi - center[i]!);
    return {
      value: value + (rho / 2) * dot(off, off),
      gradient: gradient.map((gi, i) => gi + rho * off[i]!),
    };
  };
  const x = yield* minimizeInner(inner, near, state.x, tolerance, iterations);
  const next = (yield* askProx(
    x.map((xi, i) => xi + state.u[i]!),
    1 / rho,
  )).slice();
  const u = state.u.map((ui, i) => ui + x[i]! - next[i]!);
  const primal = distance(x, next);
  const dual = rho * distance(next, z);
  const factor = primal > 10 * dual ? 2 : dual > 10 * primal ? 0.5 : 1;
  state.x = x;
  state.penalty = rho * factor;
  // The multiplier itself, ρu, stays as it is.
  state.u = u.map((ui) => ui / factor);
  const isStill = primal === 0 && dual === 0;
  return {
    point: yield* pointOf(yield* compositeAt(next)),
    state,
    stepSize: distance(next, z),
    stalled: isStill ? "rounding" : undefined,
  };
}
