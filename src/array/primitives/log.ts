import { emitLog } from "./emitLog.ts";
import { floatFunction } from "./families.ts";
import type { Primitive } from "./primitive.ts";

const rule = floatFunction("log", {
  vjp: (ops, [x], cotangent) => [ops.div(cotangent, x)],
  js: ([x]) => `Math.log(${x})`,
  onnx: "Log",
  curvature: "concave",
  monotonicity: "increasing",
});

/** Elementwise natural logarithm; NaN below 0, −∞ at 0. */
export const log: Primitive<1> = {
  ...rule,
  emitOnnx: (graph, [x], node) => emitLog(graph, x!, node),
};
