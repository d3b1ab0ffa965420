import type { Vector } from "../../linalg/ask.ts";
import { cholesky, choleskySolve } from "../../linalg/cholesky.ts";

/** How many differences of iterates are combined. */
const depth = 5;

/**
 * Anderson's extrapolation of a sequence of vectors: of the last iterates x₀ … x_K, Σcᵢxᵢ with Σcᵢ = 1 and the least
 * ‖Σcᵢ(xᵢ₊₁ − xᵢ)‖.
 *
 * @see Bertrand & Massias (2021), Anderson acceleration of coordinate descent, algorithm 2
 */
export function anderson(size: number): {
  /** Takes one more iterate and what goes with it; true when there are enough. */
  push(x: Vector, beside: Vector): boolean;
  /** Writes the extrapolation of both and forgets the iterates; false if the differences are too alike. */
  extrapolate(x: Vector, beside: Vector): boolean;
  forget(): void;
} {
  const iterates: Vector[] = [];
  const besides: Vector[] = [];
  const matrix = new Float64Array(depth * depth);
  const weights = new Float64Array(depth);
  const forget = (): void => {
    iterates.length = 0;
    besides.length = 0;
  };
  return {
    forget,
    push: (x, beside) => {
      iterates.push(x.slice(0, size));
      besides.push(beside.slice());
      return iterates.length > depth;
    },
    extrapolate: (x, beside) => {
      let trace = 0;
      for (let i = 0; i < depth; i++) {
        for (let j = 0; j <= i; j++) {
          let sum = 0;
          const [a, b] = [iterates[i]!, iterates[i + 1]!];
          const [c, d] = [iterates[j]!, iterates[j + 1]!];
          for (let k = 0; k < size; k++) sum += (b[k]! - a[k]!) * (d[k]! - c[k]!);
          matrix[i * depth + j] = sum;
        }
        trace += matrix[i * depth + i]!;
      }
      const ones = weights.fill(1);
      // A little on the diagonal, as in the paper: differences become parallel as the sequence converges.
      const solvable = trace > 0 && cholesky(matrix, depth, matrix, 1e-12 * trace);
      if (solvable) choleskySolve(matrix, depth, ones, weights);
      const total = weights.reduce((sum, c) => sum + c, 0);
      const fine = solvable && Number.isFinite(total) && total !== 0;
      if (fine) {
        combine(iterates, weights, total, x, size);
        combine(besides, weights, total, beside, beside.length);
      }
      forget();
      return fine;
    },
  };
}

function combine(
  vectors: readonly Vector[],
  weights: Vector,
  total: number,
  out: Vector,
  size: number,
): void {
  for (let k = 0; k < size; k++) {
    let sum = 0;
    for (let i = 0; i < depth; i++) sum += weights[i]! * vectors[i + 1]![k]!;
    out[k] = sum / total;
  }
}
