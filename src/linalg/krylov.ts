import type { Ask, Vector } from "./ask.ts";
import type { Apply } from "./cg.ts";
import { axpy, dot, norm, scaled } from "./vector.ts";

/** VᵀAV = T for an orthonormal basis V of the Krylov space of a start vector, and tridiagonal T. */
export interface KrylovSpace {
  readonly basis: readonly Vector[];
  /** T's diagonal. */
  readonly alpha: readonly number[];
  /** T's off-diagonal, one shorter. */
  readonly beta: readonly number[];
  /** ‖Av − Vt‖ beyond the last vector: the next off-diagonal entry. */
  readonly rest: number;
  /** Whether the products were finite; if not, the space ends before the one that was not. */
  readonly finite: boolean;
}

/**
 * Lanczos with full re-orthogonalization from one start, for who wants the whole space: it grows until
 * it is invariant, has `steps` vectors, or `enough` says so.
 *
 * Price: one product a step, 4nk multiplications at step k, k vectors.
 *
 * @param start - not 0
 * @see Nocedal & Wright (2006), §7.1 (Lanczos); Gould, Lucidi, Roma & Toint (1999), Solving the
 * trust-region subproblem using the Lanczos method
 */
export function* krylovSpace(
  apply: Apply,
  start: Vector,
  steps: number,
  enough: (alpha: readonly number[], beta: readonly number[], rest: number) => boolean,
): Ask<KrylovSpace> {
  const first = new Float64Array(start.length);
  scaled(first, 1 / norm(start), start);
  const basis: Vector[] = [first];
  const alpha: number[] = [];
  const beta: number[] = [];
  let scale = 0;
  for (;;) {
    const current = basis[basis.length - 1]!;
    const next = (yield* apply(current)).slice();
    const diagonal = dot(current, next);
    for (let pass = 0; pass < 2; pass++) for (const q of basis) axpy(-dot(q, next), q, next);
    const rest = norm(next);
    if (!Number.isFinite(diagonal) || !Number.isFinite(rest)) {
      basis.pop();
      return { basis, alpha, beta: beta.slice(0, -1), rest: beta.at(-1) ?? 0, finite: false };
    }
    alpha.push(diagonal);
    scale = Math.max(scale, Math.abs(diagonal), rest);
    const invariant = rest <= 16 * Number.EPSILON * scale;
    if (invariant || alpha.length >= steps || enough(alpha, beta, rest)) {
      return { basis, alpha, beta, rest: invariant ? 0 : rest, finite: true };
    }
    beta.push(rest);
    scaled(next, 1 / rest, next);
    basis.push(next);
  }
}

/** The k×k row-major tridiagonal matrix. */
export function tridiagonal(alpha: readonly number[], beta: readonly number[]): Vector {
  const k = alpha.length;
  const t = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    t[i * k + i] = alpha[i]!;
    if (i + 1 < k) {
      t[i * k + i + 1] = beta[i]!;
      t[(i + 1) * k + i] = beta[i]!;
    }
  }
  return t;
}

/** Vy. */
export function fromBasis(basis: readonly Vector[], y: Vector): Vector {
  const out = new Float64Array(basis[0]!.length);
  for (let j = 0; j < y.length; j++) axpy(y[j]!, basis[j]!, out);
  return out;
}
