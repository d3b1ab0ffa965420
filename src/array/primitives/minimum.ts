import { arithmetic } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise minimum of a and b; NaN if either is. Where they are equal each has half of the derivative. */
export const minimum: Primitive<2> = arithmetic(2, {
  vjp: (ops, [a, b], cotangent) => {
    const half = ops.mul(ops.cast(ops.equal(a, b), { dtype: a.dtype }).mul(0.5), cotangent);
    const first = ops.cast(ops.less(a, b), { dtype: a.dtype });
    const second = ops.cast(ops.less(b, a), { dtype: a.dtype });
    return [ops.mul(first, cotangent).add(half), ops.mul(second, cotangent).add(half)];
  },
  js: ([a, b]) => `Math.min(${a}, ${b})`,
  onnx: "Min",
  curvature: "concave",
  monotonicity: "increasing",
});
