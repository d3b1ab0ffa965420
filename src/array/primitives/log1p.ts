import { onePerElement } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { requireFloat, sameShape } from "./shapes.ts";

/** Elementwise log(1 + x), exact for small x; NaN below −1. */
export const log1p: Primitive<1> = {
  arity: 1,
  shape: (inputs) => {
    requireFloat("log1p", ...inputs);
    return sameShape(inputs);
  },
  vjp: (ops, [x], cotangent) => [ops.div(cotangent, x.add(1))],
  emitJs: ([x]) => `Math.log1p(${x})`,
  // ONNX has no log1p. With u = 1 + x rounded, log(u)·x/(u − 1) is accurate to a few ulp, since the
  // rounding of u cancels (Higham 2002, Accuracy and Stability of Numerical Algorithms, §1.14.1).
  emitOnnx: (graph, [x], node) => {
    const one = graph.constant(
      node.dtype === "f64" ? new Float64Array([1]) : new Float32Array([1]),
      [],
      node.dtype,
    );
    const u = graph.node("Add", [x!, one]);
    const exact = graph.node("Sub", [u, one]);
    const isTiny = graph.node("Equal", [u, one]);
    const safe = graph.node("Where", [isTiny, one, exact]);
    const scaled = graph.node("Mul", [graph.node("Log", [u]), graph.node("Div", [x!, safe])]);
    const infinite = graph.node("Equal", [u, x!]); // from 2⁵³ (2²⁴ in f32) on, and at ∞, where x/(u − 1) is 1 or NaN
    return graph.node("Where", [
      isTiny,
      x!,
      graph.node("Where", [infinite, graph.node("Log", [u]), scaled]),
    ]);
  },
  cost: onePerElement,
  curvature: "concave",
  monotonicity: "increasing",
};
