import { exp, pow, sin, square } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";

/**
 * (1 − cos πp)/2, which rises from 0 at p = 0 to 1 at p = 1, as sin²(πp/2): near 0 the cosine form
 * loses every digit that f32 has.
 */
export const halfCosine = (part: Tensor): Tensor => square(sin(part.mul(Math.PI / 2)));

/**
 * factorⁿ, for n of a float dtype. Where the dtype cannot hold the factor itself, its logarithm: an
 * error ε in the factor grows to nε, one in the logarithm only to n·|log factor|·ε.
 */
export function power(factor: number, n: Tensor): Tensor {
  const exact = n.dtype === "f64" || Math.fround(factor) === factor;
  return exact ? pow(n.graph.full(n.shape, factor, n.dtype), n) : exp(n.mul(Math.log(factor)));
}

/** low + (high − low)·part. */
export const between = (low: number, high: number, part: Tensor): Tensor =>
  part.mul(high - low).add(low);
