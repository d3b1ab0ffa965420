import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise smallest whole number not below x. Derivative zero. */
export const ceil: Primitive<1> = floatFunction("ceil", {
  vjp: () => [undefined],
  js: ([x]) => `Math.ceil(${x})`,
  onnx: "Ceil",
  curvature: "unknown",
  monotonicity: "increasing",
});
