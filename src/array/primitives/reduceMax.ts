import { allocate, isFloat } from "../dtype.ts";
import { onePerInput } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { keptShape, reduceBatch, reduceKernel, requireSome, restoreAxes } from "./reduction.ts";

/** Largest element over axes, which are dropped; NaN if any is. Tied maxima share the derivative. */
export const reduceMax: Primitive<1, { readonly axes: readonly number[] }> = {
  arity: 1,
  shape: ([x], { axes }) => {
    requireSome("max", x!.shape, axes);
    return keptShape(x!.shape, axes);
  },
  vjp: (ops, [x], cotangent, node) => {
    const { axes } = node.attrs;
    const isMax = ops.cast(ops.equal(x, restoreAxes(ops, node, x.shape, axes)), { dtype: x.dtype });
    const share = ops.div(cotangent, ops.reduceSum(isMax, { axes }));
    return [ops.mul(isMax, restoreAxes(ops, share, x.shape, axes))];
  },
  batch: (ops, [x], _batched, { attrs: { axes } }) => ops.reduceMax(x, { axes: reduceBatch(axes) }),
  kernelJs: (js, node) =>
    reduceKernel(js, node, node.attrs.axes, {
      start: node.dtype === "i32" ? "-2147483648" : "-Infinity",
      fold: (best, x) => {
        const value = js.fresh("x");
        // NaN is above everything, and nothing is above NaN.
        return `const ${value} = ${x}; if (${value} > ${best} || ${value} !== ${value}) ${best} = ${value};`;
      },
      rounds: false,
    }),
  emitOnnx: (graph, [x], { dtype, attrs: { axes } }) => {
    const largest = (value: string): string =>
      graph.node("ReduceMax", [value, graph.ints(axes)], { keepdims: 0 });
    if (!isFloat(dtype)) return largest(x!);
    // ONNX Runtime's ReduceMax passes over NaN.
    const nan = graph.constant(allocate(dtype, 1).fill(Number.NaN), [], dtype);
    return graph.node("Where", [largest(graph.node("IsNaN", [x!])), nan, largest(x!)]);
  },
  cost: onePerInput,
  curvature: "convex",
  monotonicity: "increasing",
};
