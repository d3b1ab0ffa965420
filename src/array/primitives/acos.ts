import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise arccos x, x in [−1, 1], in [0, π]. */
export const acos: Primitive<1> = floatFunction("acos", {
  vjp: (ops, [x], cotangent) => [
    ops.neg(ops.div(cotangent, ops.sqrt(ops.neg(ops.mul(x, x)).add(1)))),
  ],
  js: ([x]) => `Math.acos(${x})`,
  onnx: "Acos",
  curvature: "unknown",
  monotonicity: "decreasing",
});
