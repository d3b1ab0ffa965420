import type { Tensor } from "../../array/tensor.ts";

/**
 * A penalty of one number, as a function of its magnitude u = |x| ≥ 0: p(0) = 0, and p does not fall. Everything
 * that coordinate descent, groups and spectra need of it.
 */
export interface Profile {
  /** p(u). */
  value(u: number): number;
  /** p′(u) to the right, u ≥ 0; ∞ at 0 if p rises there like a root or a jump. */
  slope(u: number): number;
  /** p′(u) to the left, u > 0. */
  slopeBefore(u: number): number;
  /** The lesser of the two one-sided second derivatives at u > 0; −∞ where p′ falls by a jump. */
  curvature(u: number): number;
  /** argmin over x ≥ 0 of ½(x − u)² + step·p(x), u ≥ 0; the smallest where there are several apart, any in an interval. */
  prox(u: number, step: number): number;
  /** `prox` elementwise, in the array language; `step` broadcasts. */
  traced(u: Tensor, step: Tensor): Tensor;
  /** ρ: see `Penalty`. */
  readonly weakConvexity: number;
  /** See `Penalty`. */
  readonly singleValuedBelow: number;
}
