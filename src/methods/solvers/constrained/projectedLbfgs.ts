import { requireCount, requireKnownOptions } from "../../../base/require.ts";
import {
  type Ask,
  askGradient,
  askProject,
  askProjectedGradient,
  type Vector,
} from "../../../linalg/ask.ts";
import { addScaled, axpy, dot, norm } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import {
  addPair,
  type CurvaturePairs,
  clearPairs,
  curvaturePairs,
} from "../quasiNewton/curvaturePairs.ts";
import type { Point, Solver, Step } from "../solver.ts";
import { lbfgsHessian, type Product } from "./lbfgsHessian.ts";

export interface ProjectedLbfgsOptions {
  /** Curvature pairs kept. Default 10. */
  readonly memory?: number;
  /** Projections at most for the model of one iteration. Default 30. */
  readonly projections?: number;
}

export interface ProjectedLbfgsState {
  readonly pairs: CurvaturePairs;
}

const decrease = 1e-4;
const trialLimit = 40;
/** How much smaller the model's projected gradient is to be than the function's. */
const solved = 1e-2;
/** Values of the model that a step's is compared with. */
const modelMemory = 10;

/**
 * Projected quasi-Newton: minimizes over the set the model f + ∇fᵀp + ½pᵀBp with the L-BFGS Hessian B of the last pairs,
 * roughly, by spectral projected gradients, which cost projections and no evaluation; then searches the segment there.
 *
 * Price: usually one gradient an iteration, and up to 30 projections: for functions dearer than projections.
 *
 * @throws NadirError `projectedLbfgs/memory`, `projectedLbfgs/projections` unless whole numbers of at least 1;
 *   `projectedLbfgs/unknown-option`
 * @see Schmidt, van den Berg, Friedlander & Murphy (2009), Optimizing costly functions with simple constraints: a
 *   limited-memory projected quasi-Newton algorithm, algorithm 1
 */
export const projectedLbfgs = described(
  {
    name: "projectedLbfgs",
    kind: "solver",
    summary:
      "Steps to the minimum over the set of a model with the curvature of the last steps; the model costs projections only.",
    guarantee:
      "No step raises the value. On convex sets limit points are stationary while B stays bounded and positive (§3 there). It does not look for negative curvature.",
    price: {
      iteration: "usually one gradient, and up to 30 projections",
      memory: "3·memory + 6 vectors (36 by default)",
    },
    source:
      "Schmidt, van den Berg, Friedlander & Murphy (2009), Optimizing costly functions with simple constraints, algorithm 1",
  },
  (options: ProjectedLbfgsOptions = {}): Solver<ProjectedLbfgsState> => {
    requireKnownOptions("projectedLbfgs", options, ["memory", "projections"]);
    const memory = requireCount("projectedLbfgs/memory", options.memory ?? 10);
    const projections = requireCount("projectedLbfgs/projections", options.projections ?? 30);
    return {
      kind: "solver",
      name: "projectedLbfgs",
      needs: ["gradient", "project", "projected-gradient"],
      monotone: true,
      convexSetsOnly: true,
      init: ({ x }) => ({ pairs: curvaturePairs(memory, x.length) }),
      step: (point, state) => quasiNewtonStep(point, state, projections),
    };
  },
);

function* quasiNewtonStep(
  point: Point,
  state: ProjectedLbfgsState,
  projections: number,
): Ask<Step<ProjectedLbfgsState>> {
  const { x, gradient, value } = point;
  const { pairs } = state;
  for (;;) {
    const fresh = pairs.count === 0;
    const target = yield* modelMinimum(point, lbfgsHessian(pairs, gradient), projections);
    const direction = target.map((ti, i) => ti - x[i]!);
    const slope = dot(gradient, direction);
    // Below this, differences of values are mostly rounding: slopes must tell, and few trials.
    const drowned = -slope <= 1e-10 * Math.abs(value);
    const trials = drowned ? 5 : trialLimit;
    let t = 1;
    for (let trial = 0; trial < trials && slope < 0; trial++) {
      const next = new Float64Array(x.length);
      // The end of the segment is in the set to the last digit, a sum need not be.
      if (t === 1) next.set(target);
      else addScaled(next, x, t, direction);
      const found = yield* askGradient(next);
      const falls = drowned && dot(found.gradient, direction) <= (2 * decrease - 1) * slope;
      if (found.value <= value + (falls ? 0 : decrease * t * slope)) {
        addPair(pairs, x, gradient, next, found.gradient);
        const residual = norm(yield* askProjectedGradient(next, found.gradient));
        return { point: { x: next, ...found, residual }, state, stepSize: t * norm(direction) };
      }
      const model = (-slope * t) / (2 * (found.value - value - t * slope));
      t *= Number.isFinite(model) ? Math.min(0.5, Math.max(0.1, model * t)) : 0.1;
    }
    if (fresh) return { point, state, stepSize: 0, stalled: drowned ? "rounding" : "line-search" };
    clearPairs(pairs);
  }
}

/**
 * The minimum over the set of q(p) = gᵀ(p − x) + ½(p − x)ᵀB(p − x), by spectral projected gradients: the best point of
 * so many projections.
 *
 * @see Birgin, Martínez & Raydan (2000), algorithm 2.2 (SPG2), on a quadratic, whose values need no evaluation
 */
function* modelMinimum(
  { x, gradient, residual = norm(gradient) }: Point,
  product: Product,
  projections: number,
): Ask<Vector> {
  let at = x;
  let slope = gradient.slice();
  let value = 0;
  const values = [value];
  let best = { at, value };
  let length = dot(gradient, gradient) / dot(gradient, product(gradient));
  for (let k = 0; k < projections; k++) {
    const end = yield* askProject(at.map((pi, i) => pi - length * slope[i]!));
    const direction = end.map((pi, i) => pi - at[i]!);
    const bent = product(direction);
    const curvature = dot(direction, bent);
    const descent = -dot(direction, slope);
    // Solved well enough for a step whose model is itself but an estimate.
    if (!(descent > 0) || norm(direction) <= solved * length * residual) break;
    const whole = value - descent + 0.5 * curvature;
    const t =
      whole <= Math.max(...values) - decrease * descent ? 1 : Math.min(1, descent / curvature);
    at = t === 1 ? end : at.map((pi, i) => pi + t * direction[i]!);
    value += -t * descent + 0.5 * t * t * curvature;
    values.push(value);
    if (values.length > modelMemory) values.shift();
    if (value < best.value) best = { at, value };
    slope = slope.slice();
    axpy(t, bent, slope);
    length = dot(direction, direction) / curvature;
  }
  return best.at;
}
