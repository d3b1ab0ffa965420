import { allocate, type DType, isFloat } from "../dtype.ts";
import type { OnnxWriter } from "./primitive.ts";

/** Floats with another value for NaN, which ONNX Runtime's searches leave to chance. */
export function withoutNaN(
  graph: OnnxWriter,
  x: string,
  dtype: DType,
  replacement: number,
): string {
  if (!isFloat(dtype)) return x;
  const other = graph.constant(allocate(dtype, 1).fill(replacement), [], dtype);
  return graph.node("Where", [graph.node("IsNaN", [x]), other, x]);
}
