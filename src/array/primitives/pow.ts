import { onePerElement } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { requireFloat, sameShape } from "./shapes.ts";

/**
 * Elementwise aᵇ. NaN for negative a and fractional b. The derivative in b at a = 0 is taken as 0,
 * so that x ↦ xⁿ with a constant exponent has finite derivatives at 0.
 */
export const pow: Primitive<2> = {
  arity: 2,
  shape: (inputs) => {
    requireFloat("pow", ...inputs);
    return sameShape(inputs);
  },
  vjp: (ops, [a, b], cotangent, node) => {
    const zero = a.graph.full(a.shape, 0, a.dtype);
    const isZero = ops.equal(a, zero);
    const logA = ops.log(ops.where(isZero, zero.add(1), a));
    return [
      // 0 where b is, which 0 · 0⁻¹ would not be.
      ops.mul(cotangent, ops.where(ops.equal(b, zero), zero, ops.mul(b, ops.pow(a, b.sub(1))))),
      ops.mul(cotangent, ops.where(isZero, zero, ops.mul(node, logA))),
    ];
  },
  emitJs: ([a, b]) => `Math.pow(${a}, ${b})`,
  emitOnnx: (graph, inputs) => graph.node("Pow", inputs),
  cost: onePerElement,
  curvature: "unknown",
};
