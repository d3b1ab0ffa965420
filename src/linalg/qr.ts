import type { Vector } from "./ask.ts";

/**
 * The x that minimizes ‖Ax + b‖₂ for a row-major m×n A of any shape, by Householder reflections with
 * column pivoting: to the digits of A, where the normal equations have half of them.
 *
 * Where A's columns depend on each other to rounding, those that add nothing take no part (their entries of
 * x are 0). Destroys `a` and `b`. Price: 2mn² multiplications.
 *
 * @see Businger & Golub (1965), Linear least squares solutions by Householder transformations; Golub & Van
 * Loan (2013), Matrix computations, algorithms 5.4.1, 5.5.1
 */
export function solveLeastSquares(a: Vector, b: Vector, n: number): Vector {
  const m = b.length;
  const order = Int32Array.from({ length: n }, (_, j) => j);
  const squares = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) squares[j] = squares[j]! + a[i * n + j]! ** 2;
  }
  let largest = 0;
  let rank = 0;
  for (; rank < Math.min(m, n); rank++) {
    const k = rank;
    bringLargest(a, squares, order, m, n, k);
    const length = columnNorm(a, m, n, k);
    if (k === 0) largest = length;
    if (!(length > 4 * Math.max(m, n) * Number.EPSILON * largest)) break;
    reflect(a, b, m, n, k, length);
    for (let j = k + 1; j < n; j++) squares[j] = Math.max(0, squares[j]! - a[k * n + j]! ** 2);
  }
  const x = new Float64Array(n);
  for (let k = rank - 1; k >= 0; k--) {
    let sum = -b[k]!;
    for (let j = k + 1; j < rank; j++) sum -= a[k * n + j]! * x[order[j]!]!;
    x[order[k]!] = sum / a[k * n + k]!;
  }
  return x;
}

/** Exchanges column k with the one whose rest is longest. */
function bringLargest(
  a: Vector,
  squares: Vector,
  order: Int32Array,
  m: number,
  n: number,
  k: number,
): void {
  let at = k;
  for (let j = k + 1; j < n; j++) if (squares[j]! > squares[at]!) at = j;
  if (at === k) return;
  for (let i = 0; i < m; i++) {
    const kept = a[i * n + k]!;
    a[i * n + k] = a[i * n + at]!;
    a[i * n + at] = kept;
  }
  squares[at] = squares[k]!;
  const kept = order[k]!;
  order[k] = order[at]!;
  order[at] = kept;
}

/** ‖a[k:, k]‖, without overflow. */
function columnNorm(a: Vector, m: number, n: number, k: number): number {
  let size = 0;
  for (let i = k; i < m; i++) size = Math.max(size, Math.abs(a[i * n + k]!));
  if (!(size > 0) || !Number.isFinite(size)) return size;
  let sum = 0;
  for (let i = k; i < m; i++) sum += (a[i * n + k]! / size) ** 2;
  return size * Math.sqrt(sum);
}

/** Reflects column k onto ±length·eₖ, and the columns and right side after it along. */
function reflect(a: Vector, b: Vector, m: number, n: number, k: number, length: number): void {
  const head = a[k * n + k]!;
  const target = head > 0 ? -length : length;
  // v = column − target·eₖ, and 2/vᵀv = 1/(length·(length + |head|)); divided by length against overflow.
  const factor = 1 / (1 + Math.abs(head) / length);
  const v = new Float64Array(m - k);
  for (let i = k; i < m; i++) v[i - k] = a[i * n + k]! / length;
  v[0] = (head - target) / length;
  for (let j = k + 1; j < n; j++) {
    let along = 0;
    for (let i = k; i < m; i++) along += v[i - k]! * a[i * n + j]!;
    along *= factor;
    for (let i = k; i < m; i++) a[i * n + j] = a[i * n + j]! - along * v[i - k]!;
  }
  let along = 0;
  for (let i = k; i < m; i++) along += v[i - k]! * b[i]!;
  along *= factor;
  for (let i = k; i < m; i++) b[i] = b[i]! - along * v[i - k]!;
  a[k * n + k] = target;
}
