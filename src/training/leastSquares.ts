import { allocate, type TypedArray } from "../array/dtype.ts";
import { concat, reshape } from "../array/operations/shaping.ts";
import { finish, type Program, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { gnvp } from "../autodiff/grad.ts";
import { jacobian } from "../autodiff/jacobian.ts";
import { open, type Traced } from "../autodiff/variables.ts";
import type { Features, Vector } from "../linalg/ask.ts";
import { compileKernel, type Kernel } from "../runtime/js/compile.ts";
import { type Layout, unpack } from "./objective.ts";

/** A sum of squares to minimize, f(x) = Σ rᵢ(x)², without ½, by its terms before squaring. */
export interface LeastSquares<X> {
  readonly kind: "least-squares";
  /** r(x): an array, or a tree of arrays, of floats. */
  readonly residuals: (x: Traced<X>) => unknown;
}

/**
 * A least-squares problem for `minimize`: f(x) = Σ rᵢ(x)², without ½. Solvers that know of it (Gauss–Newton,
 * Levenberg–Marquardt) see the residuals and their Jacobian, all others the sum.
 *
 * @param residuals - x to an array of any shape, or a tree of them
 * @example await minimize(leastSquares((x) => t.mul(x.at(1)).exp().mul(x.at(0)).sub(y)), { x0: [1, -1] })
 */
export const leastSquares = <X>(residuals: (x: Traced<X>) => unknown): LeastSquares<X> => ({
  kind: "least-squares",
  residuals,
});

/** All residuals as one vector `[m]`. */
function flatResiduals(residuals: unknown, like: Tensor): Tensor {
  const { tensors } = open(residuals, like.graph, "the residuals");
  return concat(tensors.map((leaf) => reshape(leaf, [leaf.size])));
}

/** f(x) = Σ r², of leaves. */
export const sumOfSquares =
  (residuals: (leaves: readonly Tensor[]) => unknown) =>
  (leaves: readonly Tensor[]): Tensor =>
    flatResiduals(residuals(leaves), leaves[0]!).square().sum();

/** Answers about residuals: `residuals`, `jacobian` and `gnvp`, compiled when first asked for. */
export function leastSquaresFeatures(
  residuals: (leaves: readonly Tensor[]) => unknown,
  { shapes, dtype }: Layout,
  size: number,
): Features {
  const at = { shape: [size], dtype };
  const flat = (x: Tensor): Tensor => flatResiduals(residuals(unpack(x, shapes)), x);
  const values = lazily(() => record([at], (x) => [flat(x!)]), dtype);
  const linearization = lazily(
    () => record([at], (x) => [flat(x!), jacobian(flat)(x!) as Tensor]),
    dtype,
  ); // of one array it is one array
  const product = lazily(
    () => record([at, at], (x, v) => [gnvp(flat, (r: Tensor) => r.square().sum(), x!, v!)]),
    dtype,
  );
  return {
    residuals: ({ x }) => values(x)[0]!,
    jacobian: ({ x }) => {
      const [at0, matrix] = linearization(x);
      return { residuals: at0!, jacobian: matrix! };
    },
    gnvp: ({ x, direction }) => product(x, direction)[0]!,
  };
}

/** A program on flat f64 vectors, traced and compiled at its first call. */
export function lazily(
  trace: () => Program,
  dtype: "f32" | "f64",
): (...inputs: readonly Vector[]) => readonly Vector[] {
  let program: Program | undefined;
  let kernel: Kernel | undefined;
  return (...inputs) => {
    program ??= finish(trace());
    kernel ??= compileKernel(program);
    const outputs = program.outputs.map((output) => allocate(output.dtype, output.size));
    const given: readonly TypedArray[] =
      dtype === "f64" ? inputs : inputs.map((vector) => Float32Array.from(vector));
    kernel(...given, ...outputs);
    return outputs.map((data) => (data instanceof Float64Array ? data : Float64Array.from(data)));
  };
}
