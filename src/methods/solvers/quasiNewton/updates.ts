import type { Vector } from "../../../linalg/ask.ts";
import { dot, matrixVector, norm } from "../../../linalg/vector.ts";

/**
 * The updates of symmetric n×n row-major matrices, in place. Each makes the matrix take a step s to the change
 * y of the gradient (or the inverse take y to s), and changes it least in its own sense.
 */

/**
 * B ← B − Bs(Bs)ᵀ/sᵀBs + yyᵀ/sᵀy: the BFGS update of a Hessian approximation. With s and y exchanged it is the
 * DFP update of an inverse.
 *
 * @param work - room for n numbers
 * @see Nocedal & Wright (2006), eq. (6.19)
 */
export function bfgsUpdate(b: Vector, s: Vector, y: Vector, work: Vector): void {
  const n = s.length;
  matrixVector(work, b, s);
  const sBs = dot(s, work);
  const sy = dot(s, y);
  for (let i = 0, k = 0; i < n; i++) {
    const left = work[i]! / sBs;
    const right = y[i]! / sy;
    for (let j = 0; j < n; j++, k++) b[k] = b[k]! - left * work[j]! + right * y[j]!;
  }
}

/**
 * H ← (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ, ρ = 1/sᵀy: the BFGS update of an inverse Hessian approximation. With s and y
 * exchanged it is the DFP update of a Hessian.
 *
 * @param work - room for n numbers
 * @see Nocedal & Wright (2006), eq. (6.17)
 */
export function inverseBfgsUpdate(h: Vector, s: Vector, y: Vector, work: Vector): void {
  const n = s.length;
  matrixVector(work, h, y);
  const rho = 1 / dot(s, y);
  const factor = rho * (1 + rho * dot(y, work));
  for (let i = 0, k = 0; i < n; i++) {
    const si = s[i]!;
    const hyi = work[i]!;
    for (let j = 0; j < n; j++, k++) {
      h[k] = h[k]! + factor * si * s[j]! - rho * (hyi * s[j]! + si * work[j]!);
    }
  }
}

/** Below this part of ‖s‖‖y − Bs‖ the denominator of SR1 is rounding. */
const leastSr1 = 1e-8;

/**
 * B ← B + rrᵀ/rᵀs with r = y − Bs, the symmetric rank-one update; left out where |rᵀs| < 1e-8·‖r‖‖s‖. B may
 * become indefinite, as Hessians are.
 *
 * @param work - room for n numbers
 * @returns whether B was updated
 * @see Nocedal & Wright (2006), eqs. (6.24), (6.26)
 */
export function sr1Update(b: Vector, s: Vector, y: Vector, work: Vector): boolean {
  const n = s.length;
  matrixVector(work, b, s);
  for (let i = 0; i < n; i++) work[i] = y[i]! - work[i]!;
  const rs = dot(work, s);
  if (!(Math.abs(rs) >= leastSr1 * norm(work) * norm(s)) || rs === 0) return false;
  for (let i = 0, k = 0; i < n; i++) {
    const ri = work[i]! / rs;
    for (let j = 0; j < n; j++, k++) b[k] = b[k]! + ri * work[j]!;
  }
  return true;
}

/** How far Powell's damping lets sᵀy fall below sᵀBs. */
const dampingAt = 0.2;

/**
 * y ← θy + (1 − θ)Bs with the largest θ ≤ 1 for which sᵀy ≥ 0.2·sᵀBs: a pair that keeps B positive definite.
 *
 * @returns θ
 * @see Powell (1978), Algorithms for nonlinear constraints that use Lagrangian functions; Nocedal & Wright
 * (2006), procedure 18.2
 */
export function damp(s: Vector, y: Vector, bs: Vector): number {
  const sBs = dot(s, bs);
  const sy = dot(s, y);
  if (sy >= dampingAt * sBs) return 1;
  const theta = ((1 - dampingAt) * sBs) / (sBs - sy);
  for (let i = 0; i < y.length; i++) y[i] = theta * y[i]! + (1 - theta) * bs[i]!;
  return theta;
}
