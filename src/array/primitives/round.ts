import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise nearest whole number, halves to the even one, as IEEE 754 and NumPy. Derivative zero. */
export const round: Primitive<1> = floatFunction("round", {
  vjp: () => [undefined],
  // 2 · round(x/2) at the halves: Math.round goes up there, which is wrong for 0.5, 2.5, …
  js: ([x]) =>
    `(${x} % 1 === 0.5 || ${x} % 1 === -0.5 ? 2 * Math.round(${x} / 2) : Math.round(${x}))`,
  onnx: "Round",
  curvature: "unknown",
  monotonicity: "increasing",
});
