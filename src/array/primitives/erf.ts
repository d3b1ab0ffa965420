import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise error function erf x = 2/√π ∫₀ˣ e^(−t²) dt, in (−1, 1). */
export const erf: Primitive<1> = floatFunction("erf", {
  vjp: (ops, [x], cotangent) => [
    ops.mul(cotangent, ops.exp(ops.neg(ops.mul(x, x))).mul(2 / Math.sqrt(Math.PI))),
  ],
  js: ([x]) => `erf(${x})`,
  onnx: "Erf",
  curvature: "unknown",
  monotonicity: "increasing",
});
