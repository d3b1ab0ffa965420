import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise arcsin x, x in [−1, 1], in [−π/2, π/2]. */
export const asin: Primitive<1> = floatFunction("asin", {
  vjp: (ops, [x], cotangent) => [ops.div(cotangent, ops.sqrt(ops.neg(ops.mul(x, x)).add(1)))],
  js: ([x]) => `Math.asin(${x})`,
  onnx: "Asin",
  curvature: "unknown",
  monotonicity: "increasing",
});
