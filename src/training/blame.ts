import { allocate, isFloat, type TypedArray } from "../array/dtype.ts";
import type { Program } from "../array/program.ts";
import { formatShape } from "../array/shape.ts";
import { compileKernel } from "../runtime/js/compile.ts";

/**
 * The first operation of a program whose result is not finite while all it is given is: its name and
 * shape. Evaluates the program on the JavaScript engine, keeping every intermediate result.
 */
export function findBadOperation(
  program: Program,
  inputs: readonly TypedArray[],
): string | undefined {
  const watched = program.nodes.filter(
    (node) => isFloat(node.dtype) && node.op !== "constant" && node.op !== "input",
  );
  const results = watched.map(({ dtype, size }) => allocate(dtype, size));
  compileKernel({ ...program, outputs: watched })(...inputs, ...results);
  const index = results.findIndex((values) => values.some((value) => !Number.isFinite(value)));
  const node = watched[index];
  if (node === undefined) return undefined;
  const bad = results[index]!.find((value) => !Number.isFinite(value));
  return `${node.op} of ${node.inputs.map(({ shape }) => formatShape(shape)).join(" and ")} gave ${bad}`;
}
