import type { Vector } from "./ask.ts";

/** ⟨x, y⟩. */
export function dot(x: Vector, y: Vector): number {
  return dotRow(x, 0, y);
}

/**
 * Σᵢ a[offset + i]·xᵢ: a row of a row-major matrix times x.
 *
 * Four sums side by side, because one would wait for each addition to finish: three times as fast
 * from n = 100 on, and no less exact.
 */
export function dotRow(a: Vector, offset: number, x: Vector): number {
  const n = x.length;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (let k = offset; i < n - 3; i += 4, k += 4) {
    s0 += a[k]! * x[i]!;
    s1 += a[k + 1]! * x[i + 1]!;
    s2 += a[k + 2]! * x[i + 2]!;
    s3 += a[k + 3]! * x[i + 3]!;
  }
  for (; i < n; i++) s0 += a[offset + i]! * x[i]!;
  return s0 + s1 + (s2 + s3);
}

/** y ← y + c·(row of a at offset). */
export function axpyRow(c: number, a: Vector, offset: number, y: Vector): void {
  for (let i = 0, k = offset; i < y.length; i++, k++) y[i] = y[i]! + c * a[k]!;
}

/**
 * y ← y + c·(row of a at aRow), then Σᵢ b[bRow + i]·yᵢ: to the last bit what `axpyRow` and then `dotRow` give, in one
 * pass over y.
 */
export function axpyThenDot(
  c: number,
  a: Vector,
  aRow: number,
  y: Vector,
  b: Vector,
  bRow: number,
): number {
  const n = y.length;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (let j = aRow, k = bRow; i < n - 3; i += 4, j += 4, k += 4) {
    const y0 = y[i]! + c * a[j]!;
    const y1 = y[i + 1]! + c * a[j + 1]!;
    const y2 = y[i + 2]! + c * a[j + 2]!;
    const y3 = y[i + 3]! + c * a[j + 3]!;
    y[i] = y0;
    y[i + 1] = y1;
    y[i + 2] = y2;
    y[i + 3] = y3;
    s0 += b[k]! * y0;
    s1 += b[k + 1]! * y1;
    s2 += b[k + 2]! * y2;
    s3 += b[k + 3]! * y3;
  }
  for (; i < n; i++) {
    y[i] = y[i]! + c * a[aRow + i]!;
    s0 += b[bRow + i]! * y[i]!;
  }
  return s0 + s1 + (s2 + s3);
}

// Squares of numbers between these neither overflow nor lose digits to underflow.
const smallSquare = 1e-280;
const largeSquare = 1e280;

/**
 * ‖x‖₂, without overflow or underflow: 1e200 · (3, 4) has norm 5e200. NaN where x has one.
 *
 * @see Blue (1978), A portable Fortran program to find the Euclidean norm of a vector (the idea of
 * scaling only outside the safe range)
 */
export function norm(x: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * x[i]!;
  if (sum > smallSquare && sum < largeSquare) return Math.sqrt(sum);
  const scale = normInf(x);
  if (scale === 0 || !Number.isFinite(scale)) return scale;
  sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! / scale) ** 2;
  return scale * Math.sqrt(sum);
}

/** max |xᵢ|; 0 for an empty vector, NaN where x has one. */
export function normInf(x: Vector): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const size = Math.abs(x[i]!);
    if (size > largest) largest = size;
    else if (Number.isNaN(size)) return size;
  }
  return largest;
}

/** y ← y + a·x, in place. */
export function axpy(a: number, x: Vector, y: Vector): void {
  for (let i = 0; i < y.length; i++) y[i] = y[i]! + a * x[i]!;
}

/** out ← x + a·d. `out` may be x or d. */
export function addScaled(out: Vector, x: Vector, a: number, d: Vector): void {
  for (let i = 0; i < out.length; i++) out[i] = x[i]! + a * d[i]!;
}

/** x ← a·x, in place. */
export function scale(a: number, x: Vector): void {
  for (let i = 0; i < x.length; i++) x[i] = a * x[i]!;
}

/** out ← a·x. */
export function scaled(out: Vector, a: number, x: Vector): void {
  for (let i = 0; i < out.length; i++) out[i] = a * x[i]!;
}

/** ‖x − y‖₂, without overflow or underflow where the differences have none. */
export function distance(x: Vector, y: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! - y[i]!) ** 2;
  if (sum > smallSquare && sum < largeSquare) return Math.sqrt(sum);
  const difference = new Float64Array(x.length);
  addScaled(difference, x, -1, y);
  return norm(difference);
}

/** True if no entry is NaN or infinite. */
export function allFinite(x: Vector): boolean {
  // Any NaN or infinity makes 0·x NaN, and a sum keeps it. Four side by side: one would wait for each addition to finish.
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i < x.length - 3; i += 4) {
    s0 += 0 * x[i]!;
    s1 += 0 * x[i + 1]!;
    s2 += 0 * x[i + 2]!;
    s3 += 0 * x[i + 3]!;
  }
  for (; i < x.length; i++) s0 += 0 * x[i]!;
  return s0 + s1 + (s2 + s3) === 0;
}

/** out ← A·x for a row-major m×n matrix, m = out.length, n = x.length. `out` must not be x. */
export function matrixVector(out: Vector, a: Vector, x: Vector): void {
  const n = x.length;
  for (let i = 0, k = 0; i < out.length; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++, k++) sum += a[k]! * x[j]!;
    out[i] = sum;
  }
}

/** The quadratic model's value gᵀs + ½ sᵀHs for a symmetric row-major H. */
export function quadraticModel(h: Vector, g: Vector, s: Vector): number {
  const n = s.length;
  let value = 0;
  for (let i = 0, k = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++, k++) row += h[k]! * s[j]!;
    value += s[i]! * (g[i]! + 0.5 * row);
  }
  return value;
}
