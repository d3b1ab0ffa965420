import { sizeOf } from "../shape.ts";
import { traffic } from "./cost.ts";
import type { Primitive } from "./primitive.ts";

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
  emitOnnx: (graph, [x], { shape, attrs: { descending } }) => {
    const length = shape[shape.length - 1]!;
    const [, positions] = graph.nodes(
      "TopK",
      [x!, graph.ints([length])],
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
