import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise sin x, x in radians. */
export const sin: Primitive<1> = floatFunction("sin", {
  vjp: (ops, [x], cotangent) => [ops.mul(cotangent, ops.cos(x))],
  js: ([x]) => `Math.sin(${x})`,
  onnx: "Sin",
  curvature: "unknown",
  monotonicity: "none",
});
