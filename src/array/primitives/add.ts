import { arithmetic } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise a + b. Integers wrap at 32 bits. */
export const add: Primitive<2> = arithmetic(2, {
  vjp: (_ops, _inputs, cotangent) => [cotangent, cotangent],
  js: ([a, b], dtype) => (dtype === "i32" ? `(${a} + ${b} | 0)` : `(${a} + ${b})`),
  onnx: "Add",
  curvature: "affine",
  monotonicity: "increasing",
});
