import { movesOnly } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { sameShape } from "./shapes.ts";

/**
 * The same value under another identity: what a derivative is taken with respect to. `id` keeps
 * nested derivatives apart. Removed before anything is compiled.
 */
export const alias: Primitive<1, { readonly id: number }> = {
  arity: 1,
  shape: sameShape,
  vjp: (_ops, _inputs, cotangent) => [cotangent],
  emitJs: ([x]) => x!,
  emitOnnx: (graph, inputs) => graph.node("Identity", inputs),
  cost: movesOnly,
  curvature: "affine",
  monotonicity: "increasing",
};
