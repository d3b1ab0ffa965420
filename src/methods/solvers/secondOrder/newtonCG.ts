import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askHvp } from "../../../linalg/ask.ts";
import { type Apply, cg } from "../../../linalg/cg.ts";
import { distance, dot, norm, normInf, scale } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import { stepAlong } from "../escape/negativeCurvatureStep.ts";
import { stallOf } from "../lineSearches/lineSearch.ts";
import { strongWolfe } from "../lineSearches/wolfe.ts";
import type { Point, Solver, Step } from "../solver.ts";
import { findNegativeCurvature, type NegativeCurvature } from "./curvatureSearch.ts";

export interface NewtonCGOptions {
  /** Products with H an iteration, at most. Default min(2n, 250). */
  readonly maxProducts?: number;
  /**
   * Where ‖∇f‖∞ is at most this, the point is searched for negative curvature by Lanczos from a random
   * start. Default 1e-6.
   */
  readonly saddleGradient?: number;
}

export interface NewtonCGState {
  /** The largest ‖∇f‖ met so far: the inner tolerance tightens relative to it. */
  largestGradient: number;
  /** Length of the last step: the scale of a step along negative curvature. */
  lastStep: number;
  /** Steps taken along negative curvature. */
  escapes: number;
  /** Seed of the next random start. */
  seed: number;
  /** Hessian-vector products asked for. */
  products: number;
}

/**
 * Newton's method with conjugate gradients and a line search: H·s = −∇f is solved to
 * ‖Hs + ∇f‖ ≤ min(½, √(‖∇f‖/largest ‖∇f‖))·‖∇f‖ by products alone. Where CG meets a direction of
 * negative curvature, the step goes along that, with a search that expects the decrease curvature promises.
 *
 * Guarantee: never raises the value; on smooth functions bounded below the gradient converges to 0,
 * superlinearly at a regular minimum; where it vanishes, negative curvature is looked for from a random
 * start and followed, so strict saddles are left with probability one.
 * Price an iteration: usually one gradient and a few Hessian-vector products; 6n numbers.
 *
 * @throws NadirError `newtonCG/maxProducts` unless a whole number of at least 1;
 * `newtonCG/saddleGradient` below 0; `newtonCG/unknown-option`
 * @see Nocedal & Wright (2006), algorithm 7.1; Royer, O'Neill & Wright (2020), A Newton-CG algorithm
 * with complexity guarantees for smooth unconstrained optimization (the two uses of negative curvature)
 */
export const newtonCG = described(
  {
    name: "newtonCG",
    kind: "solver",
    summary:
      "Newton's equation by conjugate gradients on Hessian-vector products, with a line search, or a step along the negative curvature that they meet.",
    guarantee:
      "No step raises the value; on smooth functions bounded below the gradient goes to 0, superlinearly at a regular minimum. Strict saddles are left, with probability one over the random start of the search for negative curvature.",
    price: {
      iteration: "usually one gradient and a few Hessian-vector products",
      memory: "6n numbers",
    },
    source:
      "Nocedal & Wright (2006), Numerical Optimization, algorithm 7.1; Royer, O'Neill & Wright (2020), A Newton-CG algorithm with complexity guarantees",
  },
  (options: NewtonCGOptions = {}): Solver<NewtonCGState> => {
    requireKnownOptions("newtonCG", options, ["maxProducts", "saddleGradient"]);
    const { maxProducts, saddleGradient = 1e-6 } = options;
    if (maxProducts !== undefined) requireCount("newtonCG/maxProducts", maxProducts);
    requireInRange("newtonCG/saddleGradient", saddleGradient, [0, Number.POSITIVE_INFINITY]);
    return {
      kind: "solver",
      name: "newtonCG",
      needs: ["value", "gradient", "hvp"],
      monotone: true,
      init: ({ gradient }) => ({
        largestGradient: norm(gradient),
        lastStep: 0,
        escapes: 0,
        seed: 0,
        products: 0,
      }),
      step: (point, state) => newtonCGStep(point, state, { maxProducts, saddleGradient }),
    };
  },
);

interface Limits {
  readonly maxProducts: number | undefined;
  readonly saddleGradient: number;
}

function* newtonCGStep(
  point: Point,
  state: NewtonCGState,
  { maxProducts, saddleGradient }: Limits,
): Ask<Step<NewtonCGState>> {
  const { x, gradient } = point;
  const moved = (next: Point): Step<NewtonCGState> => {
    state.lastStep = distance(next.x, x);
    return { point: next, state, stepSize: state.lastStep };
  };
  if (normInf(gradient) <= saddleGradient) {
    const { found, finite, products } = yield* findNegativeCurvature(x, state.seed++);
    state.products += products;
    if (!finite) return { point, state, stepSize: 0, stalled: "non-finite" };
    const next = found && (yield* escapeAlong(point, state, found, 0));
    if (next !== undefined) return moved(next);
  }
  const size = norm(gradient);
  state.largestGradient = Math.max(state.largestGradient, size);
  const forcing = Math.min(0.5, Math.sqrt(size / (state.largestGradient || 1)));
  const apply: Apply = (v) => askHvp(x, v);
  const solved = yield* cg(apply, gradient, {
    tolerance: forcing * size,
    maxIterations: maxProducts ?? Math.min(2 * x.length, 250),
  });
  state.products += solved.iterations;
  let direction = solved.x;
  if (solved.reason === "negative-curvature") {
    state.products++;
    if (!Number.isFinite(solved.curvature)) {
      return { point, state, stepSize: 0, stalled: "non-finite" };
    }
    const curvature = solved.curvature / dot(solved.direction, solved.direction);
    const unit = solved.direction.slice();
    scale(1 / norm(unit), unit);
    const next = yield* escapeAlong(point, state, { direction: unit, curvature }, norm(direction));
    if (next !== undefined) return moved(next);
    if (solved.iterations === 0) direction = gradient.map((g) => -g);
  }
  const slope = dot(gradient, direction);
  if (slope < 0) {
    const found = yield* strongWolfe(point, direction, slope, 1);
    if (found.point !== undefined) return moved(found.point);
  }
  return { point, state, stepSize: 0, stalled: stallOf(slope, point.value) };
}

/** The search along ± a direction of negative curvature, on its side that does not climb. */
function* escapeAlong(
  point: Point,
  state: NewtonCGState,
  { direction, curvature }: NegativeCurvature,
  newtonLength: number,
): Ask<Point | undefined> {
  const along = dot(point.gradient, direction);
  // To where the slope's share of the promised decrease equals the curvature's, at least.
  const balanced = (2 * Math.abs(along)) / -curvature;
  const usual = Math.max(newtonLength, state.lastStep) || 0.01 * (1 + norm(point.x));
  const first = Math.max(usual, Math.min(balanced || 0, 100 * usual));
  const found = yield* stepAlong(point, direction, first);
  if (found !== undefined) state.escapes++;
  return found?.point;
}
