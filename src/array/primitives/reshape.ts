import { internal } from "../../base/errors.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import { movesOnly } from "./cost.ts";
import { flatIndex, unflatIndex } from "./indexing.ts";
import type { Index, Primitive } from "./primitive.ts";

/** The same elements in row-major order under another shape. */
export const reshape: Primitive<1, { readonly shape: Shape }> = {
  arity: 1,
  shape: ([x], { shape }) => {
    if (sizeOf(shape) !== sizeOf(x!.shape))
      throw internal(`reshape ${formatShape(x!.shape)} to ${formatShape(shape)}`);
    return shape;
  },
  vjp: (ops, [x], cotangent) => [ops.reshape(cotangent, { shape: x.shape })],
  batch: (ops, [x], _batched, { attrs: { shape } }, size) =>
    ops.reshape(x, { shape: [size, ...shape] }),
  pullJs: (js, { inputs, shape }, index) => {
    const [x] = inputs;
    return js.read(
      x!,
      withoutOnes(index, shape, x!.shape) ?? unflatIndex(flatIndex(index, shape), x!.shape),
    );
  },
  emitOnnx: (graph, [x], { shape }) => graph.node("Reshape", [x!, graph.ints(shape)]),
  cost: movesOnly,
  curvature: "affine",
  monotonicity: "increasing",
};

/** The index of the input where shapes differ only by axes of length 1; else undefined. */
function withoutOnes(index: Index, shape: Shape, inputShape: Shape): Index | undefined {
  const parts = index.filter((_, axis) => shape[axis] !== 1);
  const lengths = shape.filter((length) => length !== 1);
  const kept = inputShape.filter((length) => length !== 1);
  if (kept.length !== lengths.length || kept.some((length, i) => length !== lengths[i]))
    return undefined;
  let next = 0;
  return inputShape.map((length) => (length === 1 ? 0 : parts[next++]!));
}
