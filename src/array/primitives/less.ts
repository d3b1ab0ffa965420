import { predicate } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise a < b; false where either is NaN. */
export const less: Primitive<2> = predicate(2, {
  js: ([a, b]) => `(${a} < ${b} ? 1 : 0)`,
  onnx: "Less",
  onnxOfBooleans: (graph, [a, b]) => graph.node("And", [graph.node("Not", [a!]), b!]),
});
