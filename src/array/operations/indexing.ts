import { NadirError } from "../../base/errors.ts";
import type { DType } from "../dtype.ts";
import type { ConstantAttrs } from "../primitives/constant.ts";
import { formatShape, normalizeAxis, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add, equal, mul } from "./elementwise.ts";
import {
  convert,
  graphOf,
  isWeak,
  isWhole,
  lift,
  type Operand,
  stretch,
  tensor,
} from "./operand.ts";
import { expandDims, reshape } from "./shaping.ts";

function integers(operation: string, indices: Operand, like?: Tensor): Tensor {
  if (isWeak(indices) && !isWhole(indices)) {
    throw new NadirError(`${operation}/dtype`, `${operation}: an index is ${fraction(indices)}`, {
      expected: "whole numbers",
    });
  }
  const value = lift(indices, like?.graph ?? graphOf(operation, indices), "i32");
  if (value.dtype === "i32") return value;
  throw new NadirError(`${operation}/dtype`, `${operation}: indices have dtype ${value.dtype}`, {
    expected: "i32",
    hint: 'convert them: indices.cast("i32")',
  });
}

/** The first of nested numbers that is not whole. */
const fraction = (value: unknown): unknown =>
  Array.isArray(value) ? fraction(value.find((item) => !isWhole(item))) : value;

/** Refuses indices that are known while tracing and lie outside an axis. @throws NadirError `${operation}/index` */
function requireWithin(operation: string, indices: Tensor, length: number): Tensor {
  if (indices.op !== "constant" || indices.size === 0) return indices;
  const { value, data } = indices.attrs as object as ConstantAttrs; // a constant's own attributes
  let [low, high] = [value ?? length, value ?? -1];
  for (const index of data ?? []) [low, high] = [Math.min(low, index), Math.max(high, index)];
  if (low >= 0 && high < length) return indices;
  throw new NadirError(
    `${operation}/index`,
    `${operation}: the indices go from ${low} to ${high}, along an axis of length ${length}`,
    {
      expected: length === 0 ? "no index: the axis is empty" : `indices from 0 to ${length - 1}`,
      hint: low < 0 ? "count from the front: negative indices are not read" : undefined,
    },
  );
}

/**
 * Elements at positions of an axis, which is replaced by the axes of `indices` (`i32`, from 0, below the axis' length).
 *
 * @throws NadirError `take/index` for positions known while tracing that lie outside, `take/dtype` unless they are i32, `take/axis`
 */
export function take(x: Operand, indices: Operand, axis = 0): Tensor {
  const value = tensor("take", x);
  const at = normalizeAxis("take", axis, value.shape.length);
  const places = requireWithin("take", integers("take", indices, value), value.shape[at]!);
  return value.graph.record("gather", [value, places], { axis: at });
}

/**
 * One element of each row of the last axis: x `[…, n]` at indices `[…]` gives `[…]`.
 *
 * @throws NadirError `takeLast/index` for positions known while tracing that lie outside, `takeLast/dtype` unless they are i32,
 *   `takeLast/shape` unless there is one for each row
 */
export function takeLast(x: Operand, indices: Operand): Tensor {
  const value = tensor("takeLast", x);
  const places = integers("takeLast", indices, value);
  const lead = value.shape.slice(0, -1);
  if (formatShape(places.shape) !== formatShape(lead)) {
    throw new NadirError(
      "takeLast/shape",
      `takeLast: indices ${formatShape(places.shape)} for an array of shape ${formatShape(value.shape)}`,
      {
        expected: `indices of shape ${formatShape(lead)}`,
      },
    );
  }
  const width = value.shape[value.shape.length - 1]!;
  requireWithin("takeLast", places, width);
  const rows = value.graph.record("iota", [], { shape: [sizeOf(lead)], axis: 0, dtype: "i32" });
  const flat = add(mul(rows, width), reshape(places, [sizeOf(lead)]));
  return reshape(take(reshape(value, [value.size]), flat), lead);
}

/** 1 at each index, else 0, along a new last axis of length `classes`. Indices outside give rows of zeros. */
export function oneHot(indices: Operand, classes: number, dtype?: DType): Tensor {
  const places = integers("oneHot", indices);
  const shape = [...places.shape, classes];
  const positions = places.graph.record("iota", [], {
    shape,
    axis: shape.length - 1,
    dtype: "i32",
  });
  return convert(equal(expandDims(places, -1), positions), dtype ?? places.graph.floatType);
}

/**
 * Adds updates `[…indices.shape, …rest]` into `length` rows of zeros at the rows `indices` name; repeats sum.
 *
 * @throws NadirError `scatterAdd/index` for positions known while tracing that lie outside, `scatterAdd/dtype` unless they are i32,
 *   `scatterAdd/shape` unless the updates' leading axes are those of the indices
 */
export function scatterAdd(indices: Operand, updates: Operand, length: number): Tensor {
  const value = tensor("scatterAdd", updates);
  const places = integers("scatterAdd", indices, value);
  const lead = value.shape.slice(0, places.shape.length);
  if (formatShape(lead) !== formatShape(places.shape)) {
    throw new NadirError(
      "scatterAdd/shape",
      `scatterAdd: updates ${formatShape(value.shape)} for indices ${formatShape(places.shape)}`,
      {
        expected: "updates whose leading axes are those of the indices",
      },
    );
  }
  requireWithin("scatterAdd", places, length);
  return value.graph.record("scatterAdd", [places, value], { axis: 0, length });
}

/** Positions that sort an axis, the last unless said; equal elements keep their order. `i32`. */
export function argSort(
  x: Operand,
  options: { readonly axis?: number; readonly descending?: boolean } = {},
): Tensor {
  const value = tensor("argSort", x);
  return alongLast("argSort", value, options.axis ?? -1, (rows) =>
    rows.graph.record("argSort", [rows], { descending: options.descending ?? false }),
  );
}

/** Sorts along an axis, the last unless said. */
export function sort(
  x: Operand,
  options: { readonly axis?: number; readonly descending?: boolean } = {},
): Tensor {
  const value = tensor("sort", x);
  return alongLast("sort", value, options.axis ?? -1, (rows) =>
    takeRows(
      rows,
      rows.graph.record("argSort", [rows], { descending: options.descending ?? false }),
    ),
  );
}

/** The `count` largest elements of the last axis, descending, and their positions. @throws NadirError `topK/count` unless from 1 to its length */
export function topK(
  x: Operand,
  count: number,
): { readonly values: Tensor; readonly indices: Tensor } {
  const value = tensor("topK", x);
  const length = value.shape[value.shape.length - 1] ?? 0;
  if (!Number.isInteger(count) || count < 1 || count > length) {
    throw new NadirError("topK/count", `topK: cannot take ${count} of ${length} elements`, {
      expected: `a whole number from 1 to ${length}`,
    });
  }
  const order = value.graph.record("argSort", [value], { descending: true });
  const starts = value.shape.map(() => 0);
  const stops = value.shape.map((n, i) => (i === value.shape.length - 1 ? count : n));
  const indices = value.graph.record("slice", [order], {
    starts,
    stops,
    strides: starts.map(() => 1),
  });
  return { values: takeRows(value, indices), indices };
}

/** Elements of each row of the last axis: x `[…, n]` at indices `[…, k]` gives `[…, k]`. */
function takeRows(x: Tensor, indices: Tensor): Tensor {
  const width = x.shape[x.shape.length - 1]!;
  const rows = indices.shape.slice(0, -1);
  const row = x.graph.record("iota", [], { shape: [sizeOf(rows), 1], axis: 0, dtype: "i32" });
  const start = stretch(reshape(mul(row, width), [...rows, 1]), indices.shape);
  return take(reshape(x, [x.size]), add(indices, start));
}

function alongLast(
  operation: string,
  x: Tensor,
  axis: number,
  apply: (rows: Tensor) => Tensor,
): Tensor {
  const at = normalizeAxis(operation, axis, x.shape.length);
  const order = x.shape.map((_, i) => i);
  order.push(...order.splice(at, 1));
  const moved = x.graph.record("transpose", [x], { order });
  return x.graph.record("transpose", [apply(moved)], {
    order: order.map((_, i) => order.indexOf(i)),
  });
}
