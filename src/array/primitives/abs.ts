import { arithmetic } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise |x|; the derivative at 0 is taken as 0. */
export const abs: Primitive<1> = arithmetic(1, {
  vjp: (ops, [x], cotangent) => [ops.mul(cotangent, ops.sign(x))],
  js: ([x], dtype) => (dtype === "i32" ? `(Math.abs(${x}) | 0)` : `Math.abs(${x})`),
  onnx: "Abs",
  curvature: "convex",
});
