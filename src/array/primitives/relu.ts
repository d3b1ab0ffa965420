import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise max(x, 0); the derivative at 0 is taken as 0. NaN stays NaN. */
export const relu: Primitive<1> = floatFunction("relu", {
  // From the output, so that the input need not be kept: relu(x) > 0 just where x > 0.
  vjp: (ops, _inputs, cotangent, node) => [ops.mul(cotangent, ops.step(node))],
  js: ([x]) => `(${x} < 0 ? 0 : ${x})`,
  onnx: "Relu",
  curvature: "convex",
  monotonicity: "increasing",
});
