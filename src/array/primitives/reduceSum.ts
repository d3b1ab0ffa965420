import { onePerInput } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { keptShape, reduceBatch, reduceKernel, restoreAxes } from "./reduction.ts";

/** Sum over axes, which are dropped. An empty sum is 0. */
export const reduceSum: Primitive<1, { readonly axes: readonly number[] }> = {
  arity: 1,
  shape: ([x], { axes }) => keptShape(x!.shape, axes),
  vjp: (ops, [x], cotangent, { attrs: { axes } }) => [restoreAxes(ops, cotangent, x.shape, axes)],
  batch: (ops, [x], _batched, { attrs: { axes } }) => ops.reduceSum(x, { axes: reduceBatch(axes) }),
  kernelJs: (js, node) =>
    reduceKernel(js, node, node.attrs.axes, {
      start: "0",
      fold: (sum, x) => `${sum} += ${x};`,
      rounds: true,
    }),
  emitOnnx: (graph, [x], { dtype, attrs: { axes } }) => {
    const sum = (value: string): string =>
      graph.node("ReduceSum", [value, graph.ints(axes)], { keepdims: 0 });
    // ONNX Runtime's sum of i32 stops at the largest one; as 64 bits cut to 32 it wraps.
    return dtype === "i32" ? graph.cast(sum(graph.cast(x!, "i64")), "i32") : sum(x!);
  },
  cost: onePerInput,
  curvature: "affine",
  monotonicity: "increasing",
};
