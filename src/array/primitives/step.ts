import { onePerElement } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { requireFloat, sameShape } from "./shapes.ts";

/** Elementwise 1 where x > 0, else 0 (also for NaN), in x's dtype. Derivative zero. */
export const step: Primitive<1> = {
  arity: 1,
  shape: (inputs) => {
    requireFloat("step", ...inputs);
    return sameShape(inputs);
  },
  vjp: () => [undefined],
  emitJs: ([x]) => `(${x} > 0 ? 1 : 0)`,
  emitOnnx: (graph, [x], node) => {
    const zero = graph.constant(
      node.dtype === "f64" ? new Float64Array(1) : new Float32Array(1),
      [],
      node.dtype,
    );
    return graph.cast(graph.node("Greater", [x!, zero]), node.dtype);
  },
  cost: onePerElement,
  curvature: "unknown",
  monotonicity: "increasing",
};
