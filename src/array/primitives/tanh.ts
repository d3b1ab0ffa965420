import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise hyperbolic tangent, in (−1, 1). */
export const tanh: Primitive<1> = floatFunction("tanh", {
  vjp: (ops, _inputs, cotangent, node) => [ops.mul(cotangent, ops.neg(ops.mul(node, node)).add(1))],
  js: ([x]) => `Math.tanh(${x})`,
  onnx: "Tanh",
  curvature: "unknown",
  monotonicity: "increasing",
});
