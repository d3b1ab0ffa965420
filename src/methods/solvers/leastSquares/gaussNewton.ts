import { requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askGnvp } from "../../../linalg/ask.ts";
import { distance, dot, norm } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import {
  chooseLineSearch,
  type LineSearchSettings,
  lineSearchOptions,
} from "../lineSearches/choose.ts";
import { isHopeless, type LineSearch, stallOf } from "../lineSearches/lineSearch.ts";
import type { Point, Solver, Step } from "../solver.ts";
import {
  dampedStep,
  denseUpTo,
  image,
  type Linearized,
  type LinearSolve,
  linearize,
  needsOf,
  noLinearization,
  stepByProducts,
  sumOfSquares,
} from "./linearized.ts";

export interface GaussNewtonOptions extends LineSearchSettings {
  /**
   * `dense`: QR of the Jacobian, 2mn² work an iteration. `products`: conjugate gradients on products with
   * 2JᵀJ. `auto` (default): dense up to 200 unknowns.
   */
  readonly linear?: LinearSolve;
}

export interface GaussNewtonState {
  readonly at: Linearized;
  /** The largest ‖∇f‖ met so far: the inner tolerance of `products` tightens relative to it. */
  largestGradient: number;
  /** Steps along −∇f, where Gauss–Newton's led nowhere. */
  descents: number;
  /** What the line search remembers. */
  readonly search: unknown;
}

/**
 * Gauss–Newton for f = Σ rᵢ²: the step s minimizes ‖r + Js‖², the residuals' linear model, and a line search
 * says how much of it to take, or if none, steepest descent leads on. It is Newton's step without the term
 * Σ rᵢ∇²rᵢ.
 *
 * Guarantee: never raises the value (with a monotone line search); the gradient converges to 0 where J keeps
 * full rank; quadratic convergence where the residuals vanish at the end, linear where they are
 * small, and possibly none where they are large: then `levenbergMarquardt` or `trustRegion`.
 * Price an iteration: one Jacobian and usually one gradient, 2mn² multiplications; mn numbers.
 *
 * @throws NadirError `gaussNewton/linear`, `gaussNewton/unknown-option`, and what the line search refuses;
 * `minimize/needs` on a function that is no `leastSquares`
 * @see Nocedal & Wright (2006), Numerical Optimization, §10.3, eq. (10.23)
 */
export const gaussNewton = described(
  {
    name: "gaussNewton",
    kind: "solver",
    summary:
      "For sums of squares: the step that solves the linearized residuals, with a line search.",
    guarantee:
      "No step raises the value; the gradient goes to 0 where the Jacobian keeps full rank. Quadratic convergence where the residuals vanish at the end, linear where they are small.",
    price: {
      iteration:
        "one Jacobian and usually one gradient, 2mn² multiplications; or a few Gauss–Newton products beyond 200 unknowns",
      memory: "mn numbers, or 5n beyond 200 unknowns",
    },
    source: "Nocedal & Wright (2006), Numerical Optimization, §10.3, eq. (10.23)",
  },
  (options: GaussNewtonOptions = {}): Solver<GaussNewtonState> => {
    requireKnownOptions("gaussNewton", options, ["linear", ...lineSearchOptions]);
    const { linear = "auto" } = options;
    const needs = needsOf("gaussNewton", linear);
    const lineSearch = chooseLineSearch("gaussNewton", options, { lineSearch: "wolfe" });
    return {
      kind: "solver",
      name: "gaussNewton",
      needs: [...new Set([...needs, ...lineSearch.needs])],
      monotone: lineSearch.monotone,
      init: (start) => ({
        at: noLinearization(),
        largestGradient: norm(start.gradient),
        descents: 0,
        search: lineSearch.init(start),
      }),
      step: (point, state) => {
        const dense = linear === "auto" ? point.x.length <= denseUpTo : linear === "dense";
        return gaussNewtonStep(point, state, dense, lineSearch);
      },
    };
  },
);

function* gaussNewtonStep(
  point: Point,
  state: GaussNewtonState,
  dense: boolean,
  lineSearch: LineSearch,
): Ask<Step<GaussNewtonState>> {
  const { x, gradient } = point;
  const n = x.length;
  let direction: Float64Array;
  if (dense) {
    if (!(yield* linearize(x, state.at))) {
      return { point, state, stepSize: 0, stalled: "non-finite" };
    }
    const { jacobian, residuals } = state.at;
    direction = dampedStep(jacobian, residuals, 0, new Float64Array(n));
  } else {
    const size = norm(gradient);
    state.largestGradient = Math.max(state.largestGradient, size);
    const forcing = Math.min(0.5, Math.sqrt(size / (state.largestGradient || 1)));
    const { step, finite } = yield* stepByProducts(point, 0, forcing);
    if (!finite) return { point, state, stepSize: 0, stalled: "non-finite" };
    direction = step;
  }
  const found = yield* search(point, state, direction, 1, lineSearch);
  if (found !== undefined) return found;
  // A Jacobian near to losing rank turns the step across the gradient: steepest descent leads on.
  if (isHopeless(dot(gradient, direction), point.value)) {
    return { point, state, stepSize: 0, stalled: "rounding" };
  }
  // To the linear model's minimum along −∇f.
  const bottom = dense
    ? 2 * sumOfSquares(image(state.at, gradient))
    : dot(gradient, yield* askGnvp(x, gradient));
  const first = dot(gradient, gradient) / bottom;
  const descent = gradient.map((g) => -g);
  const lower = yield* search(point, state, descent, first > 0 ? first : 1, lineSearch);
  if (lower !== undefined) state.descents++;
  const stalled = stallOf(first * dot(gradient, descent), point.value);
  return lower ?? { point, state, stepSize: 0, stalled };
}

function* search(
  point: Point,
  state: GaussNewtonState,
  direction: Float64Array,
  first: number,
  lineSearch: LineSearch,
): Ask<Step<GaussNewtonState> | undefined> {
  const slope = dot(point.gradient, direction);
  if (!(slope < 0)) return undefined;
  const { point: next } = yield* lineSearch.search(point, direction, slope, first, state.search);
  if (next === undefined) return undefined;
  state.at.current = false;
  return { point: next, state, stepSize: distance(next.x, point.x) };
}
