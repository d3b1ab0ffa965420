import { arithmetic } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise −x. */
export const neg: Primitive<1> = arithmetic(1, {
  vjp: (ops, _inputs, cotangent) => [ops.neg(cotangent)],
  js: ([x], dtype) => (dtype === "i32" ? `(-${x} | 0)` : `(-${x})`),
  onnx: "Neg",
  curvature: "affine",
  monotonicity: "decreasing",
});
