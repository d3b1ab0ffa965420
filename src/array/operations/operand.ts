import { NadirError } from "../../base/errors.ts";
import { type DType, isFloat } from "../dtype.ts";
import { currentGraph, type Graph, isTensor } from "../graph.ts";
import { type ArrayLike, NDArray } from "../ndarray.ts";
import type { OpName } from "../primitives/registry.ts";
import { broadcastShapes, type Shape, sameShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** What an operation takes beside tensors: numbers, nested numbers and typed arrays are constants. */
export type Operand = Tensor | ArrayLike | boolean;

/** Plain numbers take the dtype of what they meet; arrays with a dtype of their own keep it. */
export const isWeak = (value: Operand): boolean =>
  !isTensor(value) && !(value instanceof NDArray) && !ArrayBuffer.isView(value);

/** An operand as a tensor of a graph. `dtype` is for plain numbers. */
export function lift(value: Operand, graph: Graph, dtype?: DType): Tensor {
  if (isTensor(value)) return value;
  if (typeof value === "boolean") return graph.full([], Number(value), "bool");
  if (typeof value === "number") return graph.full([], value, dtype ?? graph.floatType);
  return graph.constant(
    NDArray.of(value, undefined, isWeak(value) ? (dtype ?? graph.floatType) : undefined),
  );
}

/** The graph of the first tensor among the operands, else the one being recorded. */
export function graphOf(operation: string, ...values: readonly unknown[]): Graph {
  for (const value of values) if (isTensor(value)) return value.graph;
  return currentGraph(operation);
}

/** One operand as a tensor. */
export const tensor = (operation: string, value: Operand): Tensor =>
  isTensor(value) ? value : lift(value, currentGraph(operation));

/** Repeats along missing axes and axes of length 1. */
export function stretch(x: Tensor, shape: Shape): Tensor {
  return sameShapes(x.shape, shape) ? x : x.graph.record("broadcastTo", [x], { shape });
}

/** The dtype that two operands meet in: booleans and integers give way to floats. */
export function commonDtype(operation: string, a: Tensor, b: Tensor): DType {
  if (a.dtype === b.dtype) return a.dtype;
  if (isFloat(a.dtype) && isFloat(b.dtype)) {
    throw new NadirError(
      `${operation}/dtype`,
      `${operation}: cannot combine ${a.dtype} with ${b.dtype}`,
      {
        expected: "one float dtype",
        hint: `convert one of them, as in x.cast("${a.dtype}")`,
      },
    );
  }
  if (isFloat(a.dtype)) return a.dtype;
  if (isFloat(b.dtype)) return b.dtype;
  return "i32";
}

/** The operations that booleans have; for all others they count as the integers 0 and 1. */
const ofBooleans: ReadonlySet<OpName> = new Set(["and", "or", "equal"]);

/** Records a binary elementwise operation of anything that broadcasts. */
export function binary(op: OpName, a: Operand, b: Operand): Tensor {
  const graph = isTensor(a) ? a.graph : graphOf(op, b);
  const [left, right] = liftPair(graph, a, b);
  const common = commonDtype(op, left, right);
  const dtype = common === "bool" && !ofBooleans.has(op) ? "i32" : common;
  const shape = broadcastShapes(op, left.shape, right.shape);
  return graph.record(
    op,
    [stretch(convert(left, dtype), shape), stretch(convert(right, dtype), shape)],
    {},
  );
}

/** Two operands as tensors, plain numbers in the dtype of what they meet. */
export function liftPair(graph: Graph, a: Operand, b: Operand): readonly [Tensor, Tensor] {
  if (isTensor(a) && isTensor(b)) return [a, b];
  if (isWeak(a) && !isWeak(b)) {
    const right = lift(b, graph);
    return [lift(a, graph, weakDtype(a, right.dtype)), right];
  }
  const left = lift(a, graph);
  return [left, lift(b, graph, isWeak(b) ? weakDtype(b, left.dtype) : undefined)];
}

/** Fractional numbers make integers floats; anything else takes the other's dtype. */
function weakDtype(value: Operand, other: DType): DType | undefined {
  if (isFloat(other)) return other;
  return isWhole(value) ? "i32" : undefined;
}

/** True for a whole number that `i32` holds, or numbers nested in arrays that all are. */
export const isWhole = (value: unknown): boolean =>
  Array.isArray(value) ? value.every(isWhole) : typeof value === "number" && (value | 0) === value;

/** Records the conversion, if one is needed. */
export const convert = (x: Tensor, dtype: DType): Tensor =>
  x.dtype === dtype ? x : x.graph.record("cast", [x], { dtype });

/** Integers and booleans as the trace's float dtype, floats as they are. */
export const asFloat = (x: Tensor): Tensor =>
  isFloat(x.dtype) ? x : convert(x, x.graph.floatType);
