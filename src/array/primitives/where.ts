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
  emitOnnx: (graph, inputs, { dtype }) => {
    if (dtype !== "bool") return graph.node("Where", inputs);
    // ONNX Runtime has no Where of booleans: (condition ∧ a) ∨ (¬condition ∧ b).
    const [condition, a, b] = inputs;
    const otherwise = graph.node("And", [graph.node("Not", [condition!]), b!]);
    return graph.node("Or", [graph.node("And", [condition!, a!]), otherwise]);
  },
  cost: onePerElement,
  curvature: "unknown",
};
