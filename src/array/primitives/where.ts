import { onePerElement } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { sameShape } from "./shapes.ts";

/** Elementwise choice: `a` where the condition holds, else `b`. The condition has no derivative. */
export const where: Primitive<3> = {
  arity: 3,
  shape: sameShape,
  dtype: (inputs) => inputs[1]!.dtype,
  vjp: (ops, [condition, a], cotangent) => {
    const zero = a.graph.full(a.shape, 0, a.dtype);
    return [
      undefined,
      ops.where(condition, cotangent, zero),
      ops.where(condition, zero, cotangent),
    ];
  },
  emitJs: ([condition, a, b]) => `(${condition} ? ${a} : ${b})`,
  emitOnnx: (graph, inputs) => graph.node("Where", inputs),
  cost: onePerElement,
  curvature: "unknown",
};
