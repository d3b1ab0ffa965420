import { allocate } from "../dtype.ts";
import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

const rule = floatFunction("sigmoid", {
  vjp: (ops, _inputs, cotangent, node) => [ops.mul(cotangent, ops.mul(node, ops.neg(node).add(1)))],
  js: ([x]) => `(1 / (1 + Math.exp(-${x})))`,
  onnx: "Sigmoid",
  curvature: "unknown",
  monotonicity: "increasing",
});

/** Elementwise logistic function 1/(1 + e⁻ˣ), in (0, 1). */
export const sigmoid: Primitive<1> = {
  ...rule,
  // ONNX Runtime's Sigmoid is 0 from −18 on, whose logarithm is −∞: right to 1e-8, and not to a relative 1e-5.
  emitOnnx: (graph, [x], { dtype }) => {
    const one = graph.constant(allocate(dtype, 1).fill(1), [], dtype);
    const power = graph.node("Exp", [graph.node("Neg", [x!])]);
    return graph.node("Reciprocal", [graph.node("Add", [power, one])]);
  },
};
