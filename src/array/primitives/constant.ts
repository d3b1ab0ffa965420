import { allocate, type DType, type TypedArray } from "../dtype.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { movesOnly } from "./cost.ts";
import { numberLiteral } from "./numberLiteral.ts";
import type { Primitive } from "./primitive.ts";

/** `value` in every element, or the elements of `data`. */
export interface ConstantAttrs {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly value?: number;
  readonly data?: TypedArray;
}

/** A value known while tracing. */
export const constant: Primitive<0, ConstantAttrs> = {
  arity: 0,
  shape: (_inputs, { shape }) => shape,
  dtype: (_inputs, { dtype }) => dtype,
  vjp: () => [],
  // The engine reads constants itself: literals for splats, captured arrays for data.
  pullJs: (_js, { attrs: { value } }) => numberLiteral(value ?? Number.NaN),
  emitOnnx: (graph, _inputs, { attrs: { shape, dtype, value, data } }) => {
    if (data !== undefined) return graph.constant(data, shape, dtype);
    const one = graph.constant(allocate(dtype, 1).fill(value ?? Number.NaN), [], dtype);
    return sizeOf(shape) === 1 && shape.length === 0
      ? one
      : graph.node("Expand", [one, graph.ints(shape)]);
  },
  cost: movesOnly,
  curvature: "affine",
};
