import type { Vector } from "./ask.ts";

/**
 * PA = LU with partial pivoting, in place, for a general row-major n×n A: U on and above the diagonal, L's
 * multipliers below, the row exchanges in `pivots`.
 *
 * Price: n³/3 multiplications, no allocation.
 *
 * @returns whether no pivot was 0 or not finite; if not, `a` holds nothing useful
 * @see Golub & Van Loan (2013), Matrix Computations, algorithm 3.4.1
 */
export function lu(a: Vector, n: number, pivots: Int32Array): boolean {
  for (let k = 0; k < n; k++) {
    let at = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(a[i * n + k]!) > Math.abs(a[at * n + k]!)) at = i;
    }
    pivots[k] = at;
    if (at !== k) {
      for (let j = 0; j < n; j++) {
        const entry = a[k * n + j]!;
        a[k * n + j] = a[at * n + j]!;
        a[at * n + j] = entry;
      }
    }
    const pivot = a[k * n + k]!;
    if (pivot === 0 || !Number.isFinite(pivot)) return false;
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k]! / pivot;
      a[i * n + k] = factor;
      for (let j = k + 1; j < n; j++) a[i * n + j] = a[i * n + j]! - factor * a[k * n + j]!;
    }
  }
  return true;
}

/** b ← A⁻¹b, with A's factors from `lu`. */
export function luSolve(factors: Vector, n: number, pivots: Int32Array, b: Vector): void {
  for (let k = 0; k < n; k++) {
    const [at, entry] = [pivots[k]!, b[k]!];
    b[k] = b[at]!;
    b[at] = entry;
  }
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= factors[i * n + k]! * b[k]!;
    b[i] = sum;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < n; k++) sum -= factors[i * n + k]! * b[k]!;
    b[i] = sum / factors[i * n + i]!;
  }
}
