import { arithmetic } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise a − b. Integers wrap at 32 bits. */
export const sub: Primitive<2> = arithmetic(2, {
  vjp: (ops, _inputs, cotangent) => [cotangent, ops.neg(cotangent)],
  js: ([a, b], dtype) => (dtype === "i32" ? `(${a} - ${b} | 0)` : `(${a} - ${b})`),
  onnx: "Sub",
  curvature: "affine",
});
