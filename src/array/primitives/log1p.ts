import { onePerElement } from "./cost.ts";
import { emitLog1p } from "./emitLog1p.ts";
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
  emitOnnx: (graph, [x], node) => emitLog1p(graph, x!, node),
  cost: onePerElement,
  curvature: "concave",
  monotonicity: "increasing",
};
