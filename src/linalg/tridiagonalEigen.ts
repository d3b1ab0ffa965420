import { internal } from "../base/errors.ts";
import type { Vector } from "./ask.ts";
import { normInf } from "./vector.ts";

/**
 * Eigenvalues of a symmetric tridiagonal T, ascending, and what its eigenvectors make of `z`.
 *
 * On entry `d` is the diagonal and `e[1 … n−1]` the off-diagonal (e[0] is not read; `e` is
 * destroyed). `z` holds n rows of `width` numbers; row k becomes Σⱼ (qₖ)ⱼ · (old row j), where qₖ is
 * T's k-th unit eigenvector. So with the identity in `z` the rows are the eigenvectors, with the
 * rows of a basis they are Ritz vectors, and with `width` 1 and a unit vector they are one entry of
 * each eigenvector, at a price of n² instead of n³.
 *
 * Implicit QL with Wilkinson shifts.
 *
 * @see Bowdler, Martin, Reinsch & Wilkinson (1968), tql2; EISPACK's imtql2
 */
export function tridiagonalEigen(d: Vector, e: Vector, z: Vector, width: number): void {
  const n = d.length;
  for (let i = 1; i < n; i++) e[i - 1] = e[i]!;
  if (n > 0) e[n - 1] = 0;
  // Squares of entries must neither overflow nor vanish.
  const size = Math.max(normInf(d), normInf(e));
  const isExtreme = size > 1e100 || size < 1e-100;
  if (isExtreme && size > 0 && Number.isFinite(size)) {
    rescale(d, 1 / size);
    rescale(e, 1 / size);
  }
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      for (; m < n - 1; m++) {
        const size = Math.abs(d[m]!) + Math.abs(d[m + 1]!);
        if (Math.abs(e[m]!) <= Math.max(Number.EPSILON * size, vanishing)) break;
      }
      if (m === l) break;
      // QL with these shifts converges cubically: thirty sweeps for one value were never seen.
      if (sweep === 100) throw internal("the QL iteration does not converge");
      qlSweep(d, e, z, width, l, m);
    }
  }
  if (isExtreme && size > 0 && Number.isFinite(size)) rescale(d, size);
  sortAscending(d, z, width);
}

/** Off-diagonals this small are none: beside entries near the least double, rounding would keep them from ever falling further. */
const vanishing = 1e-250;

function rescale(x: Vector, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i] = x[i]! * factor;
}

/** One implicit QL sweep on the unreduced block l … m. */
function qlSweep(d: Vector, e: Vector, z: Vector, width: number, l: number, m: number): void {
  let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
  let r = Math.sqrt(g * g + 1);
  g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i]!;
    const b = c * e[i]!;
    r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      // The rotation underflowed: the block splits here, and the sweep ends early.
      d[i + 1] = d[i + 1]! - p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1]! - p;
    r = (d[i]! - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    const low = i * width;
    const high = low + width;
    for (let k = 0; k < width; k++) {
      const upper = z[high + k]!;
      const lower = z[low + k]!;
      z[high + k] = s * lower + c * upper;
      z[low + k] = c * lower - s * upper;
    }
  }
  d[l] = d[l]! - p;
  e[l] = g;
  e[m] = 0;
}

/** Insertion sort of the eigenvalues, with their rows: QL leaves them almost in order. */
function sortAscending(d: Vector, z: Vector, width: number): void {
  for (let i = 1; i < d.length; i++) {
    for (let j = i; j > 0 && d[j - 1]! > d[j]!; j--) {
      const value = d[j]!;
      d[j] = d[j - 1]!;
      d[j - 1] = value;
      const upper = j * width;
      const lower = upper - width;
      for (let k = 0; k < width; k++) {
        const entry = z[upper + k]!;
        z[upper + k] = z[lower + k]!;
        z[lower + k] = entry;
      }
    }
  }
}
