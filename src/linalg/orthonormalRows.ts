import type { Vector } from "./ask.ts";
import { axpyRow, dotRow, norm, scale } from "./vector.ts";

/** The span of a matrix's rows: A = LQ with orthonormal rows in Q. */
export interface OrthonormalRows {
  /** Row-major `[rank, n]`. */
  readonly q: Vector;
  readonly rank: number;
  /** For each row of A, its coefficients along q₀, q₁, …: as many as rows were independent up to it. */
  readonly coefficients: readonly (readonly number[])[];
  /** The rows of A that are independent of those before them, one for each row of Q. */
  readonly independent: readonly number[];
}

/** A row whose part beside those before it is this small, relatively, depends on them. */
const dependent = 1e-10;

/**
 * An orthonormal basis of the rows of a row-major `[m, n]` matrix, in their order; dependent rows add none.
 *
 * Price: 4·m·rank·n multiplications.
 *
 * @see Golub & Van Loan (2013), Matrix computations, §5.2.8 (modified Gram–Schmidt, done twice)
 */
export function orthonormalRows(a: Vector, m: number, n: number): OrthonormalRows {
  const q = new Float64Array(Math.min(m, n) * n);
  const coefficients: number[][] = [];
  const independent: number[] = [];
  for (let k = 0; k < m; k++) {
    const row = a.slice(k * n, (k + 1) * n);
    const size = norm(row);
    const own = new Array<number>(independent.length).fill(0);
    for (let sweep = 0; sweep < 2; sweep++) {
      for (let j = 0; j < independent.length; j++) {
        const along = dotRow(q, j * n, row);
        axpyRow(-along, q, j * n, row);
        own[j] = own[j]! + along;
      }
    }
    const left = norm(row);
    if (left > dependent * size && independent.length < n) {
      scale(1 / left, row);
      q.set(row, independent.length * n);
      independent.push(k);
      own.push(left);
    }
    coefficients.push(own);
  }
  const rank = independent.length;
  return { q: q.slice(0, rank * n), rank, coefficients, independent };
}

/** v without its part in the span of the rows. */
export function besideRows({ q, rank }: OrthonormalRows, v: Vector): Vector {
  const out = v.slice();
  for (let i = 0; i < rank; i++) axpyRow(-dotRow(q, i * v.length, out), q, i * v.length, out);
  return out;
}

/** The λ, one for each independent row, for which Aᵀλ is nearest to v: back-substitution in Lᵀλ = Qv. */
export function combinationOf(
  { q, rank, coefficients, independent }: OrthonormalRows,
  v: Vector,
): number[] {
  const lambda = Array.from({ length: rank }, (_, i) => dotRow(q, i * v.length, v));
  for (let i = rank - 1; i >= 0; i--) {
    const row = coefficients[independent[i]!]!;
    lambda[i] = lambda[i]! / row[i]!;
    for (let j = 0; j < i; j++) lambda[j] = lambda[j]! - row[j]! * lambda[i]!;
  }
  return lambda;
}

/** The shortest x for which the independent rows have Ax = b: forward substitution in Lc = b, then x = Qᵀc. */
export function leastNormSolution(
  { q, rank, coefficients, independent }: OrthonormalRows,
  b: ArrayLike<number>,
  n: number,
): Vector {
  const x = new Float64Array(n);
  const c = new Float64Array(rank);
  for (let i = 0; i < rank; i++) {
    const row = coefficients[independent[i]!]!;
    let left = b[independent[i]!]!;
    for (let j = 0; j < i; j++) left -= row[j]! * c[j]!;
    c[i] = left / row[i]!;
    axpyRow(c[i]!, q, i * n, x);
  }
  return x;
}
