import { movesOnly } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { sameShape } from "./shapes.ts";

/** The same value, held constant by every derivative. */
export const stopGradient: Primitive<1> = {
  arity: 1,
  shape: sameShape,
  vjp: () => [undefined],
  emitJs: ([x]) => x!,
  emitOnnx: (graph, inputs) => graph.node("Identity", inputs),
  cost: movesOnly,
  curvature: "affine",
  monotonicity: "increasing",
};
