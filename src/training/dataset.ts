import { type ArrayLike, NDArray } from "../array/ndarray.ts";
import { formatShape, sizeOf } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import { flatten, type Structure, unflatten } from "../array/tree.ts";
import { NadirError } from "../base/errors.ts";

/** The concrete arrays behind a tree of symbolic ones: `{ x: Tensor }` becomes `{ x: NDArray }`. */
export type ArraysOf<B> = B extends Tensor ? NDArray : { readonly [K in keyof B]: ArraysOf<B[K]> };

/** What a loss sees of a tree of arrays: `{ x: Float32Array }` becomes `{ x: Tensor }`. */
export type BatchOf<A> = A extends ArrayLike ? Tensor : { readonly [K in keyof A]: BatchOf<A[K]> };

/**
 * Samples to train or to measure on: a tree of arrays that share their first axis, one row a sample.
 * `B` is what a loss sees of it, a minibatch of symbolic arrays. Made by `dataset`, which checks it.
 */
export interface Dataset<B> {
  /** Each leaf `[size, …]`. */
  readonly arrays: ArraysOf<B>;
  /** Number of samples. */
  readonly size: number;
}

/**
 * A data set from a tree of arrays, whose first axes count the samples. Typed arrays are not
 * copied; plain numbers become f32, so labels, which are i32, are to be given as an Int32Array.
 *
 * @throws NadirError `data/empty`, `data/rows` if first axes differ, `data/scalar`,
 *   `data/not-finite` with the first row that holds NaN or infinity, `data/bytes` for bytes that
 *   are not 0 or 1
 */
export function dataset<A>(arrays: A): Dataset<BatchOf<A>> {
  const { leaves, paths, structure } = flatten(arrays, isArrayLike, "data");
  const names = paths.map((path) => (path === "" ? "data" : `data.${path}`));
  const read = leaves.map((leaf, i) => {
    if (leaf instanceof Uint8Array) requireBits(leaf, names[i] ?? "data");
    return leaf instanceof NDArray || ArrayBuffer.isView(leaf)
      ? NDArray.of(leaf)
      : NDArray.of(leaf, undefined, "f32");
  });
  for (const [i, array] of read.entries()) requireGood(array, names[i] ?? "data");
  return { arrays: build(structure, read), size: requireEqualRows(read, names) };
}

/** The samples at the given rows, in that order; copies. */
export function takeRows<B>(from: Dataset<B>, rows: ArrayLikeOfRows): Dataset<B> {
  const { leaves, structure } = flatten(from.arrays, isArrayLike, "data");
  const taken = leaves.map((leaf) => {
    const array = NDArray.of(leaf);
    const length = sizeOf(array.shape.slice(1));
    const shape = [rows.length, ...array.shape.slice(1)];
    const part = NDArray.zeros(shape, array.dtype);
    for (let i = 0; i < rows.length; i++) {
      const start = (rows[i] ?? 0) * length;
      part.data.set(array.data.subarray(start, start + length), i * length);
    }
    return part;
  });
  return { arrays: build(structure, taken), size: rows.length };
}

type ArrayLikeOfRows = { readonly length: number; readonly [i: number]: number };

/**
 * Refuses labels that are no class.
 *
 * @param labels - i32, `[n]`
 * @throws NadirError `data/labels` with the first row whose label is not in 0 … classes − 1
 */
export function requireLabels(labels: NDArray, classes: number, name = "label"): void {
  if (labels.dtype !== "i32" || labels.shape.length !== 1) {
    throw new NadirError("data/labels", `${name} is ${labels.dtype} ${formatShape(labels.shape)}`, {
      expected: "one whole number for each sample: i32 [n]",
      hint: "Int32Array.from(labels)",
    });
  }
  const row = labels.data.findIndex((label) => label < 0 || label >= classes);
  if (row < 0) return;
  throw new NadirError("data/labels", `${name} of row ${row} is ${labels.data[row]}`, {
    expected: `a class from 0 to ${classes - 1}`,
  });
}

/** Arrays, views, and numbers nested in lists are leaves; any other list is a branch. */
function isArrayLike(value: unknown): value is ArrayLike {
  if (value instanceof NDArray || ArrayBuffer.isView(value) || typeof value === "number")
    return true;
  if (!Array.isArray(value)) return false;
  return value.length === 0 || typeof value[0] === "number" || isNestedNumbers(value[0]);
}

const isNestedNumbers = (value: unknown): boolean =>
  Array.isArray(value) && (typeof value[0] === "number" || isNestedNumbers(value[0]));

function requireGood(array: NDArray, name: string): void {
  const { data, shape } = array;
  const [size] = shape;
  if (size === undefined) {
    throw new NadirError("data/scalar", `${name} is one number`, {
      expected: "an array whose first axis counts the samples",
    });
  }
  if (size === 0) {
    throw new NadirError("data/empty", `${name} is empty`, { expected: "at least one sample" });
  }
  const bad = firstNotFinite(data);
  if (bad < 0) return;
  const length = data.length / size;
  const row = Math.floor(bad / length);
  const place = length > 1 ? `row ${row}, column ${bad % length}` : `row ${row}`;
  throw new NadirError("data/not-finite", `${name} holds ${data[bad]} in ${place}`, {
    expected: "finite numbers",
    hint: "drop that row, or fill in the missing value",
  });
}

/** Refuses bytes that are no truth values. */
function requireBits(bytes: Uint8Array, name: string): void {
  const row = bytes.findIndex((byte) => byte > 1);
  if (row < 0) return;
  throw new NadirError("data/bytes", `${name} holds the byte ${bytes[row]} in row ${row}`, {
    expected: "0 or 1: a Uint8Array is read as true and false",
    hint: "Float32Array.from(bytes, (b) => b / 255) for pictures, Int32Array.from(bytes) for labels",
  });
}

function firstNotFinite(data: NDArray["data"]): number {
  if (data instanceof Int32Array || data instanceof Uint8Array) return -1;
  // x − x is 0 for every finite x and NaN else: one pass without a call for each element.
  for (let i = 0; i < data.length; i++) if (data[i]! - data[i]! !== 0) return i;
  return -1;
}

function requireEqualRows(arrays: readonly NDArray[], names: readonly string[]): number {
  const sizes = arrays.map(({ shape }) => shape[0] ?? 0);
  const [size] = sizes;
  if (size === undefined) {
    throw new NadirError("data/empty", "the data hold no array", {
      expected: "at least one, such as { x, label }",
    });
  }
  const odd = sizes.findIndex((other) => other !== size);
  if (odd < 0) return size;
  throw new NadirError(
    "data/rows",
    `${names[0]} has ${size} rows, ${names[odd]} has ${sizes[odd]}`,
    {
      expected: "one row a sample, so as many in each array",
    },
  );
}

const build = <B>(structure: Structure, leaves: readonly NDArray[]): ArraysOf<B> =>
  unflatten(structure, leaves) as ArraysOf<B>; // the structure is that of a tree of B's shape
