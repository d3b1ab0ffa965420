import { movesOnly } from "./cost.ts";
import type { Primitive } from "./primitive.ts";

/** Reverses the order along the given axes. */
export const reverse: Primitive<1, { readonly axes: readonly number[] }> = {
  arity: 1,
  shape: ([x]) => x!.shape,
  vjp: (ops, _inputs, cotangent, { attrs }) => [ops.reverse(cotangent, attrs)],
  batch: (ops, [x], _batched, { attrs: { axes } }) =>
    ops.reverse(x, { axes: axes.map((axis) => axis + 1) }),
  pullJs: (js, { inputs, shape, attrs: { axes } }, index) =>
    js.read(
      inputs[0]!,
      index.map((part, axis) => {
        if (!axes.includes(axis)) return part;
        const last = shape[axis]! - 1;
        return typeof part === "number" ? last - part : `(${last} - ${part})`;
      }),
    ),
  emitOnnx: (graph, [x], { attrs: { axes } }) =>
    graph.node("Slice", [
      x!,
      graph.ints(axes.map(() => -1)),
      graph.ints(axes.map(() => -0x7fffffff)),
      graph.ints(axes),
      graph.ints(axes.map(() => -1)),
    ]),
  cost: movesOnly,
  curvature: "affine",
  monotonicity: "increasing",
};
