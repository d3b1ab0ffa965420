import type { Vector } from "../../linalg/ask.ts";

/** Inner loops over dense columns of n = v.length numbers each, column j at j·n. */

// Sums begin in statements of their own: of a destructured list V8 may keep boxed numbers, one for each addition.

/** x_j·v. */
export const dotColumn = (x: Vector, start: number, v: Vector): number =>
  dotParts(x, start, v, 0, v.length);

/** Σ x[start + i]·v[from + i] over n entries, four sums side by side: one would wait for each addition to finish. */
export function dotParts(x: Vector, start: number, v: Vector, from: number, n: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const end = start + n;
  let k = start;
  for (let i = from; k < end - 3; i += 4, k += 4) {
    s0 += x[k]! * v[i]!;
    s1 += x[k + 1]! * v[i + 1]!;
    s2 += x[k + 2]! * v[i + 2]!;
    s3 += x[k + 3]! * v[i + 3]!;
  }
  for (; k < end; k++) s0 += x[k]! * v[from + k - start]!;
  return s0 + s1 + (s2 + s3);
}

export function columnSum(x: Vector, start: number, n: number): number {
  let sum = 0;
  for (let k = start; k < start + n; k++) sum += x[k]!;
  return sum;
}

/** Σ (x[start + i] − mean)² over n entries, four sums side by side. */
export function squaresAbout(x: Vector, start: number, n: number, mean: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const end = start + n;
  let k = start;
  for (; k < end - 3; k += 4) {
    s0 += (x[k]! - mean) ** 2;
    s1 += (x[k + 1]! - mean) ** 2;
    s2 += (x[k + 2]! - mean) ** 2;
    s3 += (x[k + 3]! - mean) ** 2;
  }
  for (; k < end; k++) s0 += (x[k]! - mean) ** 2;
  return s0 + s1 + (s2 + s3);
}

const four = new Float64Array(4);

/** Four columns at once: each entry of v is loaded once for all of them. */
function dotFour(x: Vector, a: number, b: number, c: number, d: number, v: Vector): void {
  const n = v.length;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let t0 = 0;
  let t1 = 0;
  let t2 = 0;
  let t3 = 0;
  let i = 0;
  for (; i < n - 1; i += 2) {
    const v0 = v[i]!;
    const v1 = v[i + 1]!;
    s0 += x[a + i]! * v0;
    t0 += x[a + i + 1]! * v1;
    s1 += x[b + i]! * v0;
    t1 += x[b + i + 1]! * v1;
    s2 += x[c + i]! * v0;
    t2 += x[c + i + 1]! * v1;
    s3 += x[d + i]! * v0;
    t3 += x[d + i + 1]! * v1;
  }
  if (i < n) {
    const last = v[i]!;
    s0 += x[a + i]! * last;
    s1 += x[b + i]! * last;
    s2 += x[c + i]! * last;
    s3 += x[d + i]! * last;
  }
  four[0] = s0 + t0;
  four[1] = s1 + t1;
  four[2] = s2 + t2;
  four[3] = s3 + t3;
}

/** out[j] ← x_j·v for the first `count` columns. */
export function dotColumns(x: Vector, n: number, count: number, v: Vector, out: Vector): void {
  let j = 0;
  for (; j < count - 3; j += 4) {
    dotFour(x, j * n, (j + 1) * n, (j + 2) * n, (j + 3) * n, v);
    out[j] = four[0]!;
    out[j + 1] = four[1]!;
    out[j + 2] = four[2]!;
    out[j + 3] = four[3]!;
  }
  for (; j < count; j++) out[j] = dotColumn(x, j * n, v);
}

/** out[offset + k] ← x_j·v for `count` members j, from `first` on. */
export function gatherDots(
  x: Vector,
  n: number,
  members: Int32Array,
  count: number,
  v: Vector,
  out: Vector,
  offset: number,
  first = 0,
): void {
  let k = 0;
  for (; k < count - 3; k += 4) {
    const at = first + k;
    dotFour(
      x,
      members[at]! * n,
      members[at + 1]! * n,
      members[at + 2]! * n,
      members[at + 3]! * n,
      v,
    );
    out[offset + k] = four[0]!;
    out[offset + k + 1] = four[1]!;
    out[offset + k + 2] = four[2]!;
    out[offset + k + 3] = four[3]!;
  }
  for (; k < count; k++) out[offset + k] = dotColumn(x, members[first + k]! * n, v);
}

/** v ← v + Σ factors[k]·x_{members[first + k]}, four columns at once. */
export function addColumns(
  x: Vector,
  members: Int32Array,
  first: number,
  count: number,
  factors: Vector,
  v: Vector,
): void {
  const n = v.length;
  let k = 0;
  for (; k < count - 3; k += 4) {
    let [a, b] = [members[first + k]! * n, members[first + k + 1]! * n];
    let [c, d] = [members[first + k + 2]! * n, members[first + k + 3]! * n];
    const [p, q, r, s] = [factors[k]!, factors[k + 1]!, factors[k + 2]!, factors[k + 3]!];
    for (let i = 0; i < n; i++, a++, b++, c++, d++)
      v[i] = v[i]! + (p * x[a]! + q * x[b]! + (r * x[c]! + s * x[d]!));
  }
  for (; k < count; k++) {
    const factor = factors[k]!;
    for (let i = 0, a = members[first + k]! * n; i < n; i++, a++) v[i] = v[i]! + factor * x[a]!;
  }
}

const twelve = new Float64Array(12);

/** Four columns with three: each entry is loaded once for three or four products. */
function dotTwelve(x: Vector, n: number, at: readonly number[]): void {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = at;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  let s8 = 0;
  let s9 = 0;
  let s10 = 0;
  let s11 = 0;
  for (let i = 0; i < n; i++) {
    const [p, q, r] = [x[e + i]!, x[f + i]!, x[g + i]!];
    let u = x[a + i]!;
    s0 += u * p;
    s1 += u * q;
    s2 += u * r;
    u = x[b + i]!;
    s3 += u * p;
    s4 += u * q;
    s5 += u * r;
    u = x[c + i]!;
    s6 += u * p;
    s7 += u * q;
    s8 += u * r;
    u = x[d + i]!;
    s9 += u * p;
    s10 += u * q;
    s11 += u * r;
  }
  twelve[0] = s0;
  twelve[1] = s1;
  twelve[2] = s2;
  twelve[3] = s3;
  twelve[4] = s4;
  twelve[5] = s5;
  twelve[6] = s6;
  twelve[7] = s7;
  twelve[8] = s8;
  twelve[9] = s9;
  twelve[10] = s10;
  twelve[11] = s11;
}

/**
 * out[k·stride + l] ← x_{members[k]}·x_{members[l]} for all rows k from `first` to `count` and, at least, all l ≤ k: the rows by
 * which a Gram matrix grows. `out` holds `stride` rows, of which those below `count` are written in full or in part.
 */
export function gramRows(
  x: Vector,
  n: number,
  members: Int32Array,
  first: number,
  count: number,
  out: Vector,
  stride: number,
): void {
  const at = [0, 0, 0, 0, 0, 0, 0];
  let k = first;
  for (; k < count - 2; k += 3) {
    for (let i = 0; i < 3; i++) at[4 + i] = members[k + i]! * n;
    let l = 0;
    for (; l < k + 3 && l < count - 3; l += 4) {
      for (let i = 0; i < 4; i++) at[i] = members[l + i]! * n;
      dotTwelve(x, n, at);
      for (let i = 0; i < 4; i++)
        for (let j = 0; j < 3; j++) out[(k + j) * stride + l + i] = twelve[3 * i + j]!;
    }
    for (let j = 0; j < 3; j++) {
      const v = x.subarray(at[4 + j]!, at[4 + j]! + n);
      for (let m = l; m <= k + j; m++) out[(k + j) * stride + m] = dotColumn(x, members[m]! * n, v);
    }
  }
  for (; k < count; k++) {
    const v = x.subarray(members[k]! * n, (members[k]! + 1) * n);
    gatherDots(x, n, members, k + 1, v, out, k * stride);
  }
}
