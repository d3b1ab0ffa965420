import { type DType, isFloat } from "../dtype.ts";
import { onePerElement } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { sameShape } from "./shapes.ts";

/**
 * Elementwise conversion. Floats become whole numbers by dropping the fraction, anything but 0
 * becomes true. A value outside the range of `i32` is undefined, as in C.
 */
export const cast: Primitive<1, { readonly dtype: DType }> = {
  arity: 1,
  shape: sameShape,
  dtype: (_inputs, { dtype }) => dtype,
  vjp: (ops, [x], cotangent) => [
    isFloat(x.dtype) && isFloat(cotangent.dtype)
      ? ops.cast(cotangent, { dtype: x.dtype })
      : undefined,
  ],
  emitJs: ([x], { attrs: { dtype } }) => {
    if (dtype === "bool") return `(${x} !== 0 ? 1 : 0)`;
    if (dtype === "i32") return `(${x} | 0)`;
    return dtype === "f32" ? `Math.fround(${x})` : `${x}`;
  },
  emitOnnx: (graph, [x], { attrs: { dtype } }) => graph.cast(x!, dtype),
  cost: onePerElement,
  curvature: "unknown", // affine between floats, but not where fractions are dropped
  monotonicity: "none", // −1 and 1 are true, 0 between them is false
};
