import { arithmetic } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise −1, 0 or 1. Derivative zero. */
export const sign: Primitive<1> = arithmetic(1, {
  vjp: () => [undefined],
  js: ([x]) => `Math.sign(${x})`,
  onnx: "Sign",
  curvature: "unknown",
  monotonicity: "increasing",
});
