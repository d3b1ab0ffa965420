import { createHash } from "node:crypto";
import type { TypedArray } from "../../array/dtype.ts";
import { NDArray } from "../../array/ndarray.ts";
import { finish, type Program, record } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { Engine, EngineOptions } from "../engine.ts";
import { jsEngine } from "../js/engine.ts";
import { onnxEngine } from "./engine.ts";

/** A function of arrays as a program fit to compile. */
export const programOf = (
  f: (...inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly NDArray[],
): Program => finish(record(inputs, f));

/** One evaluation of a program on an engine. */
export async function runOn(
  engine: Engine,
  program: Program,
  inputs: readonly NDArray[],
  options: EngineOptions = {},
): Promise<NDArray[]> {
  const executable = await engine.compile(program, options);
  try {
    const results = await executable.run(inputs.map(({ data }) => data));
    return program.outputs.map(({ shape, dtype }, i) => new NDArray(results[i]!, shape, dtype));
  } finally {
    await executable.dispose();
  }
}

/** One evaluation on each engine: JavaScript's, then ONNX Runtime's. */
export async function onBoth(
  program: Program,
  inputs: readonly NDArray[],
): Promise<readonly [js: NDArray[], onnx: NDArray[]]> {
  return [await runOn(jsEngine, program, inputs), await runOn(onnxEngine, program, inputs)];
}

/**
 * How far two arrays are apart, relative to the element itself, or for sums of many terms to the
 * largest element of the array. Infinite where just one is NaN or infinite, or if types differ.
 */
export function relativeDistance(a: NDArray, b: NDArray, to: "element" | "largest"): number {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return Number.POSITIVE_INFINITY;
  const finite = Array.from(b.data, Math.abs).filter(Number.isFinite);
  const largest = finite.reduce((x, y) => Math.max(x, y), 0);
  let worst = 0;
  // Below the smallest normal number an element has no relative precision, and may as well be 0.
  const smallest = a.dtype === "f64" ? 2 ** -1022 : 2 ** -126;
  a.data.forEach((value, i) => {
    const other = b.data[i]!;
    if (value === other || (Number.isNaN(value) && Number.isNaN(other))) return;
    if (Math.max(Math.abs(value), Math.abs(other)) < smallest) return;
    const error = Math.abs(value - other) / (to === "element" ? Math.abs(other) : largest);
    worst = Math.max(worst, Number.isFinite(error) ? error : Number.POSITIVE_INFINITY);
  });
  return worst;
}

/** Equal for the same bits, and for them alone. */
export function hashOf(arrays: readonly { readonly data: TypedArray }[]): string {
  const hash = createHash("sha256");
  for (const { data } of arrays)
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest("hex");
}
