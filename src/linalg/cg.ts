import type { Ask, Vector } from "./ask.ts";
import { addScaled, axpy, dot, norm } from "./vector.ts";

/** v ↦ Av for a symmetric A, asking for what it needs. */
export type Apply = (v: Vector) => Ask<Vector>;

export interface CgOptions {
  /** Stops when ‖Ax + g‖₂ is below this. Absolute, in units of the gradient. */
  readonly tolerance: number;
  /** Stops after this many steps. Default 2n, as rounding delays the n-step end. */
  readonly maxIterations?: number;
}

/** Where conjugate gradients stopped, and why. */
export type CgResult = {
  readonly x: Vector;
  /** Steps taken; each cost one product with A. */
  readonly iterations: number;
  /** ‖Ax + g‖₂ by the recurrence. */
  readonly residualNorm: number;
} & (
  | { readonly reason: "converged" | "budget" }
  | {
      /** `direction` p has pᵀAp = `curvature` ≤ 0: the quadratic has no minimum along it. */
      readonly reason: "negative-curvature";
      readonly direction: Vector;
      readonly curvature: number;
    }
);

/** A gradient below this has a square that underflows, and counts as 0. */
export const vanishing = 1e-150;

/**
 * Minimizes ½xᵀAx + gᵀx from x = 0 by conjugate gradients, until it converges or finds a direction
 * of non-positive curvature.
 *
 * Price: one product with A and 5n multiplications a step; 4 vectors.
 *
 * @see Hestenes & Stiefel (1952); Nocedal & Wright (2006), algorithm 5.2 and §7.1
 */
export function* cg(apply: Apply, g: Vector, options: CgOptions): Ask<CgResult> {
  const n = g.length;
  const { tolerance, maxIterations = 2 * n } = options;
  const x = new Float64Array(n);
  const residual = new Float64Array(n);
  addScaled(residual, residual, -1, g);
  const direction = residual.slice();
  let residualNorm = norm(residual);
  for (let iterations = 0; ; iterations++) {
    if (residualNorm < tolerance || residualNorm < vanishing) {
      return { reason: "converged", x, iterations, residualNorm };
    }
    if (iterations >= maxIterations) return { reason: "budget", x, iterations, residualNorm };
    const product = yield* apply(direction);
    const curvature = dot(direction, product);
    // Written so that a NaN product ends the iteration too.
    if (!(curvature > 0)) {
      return { reason: "negative-curvature", x, iterations, residualNorm, direction, curvature };
    }
    const square = residualNorm * residualNorm;
    const stepSize = square / curvature;
    axpy(stepSize, direction, x);
    axpy(-stepSize, product, residual);
    residualNorm = norm(residual);
    addScaled(direction, residual, (residualNorm * residualNorm) / square, direction);
  }
}

/** Products with a dense symmetric row-major n×n matrix, as an `Apply` that asks for nothing. */
export function applyDense(a: Vector, n: number): Apply {
  // biome-ignore lint/correctness/useYield: an Apply may need nothing from the oracle
  return function* (v) {
    const out = new Float64Array(n);
    for (let i = 0, k = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++, k++) sum += a[k]! * v[j]!;
      out[i] = sum;
    }
    return out;
  };
}
