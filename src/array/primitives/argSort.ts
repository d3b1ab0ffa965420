import { allocate, isFloat } from "../dtype.ts";
import { sizeOf } from "../shape.ts";
import { traffic } from "./cost.ts";
import { withoutNaN } from "./emitWithoutNaN.ts";
import type { Primitive } from "./primitive.ts";

const largestFloat = 2 ** 128 - 2 ** 104;

/** Positions that sort the last axis, ascending or descending; equal elements keep their order, NaN comes last. dtype `i32`. */
export const argSort: Primitive<1, { readonly descending: boolean }> = {
  arity: 1,
  shape: ([x]) => x!.shape,
  dtype: () => "i32",
  vjp: () => [undefined],
  batch: (ops, [x], _batched, { attrs }) => ops.argSort(x, attrs),
  kernelJs: (js, { inputs, shape, attrs: { descending } }) => {
    const length = shape[shape.length - 1]!;
    const x = js.buffer(inputs[0]!);
    js.line(`argSort(${x}, ${js.out}, ${sizeOf(shape)}, ${length}, ${descending});`);
  },
  emitOnnx: (graph, [x], { inputs, shape, attrs: { descending } }) => {
    const length = shape[shape.length - 1]!;
    const { dtype } = inputs[0]!;
    // NaN last, behind infinity, which counts as the largest finite number for that.
    const [order, last] = descending
      ? ["Max", Number.NEGATIVE_INFINITY]
      : ["Min", Number.POSITIVE_INFINITY];
    const bound = dtype === "f32" ? largestFloat : Number.MAX_VALUE;
    const limit = allocate(dtype, 1).fill(descending ? -bound : bound);
    const keys = isFloat(dtype)
      ? withoutNaN(graph, graph.node(order, [x!, graph.constant(limit, [], dtype)]), dtype, last)
      : x!;
    const [, positions] = graph.nodes(
      "TopK",
      [keys, graph.ints([length])],
      { axis: -1, largest: descending ? 1 : 0, sorted: 1 },
      2,
    );
    return graph.cast(positions!, "i32");
  },
  cost: (node) => ({
    flops:
      sizeOf(node.shape) *
      Math.max(1, Math.ceil(Math.log2(node.shape[node.shape.length - 1] ?? 1))),
    bytes: traffic(node),
  }),
  curvature: "unknown",
};
