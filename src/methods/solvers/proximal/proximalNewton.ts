import { requireCount, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askHvp, askPenalty, askProx, type Vector } from "../../../linalg/ask.ts";
import { addScaled, axpy, distance, dot, norm } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import { lbfgsHessian } from "../constrained/lbfgsHessian.ts";
import {
  addPair,
  type CurvaturePairs,
  clearPairs,
  curvaturePairs,
} from "../quasiNewton/curvaturePairs.ts";
import type { Point, Solver, Step } from "../solver.ts";
import { type Composite, compositeAt, drownedIn, pointOf } from "./composite.ts";

export interface ProximalNewtonOptions {
  /** Steps at most for the model of one iteration: a prox and a product with the Hessian each. Default 30. */
  readonly modelSteps?: number;
}

export interface ProximalLbfgsOptions extends ProximalNewtonOptions {
  /** Curvature pairs kept. Default 10. */
  readonly memory?: number;
}

export interface ProximalNewtonState {
  at: Composite | undefined;
  /** μ, added to the Hessian where it is not positive along the model's steps. */
  shift: number;
  /** Absent where the Hessian itself is asked for. */
  readonly pairs: CurvaturePairs | undefined;
}

const needs = ["gradient", "penalty", "prox", "projected-gradient"] as const;
const decrease = 1e-4;
const trialLimit = 40;

/**
 * Proximal Newton: minimizes the model f + ∇fᵀd + ½dᵀ(∇²f + μI)d + P(x + d), roughly, by spectral proximal steps that cost
 * Hessian products, and searches the segment to its minimum. For convex penalties; μ grows where the Hessian is not
 * positive.
 *
 * @throws NadirError `proximalNewton/modelSteps` unless a whole number of at least 1; `proximalNewton/unknown-option`
 * @see Lee, Sun & Saunders (2014), Proximal Newton-type methods for minimizing composite functions, algorithm 1, eq. (2.11)
 */
export const proximalNewton = described(
  {
    name: "proximalNewton",
    kind: "solver",
    summary: "Steps to the minimum of the penalty plus f's quadratic model.",
    guarantee:
      "No step raises the value. On strongly convex f the models' exact minima converge quadratically (theorem 3.4); these are inexact.",
    price: {
      iteration: "usually one gradient, and up to 30 Hessian products and proxes",
      memory: "7 vectors",
    },
    source:
      "Lee, Sun & Saunders (2014), Proximal Newton-type methods for minimizing composite functions, algorithm 1",
  },
  (options: ProximalNewtonOptions = {}): Solver<ProximalNewtonState> => {
    requireKnownOptions("proximalNewton", options, ["modelSteps"]);
    const steps = requireCount("proximalNewton/modelSteps", options.modelSteps ?? 30);
    return {
      kind: "solver",
      name: "proximalNewton",
      needs: [...needs, "hvp"],
      monotone: true,
      convexSetsOnly: true,
      init: () => ({ at: undefined, shift: 0, pairs: undefined }),
      step: (point, state) => modelStep(point, state, steps),
    };
  },
);

/**
 * Proximal quasi-Newton: `proximalNewton` with the L-BFGS Hessian of the last pairs, which costs no evaluation.
 *
 * @throws NadirError `proximalLbfgs/memory`, `proximalLbfgs/modelSteps` unless whole numbers of at least 1;
 *   `proximalLbfgs/unknown-option`
 * @see Lee, Sun & Saunders (2014), Proximal Newton-type methods for minimizing composite functions, §2.2
 */
export const proximalLbfgs = described(
  {
    name: "proximalLbfgs",
    kind: "solver",
    summary:
      "Steps to the minimum of the penalty plus a quadratic model with the last steps' curvature.",
    guarantee:
      "No step raises the value. Limit points are stationary while the Hessians stay bounded and positive.",
    price: {
      iteration: "usually one gradient, and up to 30 proxes",
      memory: "3·memory + 7 vectors (37 by default)",
    },
    source:
      "Lee, Sun & Saunders (2014), Proximal Newton-type methods for minimizing composite functions, §2.2",
  },
  (options: ProximalLbfgsOptions = {}): Solver<ProximalNewtonState> => {
    requireKnownOptions("proximalLbfgs", options, ["modelSteps", "memory"]);
    const steps = requireCount("proximalLbfgs/modelSteps", options.modelSteps ?? 30);
    const memory = requireCount("proximalLbfgs/memory", options.memory ?? 10);
    return {
      kind: "solver",
      name: "proximalLbfgs",
      needs,
      monotone: true,
      convexSetsOnly: true,
      init: ({ x }) => ({ at: undefined, shift: 0, pairs: curvaturePairs(memory, x.length) }),
      step: (point, state) => modelStep(point, state, steps),
    };
  },
);

type Product = (v: Vector) => Ask<Vector>;

function* modelStep(
  point: Point,
  state: ProximalNewtonState,
  steps: number,
): Ask<Step<ProximalNewtonState>> {
  const at = state.at ?? (yield* compositeAt(point.x));
  const penalty = at.value - at.smooth;
  for (let attempt = 0; ; attempt++) {
    const { pairs, shift } = state;
    const product =
      pairs === undefined ? shiftedHessian(at.x, shift) : approximation(pairs, at.gradient);
    const model = yield* modelMinimum(at, point.residual ?? norm(at.gradient), product, steps);
    const target = model.x;
    const direction = target.map((ti, i) => ti - at.x[i]!);
    const slope = dot(at.gradient, direction) + (yield* askPenalty(target)) - penalty;
    const drowned = -slope <= 1e4 * drownedIn(at.value);
    if (slope < 0 && model.negative === undefined) {
      let t = 1;
      for (let trial = 0; trial < (drowned ? 5 : trialLimit); trial++) {
        const x = new Float64Array(at.x.length);
        // The prox's zeros are exact at the end of the segment.
        if (t === 1) x.set(target);
        else addScaled(x, at.x, t, direction);
        const next = yield* compositeAt(x);
        if (next.value <= at.value + (drowned ? 0 : decrease * t * slope)) {
          if (pairs !== undefined) addPair(pairs, at.x, at.gradient, x, next.gradient);
          state.at = next;
          state.shift = shift / 4;
          return { point: yield* pointOf(next), state, stepSize: distance(x, at.x) };
        }
        t /= 2;
      }
    }
    const isFresh = pairs === undefined ? attempt >= 30 : pairs.count === 0;
    if (isFresh || (drowned && model.negative === undefined)) {
      const stalled = drowned ? "rounding" : "line-search";
      return { point, state, stepSize: 0, stalled };
    }
    if (pairs === undefined) state.shift = Math.max(1e-4, 4 * shift, 2 * (model.negative ?? 0));
    else clearPairs(pairs);
  }
}

function shiftedHessian(x: Vector, shift: number): Product {
  return function* (v) {
    const out = (yield* askHvp(x, v)).slice();
    axpy(shift, v, out);
    return out;
  };
}

function approximation(pairs: CurvaturePairs, gradient: Vector): Product {
  const apply = lbfgsHessian(pairs, gradient);
  // biome-ignore lint/correctness/useYield: it is asked like a Hessian, and needs to ask nothing
  return function* (v) {
    return apply(v);
  };
}

/** A point that lowers gᵀd + ½dᵀBd + P(x + d), or, as a positive number, the negative curvature that was met. */
function* modelMinimum(
  { x, gradient, value, smooth }: Composite,
  residual: number,
  product: Product,
  steps: number,
): Ask<{ readonly x: Vector; readonly negative: number | undefined }> {
  let at = x;
  let slope = gradient;
  let quadratic = 0;
  let model = value - smooth;
  const image = yield* product(gradient);
  const bent = dot(gradient, image);
  const square = dot(gradient, gradient);
  if (!(bent > 0)) return { x, negative: square === 0 ? 0 : -bent / square };
  let length = square / bent;
  for (let k = 0; k < steps; k++) {
    const end = (yield* askProx(
      at.map((pi, i) => pi - length * slope[i]!),
      length,
    )).slice();
    const direction = end.map((ei, i) => ei - at[i]!);
    const size = norm(direction);
    // Solved well enough for a step whose model is itself but an estimate.
    if (size <= 1e-3 * length * residual) break;
    const turned = yield* product(direction);
    const curvature = dot(direction, turned);
    if (!(curvature > 0)) return { x: at, negative: -curvature / size ** 2 };
    const own = quadratic + dot(slope, direction) + 0.5 * curvature;
    const whole = own + (yield* askPenalty(end));
    if (whole > model) {
      length /= 2;
      continue;
    }
    slope = slope.slice();
    axpy(1, turned, slope);
    at = end;
    quadratic = own;
    model = whole;
    length = size ** 2 / curvature;
  }
  return { x: at, negative: undefined };
}
