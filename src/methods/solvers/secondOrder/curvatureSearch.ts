import { type Ask, askHvp, type Vector } from "../../../linalg/ask.ts";
import type { Apply } from "../../../linalg/cg.ts";
import { lanczos } from "../../../linalg/lanczos.ts";
import { allFinite } from "../../../linalg/vector.ts";

/** Negative curvature that is this much smaller than the largest counts as rounding. */
export const negligibleCurvature = 1e-8;

/** A unit vector along which the curvature is negative. */
export interface NegativeCurvature {
  readonly direction: Vector;
  /** directionᵀH·direction, below 0. */
  readonly curvature: number;
}

/** What a search for negative curvature by products found, and what it took. */
export interface CurvatureFound {
  readonly found: NegativeCurvature | undefined;
  /** False if a product was not finite. */
  readonly finite: boolean;
  readonly products: number;
}

/**
 * Looks for negative curvature by Lanczos from a random start: where the gradient has vanished, its
 * Krylov space may miss a saddle's way down exactly.
 */
export function* findNegativeCurvature(x: Vector, seed: number): Ask<CurvatureFound> {
  const n = x.length;
  let products = 0;
  let finite = true;
  const apply: Apply = function* (v) {
    products++;
    const product = yield* askHvp(x, v);
    finite &&= allFinite(product);
    return finite ? product : v;
  };
  const options = { steps: Math.min(n, 60), tolerance: 1e-3, seed };
  const { smallest, largest } = yield* lanczos(apply, n, options);
  const size = Math.max(Math.abs(smallest.value), Math.abs(largest.value));
  const isNegative = finite && smallest.value < -negligibleCurvature * size;
  const found = isNegative ? { direction: smallest.vector, curvature: smallest.value } : undefined;
  return { found, finite, products };
}
