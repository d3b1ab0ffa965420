import { movesOnly } from "./cost.ts";
import type { Index, Primitive } from "./primitive.ts";

/** Reorders axes: axis `i` of the result is axis `order[i]` of the input. */
export const transpose: Primitive<1, { readonly order: readonly number[] }> = {
  arity: 1,
  shape: ([x], { order }) => order.map((axis) => x!.shape[axis]!),
  vjp: (ops, _inputs, cotangent, { attrs: { order } }) => [
    ops.transpose(cotangent, { order: order.map((_, axis) => order.indexOf(axis)) }),
  ],
  batch: (ops, [x], _batched, { attrs: { order } }) =>
    ops.transpose(x, { order: [0, ...order.map((axis) => axis + 1)] }),
  pullJs: (js, { inputs, attrs: { order } }, index) => {
    const own = new Array<Index[number]>(order.length);
    order.forEach((axis, i) => {
      own[axis] = index[i]!;
    });
    return js.read(inputs[0]!, own);
  },
  emitOnnx: (graph, inputs, { attrs: { order } }) =>
    graph.node("Transpose", inputs, { perm: order }),
  cost: movesOnly,
  curvature: "affine",
  monotonicity: "increasing",
};
