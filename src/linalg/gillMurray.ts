import type { Vector } from "./ask.ts";
import { requireFiniteMatrix } from "./cholesky.ts";

/** A + E = PᵀLDLᵀP: a positive definite neighbour of a symmetric matrix, and what the way to it showed. */
export interface GillMurray {
  /** Unit lower triangular L, row-major n×n, with D on its diagonal. */
  readonly factor: Vector;
  /** Row and column i of PAPᵀ is number `order[i]` of A. */
  readonly order: Int32Array;
  /** max Eᵢᵢ ≥ 0: what was added to the diagonal, at most; 0 if A is well positive definite. */
  readonly added: number;
  /** A vector d with dᵀAd < 0, if the factorization met a negative pivot. Not of unit length. */
  readonly negative: Vector | undefined;
}

/**
 * The modified Cholesky factorization of Gill, Murray & Wright: A + E = PᵀLDLᵀP with a diagonal E ≥ 0
 * that is 0 where A is well positive definite, and L, D bounded whatever A is.
 *
 * A pivot c becomes d = max(|c|, (largest entry below it)²/β², δ), so negative curvature is reflected
 * rather than shifted away. From the smallest pivot comes a direction of negative curvature: with
 * Lᵀp = eₛ, pᵀAp ≤ cₛ.
 *
 * Price: n³/3 multiplications and n² numbers.
 *
 * @throws NadirError `linalg/not-finite` if A holds NaN or infinity
 * @see Gill, Murray & Wright (1981), Practical optimization, §4.4.2.2; Gill & Murray (1974)
 */
export function gillMurray(a: Vector, n: number): GillMurray {
  requireFiniteMatrix(a);
  const c = a.slice();
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const { bound, least } = limits(a, n);
  let added = 0;
  let smallest = 0;
  let smallestAt = -1;
  for (let j = 0; j < n; j++) {
    swap(c, order, n, j, largestPivot(c, n, j));
    const pivot = c[j * n + j]!;
    if (pivot < smallest) [smallest, smallestAt] = [pivot, j];
    let below = 0;
    for (let i = j + 1; i < n; i++) below = Math.max(below, Math.abs(c[i * n + j]!));
    const d = Math.max(Math.abs(pivot), (below * below) / bound, least);
    added = Math.max(added, d - pivot);
    c[j * n + j] = d;
    for (let i = j + 1; i < n; i++) {
      const l = c[i * n + j]! / d;
      for (let k = j + 1; k <= i; k++) c[i * n + k] = c[i * n + k]! - l * c[k * n + j]!;
    }
    for (let i = j + 1; i < n; i++) c[i * n + j] = c[i * n + j]! / d;
  }
  const negative = smallestAt < 0 ? undefined : alongPivot(c, order, n, smallestAt);
  return { factor: c, order, added, negative };
}

/** out ← (A + E)⁻¹b. */
export function gillMurraySolve({ factor, order }: GillMurray, b: Vector, out: Vector): void {
  const n = b.length;
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = b[order[i]!]!;
    for (let k = 0; k < i; k++) sum -= factor[i * n + k]! * y[k]!;
    y[i] = sum;
  }
  for (let i = 0; i < n; i++) y[i] = y[i]! / factor[i * n + i]!;
  for (let i = n - 1; i >= 0; i--) {
    let sum = y[i]!;
    for (let k = i + 1; k < n; k++) sum -= factor[k * n + i]! * y[k]!;
    y[i] = sum;
  }
  for (let i = 0; i < n; i++) out[order[i]!] = y[i]!;
}

/** β² and δ. */
function limits(a: Vector, n: number): { readonly bound: number; readonly least: number } {
  let diagonal = 0;
  let off = 0;
  for (let i = 0; i < n; i++) {
    diagonal = Math.max(diagonal, Math.abs(a[i * n + i]!));
    for (let j = 0; j < i; j++) off = Math.max(off, Math.abs(a[i * n + j]!));
  }
  // Relative to A's size, unlike the book's max(…, 1): a function in small units is no singular one.
  const size = diagonal + off || 1;
  const least = Number.EPSILON * size;
  return { bound: Math.max(diagonal, off / Math.sqrt(Math.max(1, n * n - 1)), least), least };
}

/** Where the largest |pivot| of the rest stands. */
function largestPivot(c: Vector, n: number, j: number): number {
  let at = j;
  for (let i = j + 1; i < n; i++) {
    if (Math.abs(c[i * n + i]!) > Math.abs(c[at * n + at]!)) at = i;
  }
  return at;
}

/** Exchanges rows and columns j and at of the part still to be factored, and the rows of L before it. */
function swap(c: Vector, order: Int32Array, n: number, j: number, at: number): void {
  if (at === j) return;
  const exchange = (p: number, q: number): void => {
    const kept = c[p]!;
    c[p] = c[q]!;
    c[q] = kept;
  };
  for (let k = 0; k < j; k++) exchange(j * n + k, at * n + k);
  for (let k = j + 1; k < at; k++) exchange(k * n + j, at * n + k);
  for (let k = at + 1; k < n; k++) exchange(k * n + j, k * n + at);
  exchange(j * n + j, at * n + at);
  const kept = order[j]!;
  order[j] = order[at]!;
  order[at] = kept;
}

/** p with Lᵀp = eₛ, in A's own order. */
function alongPivot(factor: Vector, order: Int32Array, n: number, s: number): Vector {
  const p = new Float64Array(n);
  p[s] = 1;
  for (let i = s - 1; i >= 0; i--) {
    let sum = 0;
    for (let k = i + 1; k <= s; k++) sum -= factor[k * n + i]! * p[k]!;
    p[i] = sum;
  }
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[order[i]!] = p[i]!;
  return out;
}
