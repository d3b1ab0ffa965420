import { NadirError } from "../base/errors.ts";
import { requireCount, requireInRange } from "../base/require.ts";
import type { Ask, Vector } from "./ask.ts";
import type { Apply } from "./cg.ts";
import { randomDirection } from "./randomDirection.ts";
import { tridiagonalEigen } from "./tridiagonalEigen.ts";
import { axpy, dot, norm, scaled } from "./vector.ts";

export interface LanczosOptions {
  /** Products with A at most. Default min(n, 60). */
  readonly steps?: number;
  /**
   * Stops early once both extreme pairs have an error of at most this times the largest |θ|.
   * Default 1e-10; 0 takes all steps.
   */
  readonly tolerance?: number;
  /** Where to start, any nonzero vector; default a random direction. Not changed. */
  readonly start?: Vector | undefined;
  /** Seed of the random directions. Default 0. */
  readonly seed?: number;
  /** Asked after each product: true stops, where what is known of the two ends is enough for the caller. */
  readonly until?: (ends: RitzEnds) => boolean;
}

/** The extreme Ritz values after some products, and the distance within which an eigenvalue lies of each. */
export interface RitzEnds {
  readonly low: number;
  readonly high: number;
  readonly lowError: number;
  readonly highError: number;
}

/** An approximate eigenpair of a symmetric matrix. */
export interface RitzPair {
  readonly value: number;
  /** Unit vector. */
  readonly vector: Vector;
  /** ‖Av − θv‖₂, to rounding: some eigenvalue of A lies within this of `value`. */
  readonly error: number;
}

/** Both ends of a spectrum. */
export interface Spectrum {
  /** Its value is never below the true smallest eigenvalue, but for rounding. */
  readonly smallest: RitzPair;
  /** Its value is never above the true largest eigenvalue, but for rounding. */
  readonly largest: RitzPair;
  /** Products with A. */
  readonly steps: number;
  /** Why it stopped. `exhausted`: the Krylov space of a random start holds all distinct eigenvalues; `enough`: by `until`. */
  readonly reason: "converged" | "exhausted" | "enough" | "budget";
  /** Diagonal of the tridiagonal matrix. */
  readonly alpha: readonly number[];
  /** Its off-diagonal, one shorter. 0 marks a restart after an invariant subspace. */
  readonly beta: readonly number[];
}

/**
 * The smallest and the largest eigenvalue of a symmetric operator, with vectors and error bounds, by
 * Lanczos with full re-orthogonalization (twice), so that no ghost eigenvalue appears.
 *
 * The error bounds the distance to *an* eigenvalue. That it is the extreme one rests on the random
 * start, which has a part in every eigenvector almost surely: so a start that the caller gives (a
 * gradient at a saddle may miss the descent direction exactly) is followed by a random one when its
 * Krylov space is exhausted.
 *
 * Price: one product a step, 4nk multiplications at step k, k vectors.
 *
 * @throws NadirError `lanczos/start` if the start has no direction
 * @throws NadirError `lanczos/not-finite` if a product holds NaN or infinity
 * @see Paige (1972); Parlett (1980), The symmetric eigenvalue problem, ch. 13 (residual bounds)
 */
export function* lanczos(apply: Apply, n: number, options: LanczosOptions = {}): Ask<Spectrum> {
  const steps = Math.min(n, requireCount("lanczos/steps", options.steps ?? Math.min(n, 60)));
  const tolerance = requireInRange("lanczos/tolerance", options.tolerance ?? 1e-10, [0, 1]);
  const seed = options.seed ?? 0;
  let random = options.start === undefined;
  const basis: Vector[] = [firstVector(n, options.start, seed)];
  const alpha: number[] = [];
  const beta: number[] = [];
  for (let scale = 0; ; ) {
    const k = basis.length;
    const current = basis[k - 1]!;
    // A copy: the answer is the oracle's, and is orthogonalized in place.
    const next = (yield* apply(current)).slice();
    const diagonal = dot(current, next);
    orthogonalize(next, basis);
    const rest = norm(next);
    if (!Number.isFinite(diagonal) || !Number.isFinite(rest)) throw notFinite(k);
    alpha.push(diagonal);
    scale = Math.max(scale, Math.abs(diagonal), rest);
    const invariant = rest <= 16 * Number.EPSILON * scale || k === n;
    const ends =
      tolerance > 0 || options.until !== undefined || invariant || k === steps
        ? ritzEnds(alpha, beta, rest)
        : undefined;
    if (ends !== undefined) {
      const goal = tolerance * Math.max(Math.abs(ends.low), Math.abs(ends.high));
      const met = k > 1 && ends.lowError <= goal && ends.highError <= goal;
      const reason =
        k === n || (invariant && random)
          ? "exhausted"
          : met && !invariant && tolerance > 0
            ? "converged"
            : options.until?.(ends)
              ? "enough"
              : k === steps
                ? "budget"
                : undefined;
      if (reason !== undefined) return finish(basis, alpha, beta, rest, reason);
    }
    if (invariant) {
      next.set(randomDirection(n, seed + k));
      orthogonalize(next, basis);
      random = true;
    }
    beta.push(invariant ? 0 : rest);
    scaled(next, 1 / norm(next), next);
    basis.push(next);
  }
}

function firstVector(n: number, start: Vector | undefined, seed: number): Vector {
  if (start === undefined) return randomDirection(n, seed);
  const length = norm(start);
  if (!(length > 0 && length < Number.POSITIVE_INFINITY)) {
    throw new NadirError("lanczos/start", `lanczos: the start vector has norm ${length}`, {
      expected: "a nonzero, finite vector",
      hint: "leave `start` out for a random direction",
    });
  }
  const first = new Float64Array(n);
  scaled(first, 1 / length, start);
  return first;
}

/** Takes the basis's part out of v; twice, which is enough for orthogonality to rounding. */
function orthogonalize(v: Vector, basis: readonly Vector[]): void {
  for (let pass = 0; pass < 2; pass++) {
    for (const q of basis) axpy(-dot(q, v), q, v);
  }
}

/** Extreme Ritz values and their residuals |β_k · last entry of T's eigenvector|, in O(k²). */
function ritzEnds(alpha: readonly number[], beta: readonly number[], rest: number): RitzEnds {
  const k = alpha.length;
  const values = Float64Array.from(alpha);
  const last = new Float64Array(k);
  last[k - 1] = 1;
  tridiagonalEigen(values, Float64Array.of(0, ...beta), last, 1);
  return {
    low: values[0]!,
    high: values[k - 1]!,
    lowError: rest * Math.abs(last[0]!),
    highError: rest * Math.abs(last[k - 1]!),
  };
}

function finish(
  basis: readonly Vector[],
  alpha: readonly number[],
  beta: readonly number[],
  rest: number,
  reason: Spectrum["reason"],
): Spectrum {
  const k = alpha.length;
  const values = Float64Array.from(alpha);
  const vectors = new Float64Array(k * k);
  for (let i = 0; i < k; i++) vectors[i * k + i] = 1;
  tridiagonalEigen(values, Float64Array.of(0, ...beta), vectors, k);
  const rounding =
    8 * k * Number.EPSILON * Math.max(Math.abs(values[0]!), Math.abs(values[k - 1]!));
  const pair = (row: number): RitzPair => {
    const vector = new Float64Array(basis[0]!.length);
    for (let j = 0; j < k; j++) axpy(vectors[row * k + j]!, basis[j]!, vector);
    const error = rest * Math.abs(vectors[row * k + k - 1]!) + rounding;
    return { value: values[row]!, vector, error };
  };
  return { smallest: pair(0), largest: pair(k - 1), steps: k, reason, alpha, beta };
}

function notFinite(step: number): NadirError {
  return new NadirError("lanczos/not-finite", `lanczos: product ${step} holds NaN or infinity`, {
    expected: "finite products with the matrix",
    hint: "look where the function or its derivatives become NaN or infinite",
  });
}
