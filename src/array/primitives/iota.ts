import type { DType } from "../dtype.ts";
import { allocate } from "../dtype.ts";
import { type Shape, sameShapes } from "../shape.ts";
import { movesOnly } from "./cost.ts";
import type { Primitive } from "./primitive.ts";

/** The position along one axis: 0, 1, 2, … */
export const iota: Primitive<
  0,
  { readonly shape: Shape; readonly axis: number; readonly dtype: DType }
> = {
  arity: 0,
  shape: (_inputs, { shape }) => shape,
  dtype: (_inputs, { dtype }) => dtype,
  vjp: () => [],
  pullJs: (_js, { attrs: { axis } }, index) => `${index[axis]}`,
  emitOnnx: (graph, _inputs, { attrs: { shape, axis, dtype } }) => {
    const line = allocate(dtype, shape[axis]!).map((_, i) => i);
    const aligned = shape.map((length, i) => (i === axis ? length : 1));
    const positions = graph.constant(line, aligned, dtype);
    return sameShapes(aligned, shape)
      ? positions
      : graph.node("Expand", [positions, graph.ints(shape)]);
  },
  cost: movesOnly,
  curvature: "affine",
};
