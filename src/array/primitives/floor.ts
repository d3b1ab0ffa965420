import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise largest whole number not above x. Derivative zero. */
export const floor: Primitive<1> = floatFunction("floor", {
  vjp: () => [undefined],
  js: ([x]) => `Math.floor(${x})`,
  onnx: "Floor",
  curvature: "unknown",
  monotonicity: "increasing",
});
