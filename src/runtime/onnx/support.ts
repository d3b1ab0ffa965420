import type { Program } from "../../array/program.ts";

/** Primitives whose ONNX operators have no double kernel on ONNX Runtime's CPU provider (1.30). */
const noDouble: ReadonlyMap<string, string> = new Map([
  ["conv", "Conv"],
  ["convInputGradient", "ConvTranspose"],
  ["convFilterGradient", "Conv"],
  ["avgPool", "AveragePool"],
  ["avgPoolGradient", "ConvTranspose"],
  ["maxPoolGradient", "AveragePool"],
  ["erf", "Erf"],
  ["asin", "Asin"],
  ["acos", "Acos"],
  ["atan", "Atan"],
]);

/** Why ONNX Runtime cannot run a program, naming the operator; undefined if it can. */
export function refuse(program: Program): string | undefined {
  for (const node of program.nodes) {
    const missing = node.dtype === "f64" ? noDouble.get(node.op) : undefined;
    if (missing !== undefined) return `operator ${missing} (from ${node.op}) has no f64 kernel`;
    const empty = node.shape.includes(0);
    if (empty) return `${node.op} of shape [${node.shape.join(", ")}]: empty arrays are not compiled`;
  }
  return undefined;
}
