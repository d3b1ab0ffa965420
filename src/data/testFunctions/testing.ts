import type { Tensor } from "../../array/tensor.ts";
import { valueAndGrad } from "../../autodiff/grad.ts";
import { hessian } from "../../autodiff/jacobian.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import { jit } from "../../runtime/jit.ts";

/** f, ∇f and ∇²f at a point, row-major, as compiled. */
export interface Derivatives {
  readonly value: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

/** Compiles a function with its derivatives. */
export function derivatives(f: (x: Tensor) => Tensor): (x: readonly number[]) => Derivatives {
  const [first, second] = [jit(valueAndGrad(f)), jit(hessian(f))];
  return (x) => {
    const { value, gradient } = first([...x]);
    const matrix = second([...x]);
    return {
      value: value.item(),
      gradient: Float64Array.from(gradient.data),
      // Of one array the Hessian is one array.
      hessian: Float64Array.from((matrix as typeof gradient).data),
    };
  };
}

/** Eigenvalues of a row-major matrix, ascending. */
export const eigenvalues = (matrix: Float64Array): Float64Array =>
  symmetricEigen(matrix, Math.sqrt(matrix.length)).values;

/** The upper triangle of a row-major matrix, row by row. */
export function upperTriangle(matrix: Float64Array): Float64Array {
  const n = Math.sqrt(matrix.length);
  return matrix.filter((_, k) => k % n >= Math.floor(k / n));
}

/** max |xᵢ|. */
export const largest = (values: ArrayLike<number>): number =>
  Array.from(values, Math.abs).reduce((a, b) => Math.max(a, b), 0);
