import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise cos x, x in radians. */
export const cos: Primitive<1> = floatFunction("cos", {
  vjp: (ops, [x], cotangent) => [ops.neg(ops.mul(cotangent, ops.sin(x)))],
  js: ([x]) => `Math.cos(${x})`,
  onnx: "Cos",
  curvature: "unknown",
  monotonicity: "none",
});
