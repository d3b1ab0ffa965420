import type { Features, Vector } from "../../../linalg/ask.ts";
import { matrixVector } from "../../../linalg/vector.ts";
import { type Jet, JetPool } from "../jets/testing.ts";
import type { Smooth } from "../testing.ts";

/** Calls `emit` with each residual of a sum of squares at x. */
export type Residuals = (x: readonly Jet[], emit: (residual: Jet) => void, pool: JetPool) => void;

/** f = Σ rᵢ², by its residuals, and where to start. */
export interface SumOfSquares {
  readonly x0: readonly number[];
  readonly residuals: Residuals;
}

/** f, ∇f and ∇²f of a sum of squares, by second-order forward mode. */
export function derivatives(problem: SumOfSquares): Smooth {
  const n = problem.x0.length;
  const pool = new JetPool(n);
  let value = 0;
  let gradient = new Float64Array(n);
  let hessian = new Float64Array(n * n);
  const emit = (r: Jet): void => {
    value += r.value * r.value;
    if (pool.order === 0) return;
    for (let i = 0; i < n; i++) gradient[i] = gradient[i]! + 2 * r.value * r.first[i]!;
    if (pool.order === 1) return;
    for (let i = 0, k = 0; i < n; i++) {
      for (let j = 0; j <= i; j++, k++) {
        const term = 2 * (r.value * r.second[k]! + r.first[i]! * r.first[j]!);
        hessian[i * n + j] = hessian[i * n + j]! + term;
      }
    }
  };
  const evaluate = (x: Float64Array, order: 0 | 1 | 2): void => {
    pool.reset();
    pool.order = order;
    value = 0;
    gradient = new Float64Array(n);
    hessian = new Float64Array(order > 1 ? n * n : 0);
    problem.residuals(
      Array.from(x, (xi, i) => pool.variable(xi, i)),
      emit,
      pool,
    );
    for (let i = 0; i < (order > 1 ? n : 0); i++) {
      for (let j = 0; j < i; j++) hessian[j * n + i] = hessian[i * n + j]!;
    }
  };
  return {
    value: (x) => {
      evaluate(x, 0);
      return value;
    },
    gradient: (x) => {
      evaluate(x, 1);
      return { value, gradient };
    },
    hessian: (x) => {
      evaluate(x, 2);
      return hessian;
    },
  };
}

/** Answers about a problem's residuals, their Jacobian and Gauss–Newton products. */
export function residualFeatures(problem: SumOfSquares): Features {
  const n = problem.x0.length;
  const pool = new JetPool(n);
  const evaluate = (x: Vector, order: 0 | 1): { residuals: Vector; jacobian: Vector } => {
    pool.reset();
    pool.order = order;
    const residuals: number[] = [];
    const jacobian: number[] = [];
    const emit = (r: Jet): void => {
      residuals.push(r.value);
      if (order === 1) jacobian.push(...r.first.subarray(0, n));
    };
    problem.residuals(
      Array.from(x, (xi, i) => pool.variable(xi, i)),
      emit,
      pool,
    );
    return { residuals: Float64Array.from(residuals), jacobian: Float64Array.from(jacobian) };
  };
  return {
    residuals: ({ x }) => evaluate(x, 0).residuals,
    jacobian: ({ x }) => evaluate(x, 1),
    gnvp: ({ x, direction }) => {
      const { residuals, jacobian } = evaluate(x, 1);
      const image = new Float64Array(residuals.length);
      matrixVector(image, jacobian, direction);
      return direction.map((_, j) =>
        image.reduce((sum, v, i) => sum + 2 * v * jacobian[i * n + j]!, 0),
      );
    },
  };
}
