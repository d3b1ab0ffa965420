import type { Vector } from "./ask.ts";
import { requireFiniteMatrix } from "./cholesky.ts";
import { tridiagonalEigen } from "./tridiagonalEigen.ts";

/** A = Σₖ λₖ qₖqₖᵀ. */
export interface SymmetricEigen {
  /** λ₁ ≤ … ≤ λₙ. */
  readonly values: Vector;
  /** Row k is the unit eigenvector qₖ: n×n row-major. */
  readonly vectors: Vector;
}

/** A place for the eigen-decomposition of n×n matrices, to be filled again and again. */
function eigenStorage(n: number): SymmetricEigen {
  return { values: new Float64Array(n), vectors: new Float64Array(n * n) };
}

/**
 * All eigenvalues and eigenvectors of a symmetric row-major n×n matrix, into `out`.
 *
 * Householder reduction to a tridiagonal matrix, then implicit QL; n = 1, 2 in closed form. About
 * 9n³ operations, each eigenvalue right to rounding in ‖A‖. Own code, because in the inner loop of a
 * trust region ml-matrix's allocations cost more than the arithmetic (tests compare the two).
 *
 * @throws NadirError `linalg/not-finite` if A holds NaN or infinity
 * @see Martin, Reinsch & Wilkinson (1968); Bowdler, Martin, Reinsch & Wilkinson (1968): tred2, tql2
 */
export function symmetricEigen(a: Vector, n: number, out = eigenStorage(n)): SymmetricEigen {
  requireFiniteMatrix(a);
  const { values, vectors } = out;
  if (n === 1) {
    values[0] = a[0]!;
    vectors[0] = 1;
  } else if (n === 2) {
    eigenOfTwo(a[0]!, a[2]!, a[3]!, values, vectors);
  } else {
    // The input is scaled to about 1, so that no square in the reduction can overflow.
    let largest = 0;
    for (let i = 0; i < n * n; i++) largest = Math.max(largest, Math.abs(a[i]!));
    const unit = largest > 1e100 || largest < 1e-100 ? largest || 1 : 1;
    for (let i = 0; i < n * n; i++) vectors[i] = a[i]! / unit;
    const offDiagonal = new Float64Array(n);
    tridiagonalize(vectors, n, values, offDiagonal);
    tridiagonalEigen(values, offDiagonal, vectors, n);
    if (unit !== 1) for (let k = 0; k < n; k++) values[k] = values[k]! * unit;
  }
  return out;
}

/** [[p, q], [q, r]] by one Jacobi rotation, which is exact in the smaller eigenvalue's digits too. */
function eigenOfTwo(p: number, q: number, r: number, values: Vector, vectors: Vector): void {
  let tangent = 0;
  if (q !== 0) {
    const theta = (r - p) / (2 * q);
    tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  }
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = tangent * cosine;
  const first = p - tangent * q;
  const second = r + tangent * q;
  const [low, high] = first <= second ? [0, 1] : [1, 0];
  values[low] = first;
  values[high] = second;
  vectors[2 * low] = cosine;
  vectors[2 * low + 1] = -sine;
  vectors[2 * high] = sine;
  vectors[2 * high + 1] = cosine;
}

/**
 * QAQᵀ = T: on entry `z` holds the symmetric A, on return the rows of Q; T has diagonal `d` and
 * off-diagonal `e[1 … n−1]`.
 */
function tridiagonalize(z: Vector, n: number, d: Vector, e: Vector): void {
  for (let i = n - 1; i > 0; i--) {
    const row = i * n;
    const l = i - 1;
    let h = 0;
    let size = 0;
    if (l > 0) for (let k = 0; k <= l; k++) size += Math.abs(z[row + k]!);
    if (l === 0 || size === 0) {
      e[i] = z[row + l]!;
      d[i] = 0;
      continue;
    }
    for (let k = 0; k <= l; k++) {
      const scaled = z[row + k]! / size;
      z[row + k] = scaled;
      h += scaled * scaled;
    }
    const f = z[row + l]!;
    const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
    e[i] = size * g;
    h -= f * g;
    z[row + l] = f - g;
    let product = 0;
    for (let j = 0; j <= l; j++) {
      z[j * n + i] = z[row + j]! / h;
      let sum = 0;
      for (let k = 0; k <= j; k++) sum += z[j * n + k]! * z[row + k]!;
      for (let k = j + 1; k <= l; k++) sum += z[k * n + j]! * z[row + k]!;
      const p = sum / h;
      e[j] = p;
      product += p * z[row + j]!;
    }
    const half = product / (h + h);
    for (let j = 0; j <= l; j++) {
      const u = z[row + j]!;
      const q = e[j]! - half * u;
      e[j] = q;
      for (let k = 0; k <= j; k++) {
        z[j * n + k] = z[j * n + k]! - (u * e[k]! + q * z[row + k]!);
      }
    }
    d[i] = h;
  }
  d[0] = 0;
  e[0] = 0;
  accumulate(z, n, d);
}

/** Multiplies out the reflections that `tridiagonalize` left in `z`, and turns columns to rows. */
function accumulate(z: Vector, n: number, d: Vector): void {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    if (d[i] !== 0) {
      for (let j = 0; j < i; j++) {
        let sum = 0;
        for (let k = 0; k < i; k++) sum += z[row + k]! * z[k * n + j]!;
        for (let k = 0; k < i; k++) z[k * n + j] = z[k * n + j]! - sum * z[k * n + i]!;
      }
    }
    d[i] = z[row + i]!;
    z[row + i] = 1;
    for (let j = 0; j < i; j++) {
      z[row + j] = 0;
      z[j * n + i] = 0;
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const swap = z[i * n + j]!;
      z[i * n + j] = z[j * n + i]!;
      z[j * n + i] = swap;
    }
  }
}
