import { arithmetic } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise a · b. Integers wrap at 32 bits. Affine in each factor while the other is held. */
export const mul: Primitive<2> = arithmetic(2, {
  vjp: (ops, [a, b], cotangent) => [ops.mul(cotangent, b), ops.mul(cotangent, a)],
  js: ([a, b], dtype) => (dtype === "i32" ? `Math.imul(${a}, ${b})` : `(${a} * ${b})`),
  onnx: "Mul",
  curvature: "unknown",
});
