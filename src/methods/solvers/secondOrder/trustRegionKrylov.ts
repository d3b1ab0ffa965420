import { type Ask, askHvp, type Vector } from "../../../linalg/ask.ts";
import type { Apply } from "../../../linalg/cg.ts";
import { steihaug } from "../../../linalg/steihaug.ts";
import { dot, norm, normInf, scaled } from "../../../linalg/vector.ts";
import type { Point } from "../solver.ts";
import { findNegativeCurvature } from "./curvatureSearch.ts";
import type { Proposal } from "./trustRegionDense.ts";

/** The quadratic model by Hessian-vector products: what it remembers. */
export interface KrylovModel {
  readonly kind: "krylov";
  /** The largest ‖∇f‖ met so far: the inner tolerance tightens relative to it. */
  largestGradient: number;
  /** Whether the current point was searched for negative curvature. */
  searched: boolean;
  /** A unit vector of negative curvature at the current point, if one was found. */
  escape: Vector | undefined;
  /** Its curvature, below 0; 0 without one. */
  escapeCurvature: number;
  /** Seed of the next random start. */
  seed: number;
  /** Hessian-vector products asked for. */
  products: number;
}

export function krylovModel(start: Point): KrylovModel {
  return {
    kind: "krylov",
    largestGradient: norm(start.gradient),
    searched: false,
    escape: undefined,
    escapeCurvature: 0,
    seed: 0,
    products: 0,
  };
}

/** gᵀHg, by one product. */
export function* krylovCurvature(point: Point, krylov: KrylovModel): Ask<number> {
  krylov.products++;
  return dot(point.gradient, yield* askHvp(point.x, point.gradient));
}

/**
 * Looks for negative curvature by Lanczos from a random start, once per point, where the gradient is
 * so small that Steihaug's iteration, which only sees the gradient's Krylov space, may miss it.
 *
 * @returns false if a product was not finite
 */
export function* searchEscape(point: Point, krylov: KrylovModel, below: number): Ask<boolean> {
  if (krylov.searched || normInf(point.gradient) > below) return true;
  krylov.searched = true;
  const { found, finite, products } = yield* findNegativeCurvature(point.x, krylov.seed++);
  krylov.products += products;
  if (found !== undefined) {
    krylov.escape = found.direction;
    krylov.escapeCurvature = found.curvature;
  }
  return finite;
}

/**
 * Steihaug's step or, where an escape direction is known and its model value is lower, that
 * direction to the boundary.
 */
export function* proposeKrylov(
  point: Point,
  krylov: KrylovModel,
  radius: number,
  maxIterations: number,
): Ask<Proposal> {
  const { gradient, x } = point;
  const size = norm(gradient);
  // Superlinear near the end, and no more exact than needed before.
  krylov.largestGradient = Math.max(krylov.largestGradient, size);
  const forcing = Math.min(0.5, Math.sqrt(size / (krylov.largestGradient || 1)));
  const apply: Apply = (v) => askHvp(x, v);
  const options = { tolerance: forcing * size, maxIterations };
  const found = yield* steihaug(apply, gradient, radius, options);
  krylov.products += found.products;
  const onBoundary = found.reason === "boundary" || found.reason === "negative-curvature";
  const { escape: direction, escapeCurvature } = krylov;
  if (direction !== undefined) {
    const slope = dot(gradient, direction);
    const change = -Math.abs(slope) * radius + 0.5 * escapeCurvature * radius * radius;
    if (change < found.model) {
      const step = new Float64Array(x.length);
      scaled(step, slope > 0 ? -radius : radius, direction);
      return { step, change, onBoundary: true, multiplier: undefined };
    }
  }
  return { step: found.step, change: found.model, onBoundary, multiplier: undefined };
}
