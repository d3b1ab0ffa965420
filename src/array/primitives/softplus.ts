import { emitLog1p } from "./emitLog1p.ts";
import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

const rule = floatFunction("softplus", {
  vjp: (ops, [x], cotangent) => [ops.mul(cotangent, ops.sigmoid(x))],
  js: ([x]) => `(Math.max(${x}, 0) + Math.log1p(Math.exp(-Math.abs(${x}))))`,
  onnx: "Softplus",
  curvature: "convex",
  monotonicity: "increasing",
});

/**
 * Elementwise log(1 + eˣ), without overflow. A primitive, because max(x, 0) + log(1 + e^(−|x|)), which
 * computes it, has a kink in each part at 0, where rules of derivatives for the parts would all be wrong.
 */
export const softplus: Primitive<1> = {
  ...rule,
  // ONNX Runtime has Softplus in single precision only.
  emitOnnx: (graph, [x], node) => {
    const small = graph.node("Exp", [graph.node("Neg", [graph.node("Abs", [x!])])]);
    return graph.node("Add", [graph.node("Relu", [x!]), emitLog1p(graph, small, node)]);
  },
};
