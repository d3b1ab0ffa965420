import { NadirError } from "../base/errors.ts";
import { requireCount, requireInRange } from "../base/require.ts";
import type { Ask, Vector } from "./ask.ts";
import type { Apply } from "./cg.ts";
import type { RitzPair } from "./lanczos.ts";
import { randomDirection } from "./randomDirection.ts";
import { symmetricEigen } from "./symmetricEigen.ts";
import { axpy, dot, norm, scaled } from "./vector.ts";

export interface ExtremeOptions {
  /** Eigenpairs from the upper end, and from the lower. */
  readonly largest: number;
  readonly smallest: number;
  /** Vectors kept at most: the memory is this many times n. Default max(2·(largest + smallest) + 16, 32). */
  readonly basis?: number;
  /** Ends when all pairs asked for have ‖Av − θv‖ of at most this times the largest |θ|. Default 1e-8. */
  readonly tolerance?: number;
  /** Products with A at most. Default 1000. */
  readonly maxProducts?: number;
  /** Unit roundoff of the products: 2⁻⁵² for f64 (the default), 2⁻²³ for f32. Enters the errors. */
  readonly roundoff?: number;
  readonly seed?: number;
}

/** Pairs from both ends of a spectrum. */
export interface ExtremePairs {
  /** Falling. */
  readonly largest: readonly RitzPair[];
  /** Rising. */
  readonly smallest: readonly RitzPair[];
  readonly products: number;
  readonly restarts: number;
  /** `exhausted`: the basis spans the whole space, so that all eigenvalues are known. */
  readonly reason: "converged" | "exhausted" | "budget";
}

/**
 * Eigenpairs from both ends of a symmetric operator's spectrum, with error bounds, by thick-restart Lanczos:
 * a basis of bounded size is shrunk, when full, to its best Ritz vectors, and grown again from their common
 * residual. Orthogonalized in full, twice, so that no ghost eigenvalue appears.
 *
 * Each error bounds the distance to *an* eigenvalue. A multiple eigenvalue is found once, except where its
 * Krylov space is exhausted, after which a random direction follows. Where n is at most `basis`, all are found.
 *
 * Price: one product a step, 4nm multiplications for `basis` m; m + 1 vectors.
 *
 * @throws NadirError `extremePairs/basis` below `largest + smallest + 2`; `extremePairs/not-finite`
 * @see Wu & Simon (2000), Thick-restart Lanczos method for large symmetric eigenvalue problems
 */
export function* extremePairs(apply: Apply, n: number, options: ExtremeOptions): Ask<ExtremePairs> {
  const { seed = 0, roundoff = 2 ** -52 } = options;
  const wanted = countsOf(options, n);
  const limit = basisOf(options, wanted.largest + wanted.smallest, n);
  const tolerance = requireInRange("extremePairs/tolerance", options.tolerance ?? 1e-8, [0, 1]);
  const maxProducts = requireCount("extremePairs/maxProducts", options.maxProducts ?? 1000);
  const basis: Vector[] = [randomDirection(n, seed)];
  const projected = new Float64Array(limit * limit);
  let [k, products, restarts, scale] = [0, 0, 0, 0];
  for (;;) {
    // A copy: the answer is the oracle's, and is orthogonalized in place.
    const next = (yield* apply(basis[k]!)).slice();
    products++;
    const along = orthogonalize(next, basis);
    const rest = norm(next);
    for (let j = 0; j <= k; j++) {
      projected[j * limit + k] = along[j]!;
      projected[k * limit + j] = along[j]!;
    }
    scale = Math.max(scale, Math.abs(along[k]!), rest);
    if (!Number.isFinite(scale)) throw notFinite(products);
    k++;
    const isInvariant = rest <= 16 * Number.EPSILON * scale || k === n;
    const coupling = isInvariant ? 0 : rest;
    const isDue = k === limit || k === n || products >= maxProducts || k % 4 === 0;
    if (isDue) {
      const ritz = ritzOf(projected, limit, k, coupling);
      // An invariant space of a random start holds each distinct eigenvalue, but not every multiple one twice.
      const hasAll = wanted.largest + wanted.smallest <= k;
      const reason =
        k === n
          ? "exhausted"
          : hasAll && !isInvariant && isMet(ritz, wanted, tolerance)
            ? "converged"
            : products >= maxProducts
              ? "budget"
              : undefined;
      if (reason !== undefined)
        return { ...pairsOf(ritz, wanted, basis, roundoff), products, restarts, reason };
      if (k === limit) {
        k = shrink(ritz, wanted, basis, projected, limit);
        restarts++;
      }
    }
    if (isInvariant) {
      next.set(randomDirection(n, seed + products));
      orthogonalize(next, basis);
    }
    scaled(next, 1 / norm(next), next);
    basis.push(next);
  }
}

interface Wanted {
  readonly largest: number;
  readonly smallest: number;
}

/** Ritz values, rising, each one's coefficients in the basis, and its residual. */
interface Ritz {
  readonly values: Vector;
  /** Row i: the coefficients of the i-th. */
  readonly vectors: Vector;
  readonly residuals: Vector;
}

function countsOf({ largest, smallest }: ExtremeOptions, n: number): Wanted {
  const up = Math.min(n, requireCount("extremePairs/largest", largest, 0));
  return { largest: up, smallest: Math.min(n, requireCount("extremePairs/smallest", smallest, 0)) };
}

function basisOf({ basis }: ExtremeOptions, wanted: number, n: number): number {
  const size = requireCount("extremePairs/basis", basis ?? Math.max(2 * wanted + 16, 32));
  if (size < wanted + 2) {
    throw new NadirError("extremePairs/basis", `a basis of ${size} for ${wanted} eigenpairs`, {
      expected: `at least ${wanted + 2} vectors`,
    });
  }
  return Math.min(n, size);
}

/** Takes the basis's part out of v, twice, and gives the coefficients. */
function orthogonalize(v: Vector, basis: readonly Vector[]): Float64Array {
  const along = new Float64Array(basis.length);
  for (let pass = 0; pass < 2; pass++) {
    for (const [j, q] of basis.entries()) {
      const part = dot(q, v);
      axpy(-part, q, v);
      along[j] = along[j]! + part;
    }
  }
  return along;
}

function ritzOf(projected: Vector, stride: number, k: number, coupling: number): Ritz {
  const square = new Float64Array(k * k);
  for (let i = 0; i < k; i++) square.set(projected.subarray(i * stride, i * stride + k), i * k);
  const { values, vectors } = symmetricEigen(square, k);
  const residuals = values.map((_, i) => coupling * Math.abs(vectors[i * k + k - 1]!));
  return { values, vectors, residuals };
}

/** The wanted pairs' places, from the lower end and from the upper. */
function placesOf(k: number, { largest, smallest }: Wanted): readonly number[] {
  const low = Array.from({ length: Math.min(smallest, k) }, (_, i) => i);
  const high = Array.from({ length: Math.min(largest, k) }, (_, i) => k - 1 - i);
  return [...new Set([...low, ...high])];
}

const sizeOf = ({ values }: Ritz): number =>
  Math.max(Math.abs(values[0]!), Math.abs(values[values.length - 1]!));

function isMet(ritz: Ritz, wanted: Wanted, tolerance: number): boolean {
  const goal = tolerance * sizeOf(ritz);
  return placesOf(ritz.values.length, wanted).every((i) => ritz.residuals[i]! <= goal);
}

function pairsOf(ritz: Ritz, wanted: Wanted, basis: readonly Vector[], roundoff: number) {
  const k = ritz.values.length;
  const rounding = 8 * Math.max(k * Number.EPSILON, roundoff) * sizeOf(ritz);
  const pair = (i: number): RitzPair => {
    const vector = new Float64Array(basis[0]!.length);
    for (let j = 0; j < k; j++) axpy(ritz.vectors[i * k + j]!, basis[j]!, vector);
    return { value: ritz.values[i]!, vector, error: ritz.residuals[i]! + rounding };
  };
  const count = (most: number): number => Math.min(most, k);
  return {
    largest: Array.from({ length: count(wanted.largest) }, (_, i) => pair(k - 1 - i)),
    smallest: Array.from({ length: count(wanted.smallest) }, (_, i) => pair(i)),
  };
}

/** Replaces the basis by the Ritz vectors nearest to the ends; what is coupled to them follows. Their number. */
function shrink(
  { values, vectors }: Ritz,
  { largest, smallest }: Wanted,
  basis: Vector[],
  projected: Vector,
  stride: number,
): number {
  const m = values.length;
  // Besides the wanted, some of their neighbours: what lies beside the wanted decides how fast they converge.
  const spare = Math.floor((m - 1 - largest - smallest) / 2);
  const below = smallest === 0 ? 0 : largest === 0 ? spare : Math.floor(spare / 2);
  const low = smallest + below;
  const high = largest + (largest === 0 ? 0 : spare - below);
  const kept = [
    ...Array.from({ length: low }, (_, i) => i),
    ...Array.from({ length: high }, (_, i) => m - high + i),
  ];
  // In place, an entry of all vectors at a time: twice the memory would not do.
  const row = new Float64Array(m);
  const n = basis[0]!.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) row[j] = basis[j]![i]!;
    for (const [p, place] of kept.entries()) {
      let sum = 0;
      for (let j = 0; j < m; j++) sum += vectors[place * m + j]! * row[j]!;
      basis[p]![i] = sum;
    }
  }
  basis.length = kept.length;
  projected.fill(0);
  for (const [p, place] of kept.entries()) projected[p * stride + p] = values[place]!;
  return kept.length;
}

function notFinite(product: number): NadirError {
  return new NadirError(
    "extremePairs/not-finite",
    `the spectrum: product ${product} holds NaN or infinity`,
    {
      expected: "finite products with the matrix",
      hint: "look where the loss or its derivatives become NaN or infinite",
    },
  );
}
