import { requireCount } from "../../base/require.ts";
import type { DType } from "../dtype.ts";
import { currentGraph } from "../graph.ts";
import { type ArrayLike, NDArray } from "../ndarray.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add, equal, mul } from "./elementwise.ts";
import { convert, lift } from "./operand.ts";

/** The same number in every element. `dtype` is the trace's float dtype unless said, as for all of these. */
export function full(shape: Shape, value: number, dtype?: DType): Tensor {
  const graph = currentGraph("full");
  return graph.full(shape, value, dtype ?? graph.floatType);
}
/** Zeros. */
export const zeros = (shape: Shape, dtype?: DType): Tensor => full(shape, 0, dtype);
/** Ones. */
export const ones = (shape: Shape, dtype?: DType): Tensor => full(shape, 1, dtype);

/** Numbers or a typed array as a constant. Numbers take the trace's float dtype, typed arrays keep theirs, unless one is given. */
export function array(value: ArrayLike, dtype?: DType): Tensor {
  const graph = currentGraph("array");
  const found = lift(value, graph, dtype);
  return dtype === undefined || found.dtype === dtype
    ? found
    : graph.constant(NDArray.of(value, undefined, dtype));
}

/** `[0, 1, …, count − 1]`, `i32` unless said. @throws NadirError `arange/count` unless a whole number of at least 0 */
export function arange(count: number, dtype: DType = "i32"): Tensor {
  requireCount("arange/count", count, 0);
  return currentGraph("arange").record("iota", [], { shape: [count], axis: 0, dtype });
}

/** `count` numbers from `start` to `stop`, both included, evenly spaced. @throws NadirError `linspace/count` unless a whole number of at least 2 */
export function linspace(
  start: number,
  stop: number,
  count: number,
  dtype?: "f32" | "f64",
): Tensor {
  requireCount("linspace/count", count, 2);
  const positions = arange(count, dtype ?? currentGraph("linspace").floatType);
  return add(mul(positions, (stop - start) / (count - 1)), start);
}

/** The identity matrix `[size, size]`. @throws NadirError `eye/size` unless a whole number of at least 0 */
export function eye(size: number, dtype?: DType): Tensor {
  requireCount("eye/size", size, 0);
  const graph = currentGraph("eye");
  const along = (axis: number): Tensor =>
    graph.record("iota", [], { shape: [size, size], axis, dtype: "i32" });
  return convert(equal(along(0), along(1)), dtype ?? graph.floatType);
}
