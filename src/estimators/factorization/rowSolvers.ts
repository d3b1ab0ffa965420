import { internal } from "../../base/errors.ts";
import { cholesky, choleskySolve } from "../../linalg/cholesky.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";

/** How one row's factors are found from its normal equations. */
export type RowSolver = (problem: RowProblem) => void;

/** minimize xᵀAx − 2bᵀx over one row's factors x, in place, from where they stand. */
export interface RowProblem {
  /** A, symmetric, `[n, n]`; both triangles are filled. Destroyed. */
  readonly matrix: Float64Array;
  readonly vector: Float64Array;
  readonly x: Float64Array;
  readonly n: number;
}

/** Exactly, by Cholesky: n³/3. */
export function exactSolver(n: number): RowSolver {
  const factor = new Float64Array(n * n);
  return ({ matrix, vector, x }) => {
    // Positive definite: a Gram matrix plus a positive multiple of the identity.
    if (!cholesky(matrix, n, factor))
      throw internal("normal equations that are not positive definite");
    choleskySolve(factor, n, vector, x);
  };
}

/**
 * By a few steps of conjugate gradients from the last factors: none of them raises the objective.
 *
 * @see Takács, Pilászy & Tikk (2011), Applications of the conjugate gradient method for implicit feedback collaborative filtering
 */
export function conjugateGradientSolver(n: number, steps: number): RowSolver {
  const [r, p, image] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  return ({ matrix, vector, x }) => {
    multiply(matrix, x, image, n);
    let square = 0;
    for (let i = 0; i < n; i++) {
      r[i] = vector[i]! - image[i]!;
      p[i] = r[i]!;
      square += r[i]! * r[i]!;
    }
    for (let step = 0; step < steps && square > 1e-30; step++) {
      multiply(matrix, p, image, n);
      let curvature = 0;
      for (let i = 0; i < n; i++) curvature += p[i]! * image[i]!;
      const length = square / curvature;
      let next = 0;
      for (let i = 0; i < n; i++) {
        x[i] = x[i]! + length * p[i]!;
        r[i] = r[i]! - length * image[i]!;
        next += r[i]! * r[i]!;
      }
      const beta = next / square;
      for (let i = 0; i < n; i++) p[i] = r[i]! + beta * p[i]!;
      square = next;
    }
  };
}

/**
 * By sweeps over the coordinates, each at its own minimum: nonnegative, or with a penalty of single coordinates beside
 * the quadratic. None raises the objective.
 *
 * @see Cichocki & Phan (2009), Fast local algorithms for large scale nonnegative matrix factorizations (HALS)
 */
export function coordinateSolver(
  n: number,
  sweeps: number,
  {
    nonnegative,
    penalty,
  }: { readonly nonnegative: boolean; readonly penalty: Penalty | undefined },
): RowSolver {
  return ({ matrix, vector, x }) => {
    for (let sweep = 0; sweep < sweeps; sweep++) {
      for (let j = 0; j < n; j++) {
        const own = matrix[j * n + j]!;
        if (!(own > 0)) continue;
        let slope = vector[j]!;
        for (let i = 0; i < n; i++) slope -= matrix[j * n + i]! * x[i]!;
        let at = x[j]! + slope / own;
        // own·(x − at)² + p(x) = 2·own·(½(x − at)² + p(x)/(2·own))
        if (penalty !== undefined) at = penalty.prox(Float64Array.of(at), 1 / (2 * own))[0]!;
        x[j] = nonnegative ? Math.max(0, at) : at;
      }
    }
  };
}

function multiply(matrix: Float64Array, x: Float64Array, out: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * x[j]!;
    out[i] = sum;
  }
}
