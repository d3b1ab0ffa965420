import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise √x; NaN below 0. The derivative at 0 is ∞. */
export const sqrt: Primitive<1> = floatFunction("sqrt", {
  vjp: (ops, _inputs, cotangent, node) => [ops.div(cotangent, node.mul(2))],
  js: ([x]) => `Math.sqrt(${x})`,
  onnx: "Sqrt",
  curvature: "concave",
  monotonicity: "increasing",
});
