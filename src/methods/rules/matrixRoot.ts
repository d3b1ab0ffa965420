import { eye } from "../../array/operations/creation.ts";
import { sqrt, square } from "../../array/operations/elementwise.ts";
import { sum } from "../../array/operations/reduction.ts";
import { concat, slice } from "../../array/operations/shaping.ts";
import type { Tensor } from "../../array/tensor.ts";

/**
 * A^(−1/p) of a symmetric positive definite matrix by the coupled Newton iteration:
 * T = ((p + 1)I − M)/p, X ← XT, M ← TᵖM, from M = zA, X = z^(1/p)·I with z = (1 + p)/(2‖A‖). Made of
 * products only; a small eigenvalue grows by ((p + 1)/p)ᵖ in each iteration until it is near 1.
 *
 * @param iterations - 25 are enough for condition numbers up to about 10⁸ with p = 4
 * @see Iannazzo (2006), On the Newton method for the matrix pth root; Guo & Higham (2006), eq. (1.3)
 */
export function inverseRoot(a: Tensor, p: 1 | 2 | 4, iterations: number): Tensor {
  if (a.size === 1) return a.pow(-1 / p);
  const z = sqrt(sum(square(a)))
    .reciprocal()
    .mul((1 + p) / 2);
  const unit = eye(a.shape[0]!, a.dtype);
  let m = a.mul(z);
  let x = unit.mul(z.pow(1 / p));
  for (let i = 0; i < iterations; i++) {
    const t = unit.mul((p + 1) / p).sub(m.mul(1 / p));
    x = x.matmul(t);
    let power = p === 1 ? t : t.matmul(t);
    if (p === 4) power = power.matmul(power);
    m = power.matmul(m);
  }
  return x;
}

/** From this size down an inverse is found by Newton's iteration: few enough operations, in few enough products. */
const leafSize = 32;
/** Enough for condition numbers up to 10⁶, beyond which single precision has no inverse. */
const leafIterations = 26;

/**
 * A⁻¹ of a symmetric positive definite matrix `[n, n]`, made of products only, 4/3·n³ multiplications in all: by blocks,
 * with P = A₁₁⁻¹, Q = PA₁₂ and R = (A₂₂ − A₂₁Q)⁻¹
 *
 *     A⁻¹ = [ P + QRQᵀ  −QR ]
 *           [   −RQᵀ      R ]
 *
 * @see Golub & Van Loan (2013), Matrix Computations, §3.2.11 (block elimination); for the smallest blocks `inverseRoot`
 */
export function inverse(a: Tensor): Tensor {
  const n = a.shape[0]!;
  if (n <= leafSize) return symmetric(inverseRoot(a, 1, leafIterations));
  const half = Math.ceil(n / 2);
  const p = inverse(slice(a, [0, half], [0, half]));
  const across = slice(a, [0, half], [half, n]);
  const q = p.matmul(across);
  const r = inverse(symmetric(slice(a, [half, n], [half, n]).sub(across.transpose().matmul(q))));
  const qr = q.matmul(r);
  const top = concat([p.add(qr.matmul(q.transpose())), qr.neg()], 1);
  const bottom = concat([qr.transpose().neg(), r], 1);
  return concat([top, bottom], 0);
}

/** The symmetric part: without it rounding grows from block to block, and in single precision nothing is left at condition numbers of 400. */
const symmetric = (x: Tensor): Tensor => x.add(x.transpose()).mul(0.5);
