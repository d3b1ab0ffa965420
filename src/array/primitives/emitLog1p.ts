import { allocate, type DType } from "../dtype.ts";
import { emitLog } from "./emitLog.ts";
import type { OnnxWriter } from "./primitive.ts";

/**
 * log(1 + x), which ONNX lacks. With u = 1 + x rounded, log(u)·x/(u − 1) is accurate to a few ulp,
 * since the rounding of u cancels.
 *
 * @see Higham (2002), Accuracy and Stability of Numerical Algorithms, §1.14.1
 */
export function emitLog1p(
  graph: OnnxWriter,
  x: string,
  node: { readonly size: number; readonly dtype: DType },
): string {
  const { dtype } = node;
  const one = graph.constant(allocate(dtype, 1).fill(1), [], dtype);
  const u = graph.node("Add", [x, one]);
  const exact = graph.node("Sub", [u, one]);
  const isTiny = graph.node("Equal", [u, one]);
  const safe = graph.node("Where", [isTiny, one, exact]);
  const scaled = graph.node("Mul", [emitLog(graph, u, node), graph.node("Div", [x, safe])]);
  const infinite = graph.node("Equal", [u, x]); // from 2⁵³ (2²⁴ in f32) on, and at ∞, where x/(u − 1) is 1 or NaN
  return graph.node("Where", [
    isTiny,
    x,
    graph.node("Where", [infinite, emitLog(graph, u, node), scaled]),
  ]);
}
