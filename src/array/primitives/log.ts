import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise natural logarithm; NaN below 0, −∞ at 0. */
export const log: Primitive<1> = floatFunction("log", {
  vjp: (ops, [x], cotangent) => [ops.div(cotangent, x)],
  js: ([x]) => `Math.log(${x})`,
  onnx: "Log",
  curvature: "concave",
  monotonicity: "increasing",
});
