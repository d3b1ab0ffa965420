import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise eˣ. */
export const exp: Primitive<1> = floatFunction("exp", {
  vjp: (ops, _inputs, cotangent, node) => [ops.mul(cotangent, node)],
  js: ([x]) => `Math.exp(${x})`,
  onnx: "Exp",
  curvature: "convex",
  monotonicity: "increasing",
});
