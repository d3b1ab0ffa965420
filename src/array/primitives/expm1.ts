import { onePerElement } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { requireFloat, sameShape } from "./shapes.ts";

/** Elementwise eˣ − 1, exact for small x. */
export const expm1: Primitive<1> = {
  arity: 1,
  shape: (inputs) => {
    requireFloat("expm1", ...inputs);
    return sameShape(inputs);
  },
  vjp: (ops, _inputs, cotangent, node) => [ops.mul(cotangent, node.add(1))],
  emitJs: ([x]) => `Math.expm1(${x})`,
  // eˣ − 1 = 2t/(1 − t) with t = tanh(x/2), which does not cancel near 0; far out, eˣ − 1 itself.
  emitOnnx: (graph, [x], node) => {
    const constant = (value: number) =>
      graph.constant(
        node.dtype === "f64" ? new Float64Array([value]) : new Float32Array([value]),
        [],
        node.dtype,
      );
    const one = constant(1);
    const t = graph.node("Tanh", [graph.node("Mul", [x!, constant(0.5)])]);
    const near = graph.node("Div", [
      graph.node("Mul", [t, constant(2)]),
      graph.node("Sub", [one, t]),
    ]);
    const far = graph.node("Sub", [graph.node("Exp", [x!]), one]);
    return graph.node("Where", [graph.node("Less", [graph.node("Abs", [x!]), one]), near, far]);
  },
  cost: onePerElement,
  curvature: "convex",
  monotonicity: "increasing",
};
