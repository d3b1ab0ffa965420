import type { OnnxWriter } from "./primitive.ts";

/** Arrays up to this size ONNX Runtime gives to one thread, with room to spare. */
const oneThread = 8192;

/**
 * log x. ONNX Runtime's Log computes most elements several at a time and the last few of each thread one
 * by one, with other last bits: for arrays that several threads share, the logarithm of a sum of one,
 * which is computed one by one throughout.
 */
export function emitLog(graph: OnnxWriter, x: string, { size }: { readonly size: number }): string {
  if (size <= oneThread) return graph.node("Log", [x]);
  const last = graph.ints([-1]);
  return graph.node("ReduceLogSum", [graph.node("Unsqueeze", [x, last]), last], { keepdims: 0 });
}
