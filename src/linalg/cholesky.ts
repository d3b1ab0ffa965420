import { NadirError } from "../base/errors.ts";
import type { Vector } from "./ask.ts";
import { allFinite } from "./vector.ts";

/**
 * A + shift·I = LLᵀ for a symmetric row-major n×n A, of which only the lower triangle is read.
 *
 * Writes L into the lower triangle of `l` (row-major n×n; the rest is left alone; may be A itself).
 * Price: n³/3 multiplications, no allocation.
 *
 * @returns whether A + shift·I is positive definite to rounding; if not, `l` holds nothing useful
 */
export function cholesky(a: Vector, n: number, l: Vector, shift = 0): boolean {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j < i; j++) {
      const other = j * n;
      let sum = a[row + j]!;
      for (let k = 0; k < j; k++) sum -= l[row + k]! * l[other + k]!;
      l[row + j] = sum / l[other + j]!;
    }
    const diagonal = a[row + i]! + shift;
    let pivot = diagonal;
    for (let k = 0; k < i; k++) pivot -= l[row + k]! * l[row + k]!;
    // A pivot that cancels to rounding is a singular matrix's: its digits are noise. NaN fails too.
    if (!(pivot > 4 * Number.EPSILON * Math.abs(diagonal))) return false;
    l[row + i] = Math.sqrt(pivot);
  }
  return true;
}

/** out ← (LLᵀ)⁻¹ b, with L from `cholesky`. `out` may be b. */
export function choleskySolve(l: Vector, n: number, b: Vector, out: Vector): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= l[i * n + k]! * out[k]!;
    out[i] = sum / l[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = out[i]!;
    for (let k = i + 1; k < n; k++) sum -= l[k * n + i]! * out[k]!;
    out[i] = sum / l[i * n + i]!;
  }
}

/** A positive definite neighbour of a symmetric matrix, factored. */
export interface ModifiedCholesky {
  /** L of A + shift·I = LLᵀ, row-major n×n; zeros above the diagonal. */
  readonly l: Vector;
  /** What was added to the diagonal; 0 if A was positive definite. */
  readonly shift: number;
}

/**
 * A + τI = LLᵀ with the first τ of 0, β, 2β, 4β … (or just above −min aᵢᵢ) that succeeds.
 *
 * It finds a descent direction near Newton's; it does not find the smallest τ. β = 1e-3·‖A‖_max.
 *
 * @throws NadirError `linalg/not-finite` if A holds NaN or infinity
 * @see Nocedal & Wright (2006), Numerical Optimization, algorithm 3.3
 */
export function modifiedCholesky(a: Vector, n: number): ModifiedCholesky {
  requireFiniteMatrix(a);
  const l = new Float64Array(n * n);
  if (cholesky(a, n, l)) return { l, shift: 0 };
  let largest = 0;
  let smallestDiagonal = Number.POSITIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    smallestDiagonal = Math.min(smallestDiagonal, a[i * n + i]!);
    for (let j = 0; j <= i; j++) largest = Math.max(largest, Math.abs(a[i * n + j]!));
  }
  const least = largest > 0 ? 1e-3 * largest : 1;
  let shift = smallestDiagonal > 0 ? least : least - smallestDiagonal;
  while (!cholesky(a, n, l, shift)) shift = Math.max(2 * shift, least);
  return { l, shift };
}

/** @throws NadirError `linalg/not-finite` if the matrix holds NaN or infinity */
export function requireFiniteMatrix(a: Vector): void {
  if (allFinite(a)) return;
  const at = a.findIndex((entry) => !Number.isFinite(entry));
  throw new NadirError("linalg/not-finite", `a matrix holds ${a[at]} (flat index ${at})`, {
    expected: "finite numbers",
    hint: "look where the function or its derivatives become NaN or infinite",
  });
}
