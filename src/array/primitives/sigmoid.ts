import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise logistic function 1/(1 + e⁻ˣ), in (0, 1). */
export const sigmoid: Primitive<1> = floatFunction("sigmoid", {
  vjp: (ops, _inputs, cotangent, node) => [ops.mul(cotangent, ops.mul(node, ops.neg(node).add(1)))],
  js: ([x]) => `(1 / (1 + Math.exp(-${x})))`,
  onnx: "Sigmoid",
  curvature: "unknown",
  monotonicity: "increasing",
});
