import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise arctan x, in (−π/2, π/2). */
export const atan: Primitive<1> = floatFunction("atan", {
  vjp: (ops, [x], cotangent) => [ops.div(cotangent, ops.mul(x, x).add(1))],
  js: ([x]) => `Math.atan(${x})`,
  onnx: "Atan",
  curvature: "unknown",
  monotonicity: "increasing",
});
