import type { Vector } from "../../linalg/ask.ts";

/** Inner loops over dense columns of n = v.length numbers each, column j at j·n. */

/** x_j·v, four sums side by side: one would wait for each addition to finish. */
export function dotColumn(x: Vector, start: number, v: Vector): number {
  const n = v.length;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (let k = start; i < n - 3; i += 4, k += 4) {
    s0 += x[k]! * v[i]!;
    s1 += x[k + 1]! * v[i + 1]!;
    s2 += x[k + 2]! * v[i + 2]!;
    s3 += x[k + 3]! * v[i + 3]!;
  }
  for (; i < n; i++) s0 += x[start + i]! * v[i]!;
  return s0 + s1 + (s2 + s3);
}

export function columnSum(x: Vector, start: number, n: number): number {
  let sum = 0;
  for (let k = start; k < start + n; k++) sum += x[k]!;
  return sum;
}

const four = new Float64Array(4);

/** Four columns at once: each entry of v is loaded once for all of them. */
function dotFour(x: Vector, a: number, b: number, c: number, d: number, v: Vector): void {
  const n = v.length;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let [t0, t1, t2, t3] = [0, 0, 0, 0];
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

/** out[offset + k] ← x_j·v for the first `count` members j. */
export function gatherDots(
  x: Vector,
  n: number,
  members: Int32Array,
  count: number,
  v: Vector,
  out: Vector,
  offset: number,
): void {
  let k = 0;
  for (; k < count - 3; k += 4) {
    dotFour(x, members[k]! * n, members[k + 1]! * n, members[k + 2]! * n, members[k + 3]! * n, v);
    out[offset + k] = four[0]!;
    out[offset + k + 1] = four[1]!;
    out[offset + k + 2] = four[2]!;
    out[offset + k + 3] = four[3]!;
  }
  for (; k < count; k++) out[offset + k] = dotColumn(x, members[k]! * n, v);
}
