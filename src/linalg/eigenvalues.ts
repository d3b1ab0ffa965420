import { NadirError } from "../base/errors.ts";
import type { Vector } from "./ask.ts";

/** A complex number. */
export type Complex = readonly [re: number, im: number];

/** Iterations for one eigenvalue, with exceptional shifts at 10 and 20. */
const mostIterations = 60;

/**
 * The eigenvalues of a real n×n matrix, complex ones in pairs, in no order: reduction to Hessenberg form by elimination,
 * then QR steps with two shifts at a time. Price: about 10n³ multiplications; the matrix is copied.
 *
 * @throws NadirError `linalg/not-finite`; `linalg/eigenvalues` if it does not converge
 * @see Wilkinson & Reinsch (1971), Handbook for automatic computation II, contributions II/13 (elmhes) and II/14 (hqr)
 */
export function eigenvalues(matrix: Vector, n: number): Complex[] {
  if (!matrix.every(Number.isFinite)) {
    throw new NadirError("linalg/not-finite", "eigenvalues: the matrix holds NaN or infinity", {
      expected: "finite numbers",
    });
  }
  const a = Array.from({ length: n }, (_, i) => matrix.slice(i * n, (i + 1) * n));
  toHessenberg(a, n);
  let size = 0;
  for (let i = 0; i < n; i++)
    for (let j = Math.max(i - 1, 0); j < n; j++) size += Math.abs(a[i]![j]!);
  const found: Complex[] = [];
  let shift = 0;
  let count = 0;
  for (let end = n - 1; end >= 0; ) {
    const start = splitAt(a, end, size);
    const x = a[end]![end]!;
    if (start === end) {
      found.push([x + shift, 0]);
      end -= 1;
      count = 0;
    } else if (start === end - 1) {
      found.push(...pairAt(a, end, shift));
      end -= 2;
      count = 0;
    } else {
      if (count === mostIterations) throw notConverged(n);
      let [y, w] = [a[end - 1]![end - 1]!, a[end]![end - 1]! * a[end - 1]![end]!];
      let first = x;
      if (count === 10 || count === 20) {
        shift += x;
        for (let i = 0; i <= end; i++) a[i]![i]! -= x;
        const s = Math.abs(a[end]![end - 1]!) + Math.abs(a[end - 1]![end - 2]!);
        first = 0.75 * s;
        y = first;
        w = -0.4375 * s * s;
      }
      count++;
      doubleStep(a, start, end, { x: first, y, w });
    }
  }
  return found;
}

/** Similarity by elimination with pivots: zeros below the subdiagonal. */
function toHessenberg(a: Vector[], n: number): void {
  for (let m = 1; m < n - 1; m++) {
    let pivot = m;
    for (let i = m; i < n; i++)
      if (Math.abs(a[i]![m - 1]!) > Math.abs(a[pivot]![m - 1]!)) pivot = i;
    const x = a[pivot]![m - 1]!;
    if (pivot !== m) {
      [a[pivot], a[m]] = [a[m]!, a[pivot]!];
      for (const row of a) [row[pivot], row[m]] = [row[m]!, row[pivot]!];
    }
    if (x === 0) continue;
    for (let i = m + 1; i < n; i++) {
      const y = a[i]![m - 1]! / x;
      a[i]![m - 1] = 0;
      if (y === 0) continue;
      for (let j = m; j < n; j++) a[i]![j]! -= y * a[m]![j]!;
      for (const row of a) row[m]! += y * row[i]!;
    }
  }
}

/** Where the last block that hangs together begins: above it the subdiagonal is 0 to rounding. */
function splitAt(a: Vector[], end: number, size: number): number {
  for (let l = end; l >= 1; l--) {
    const around = Math.abs(a[l - 1]![l - 1]!) + Math.abs(a[l]![l]!) || size;
    if (Math.abs(a[l]![l - 1]!) + around !== around) continue;
    a[l]![l - 1] = 0;
    return l;
  }
  return 0;
}

/** The two eigenvalues of the last block of two. */
function pairAt(a: Vector[], end: number, shift: number): readonly [Complex, Complex] {
  const [x, y] = [a[end]![end]!, a[end - 1]![end - 1]!];
  const w = a[end]![end - 1]! * a[end - 1]![end]!;
  const p = 0.5 * (y - x);
  const q = p * p + w;
  const root = Math.sqrt(Math.abs(q));
  const at = x + shift;
  if (q < 0) {
    return [
      [at + p, root],
      [at + p, -root],
    ];
  }
  const z = p + (p >= 0 ? root : -root);
  return [
    [at + z, 0],
    [z === 0 ? at + z : at - w / z, 0],
  ];
}

/** A QR step with two shifts, implicit: a bulge of three is chased from `start` to `end`. */
function doubleStep(
  a: Vector[],
  start: number,
  end: number,
  shifts: { readonly x: number; readonly y: number; readonly w: number },
): void {
  let [p, q, r] = [0, 0, 0];
  let m = end - 2;
  for (; m >= start; m--) {
    const z = a[m]![m]!;
    const [dx, dy] = [shifts.x - z, shifts.y - z];
    p = (dx * dy - shifts.w) / a[m + 1]![m]! + a[m]![m + 1]!;
    q = a[m + 1]![m + 1]! - z - dx - dy;
    r = a[m + 2]![m + 1]!;
    const s = Math.abs(p) + Math.abs(q) + Math.abs(r);
    [p, q, r] = [p / s, q / s, r / s];
    if (m === start) break;
    const u = Math.abs(a[m]![m - 1]!) * (Math.abs(q) + Math.abs(r));
    const around = Math.abs(a[m - 1]![m - 1]!) + Math.abs(z) + Math.abs(a[m + 1]![m + 1]!);
    const v = Math.abs(p) * around;
    if (u + v === v) break;
  }
  for (let i = m + 2; i <= end; i++) {
    a[i]![i - 2] = 0;
    if (i !== m + 2) a[i]![i - 3] = 0;
  }
  for (let k = m; k < end; k++) {
    const isLast = k === end - 1;
    let scale = 0;
    if (k !== m) {
      [p, q, r] = [a[k]![k - 1]!, a[k + 1]![k - 1]!, isLast ? 0 : a[k + 2]![k - 1]!];
      scale = Math.abs(p) + Math.abs(q) + Math.abs(r);
      if (scale !== 0) [p, q, r] = [p / scale, q / scale, r / scale];
    }
    const length = Math.hypot(p, q, r);
    const s = p >= 0 ? length : -length;
    if (s === 0) continue;
    if (k !== m) a[k]![k - 1] = -s * scale;
    else if (start !== m) a[k]![k - 1]! *= -1;
    p += s;
    const [x, y, z] = [p / s, q / s, r / s];
    [q, r] = [q / p, r / p];
    for (let j = k; j <= end; j++) {
      let sum = a[k]![j]! + q * a[k + 1]![j]!;
      if (!isLast) {
        sum += r * a[k + 2]![j]!;
        a[k + 2]![j]! -= sum * z;
      }
      a[k + 1]![j]! -= sum * y;
      a[k]![j]! -= sum * x;
    }
    for (let i = start; i <= Math.min(end, k + 3); i++) {
      let sum = x * a[i]![k]! + y * a[i]![k + 1]!;
      if (!isLast) {
        sum += z * a[i]![k + 2]!;
        a[i]![k + 2]! -= sum * r;
      }
      a[i]![k + 1]! -= sum * q;
      a[i]![k]! -= sum;
    }
  }
}

const notConverged = (n: number): NadirError =>
  new NadirError("linalg/eigenvalues", `eigenvalues: no convergence on a ${n}×${n} matrix`, {
    expected: `an eigenvalue in ${mostIterations} iterations`,
  });
