import { NDArray } from "../array/ndarray.ts";
import { flatten, type Structure, unflatten } from "../array/tree.ts";
import { isLeaf, type Leaf } from "../autodiff/variables.ts";
import { NadirError } from "../base/errors.ts";
import type { Vector } from "../linalg/ask.ts";

/** A start taken apart: its leaves, and their elements laid end to end. */
export interface Start {
  readonly arrays: readonly NDArray[];
  /** The leaves' names, as in `layers.0.w`; "" for a start that is one array. */
  readonly paths: readonly string[];
  readonly structure: Structure;
  readonly x: Vector;
}

/**
 * Reads a start: every leaf as an array of the dtype.
 *
 * @throws NadirError `minimize/x0` if it is empty or holds a number that is not finite
 */
export function readStart(x0: unknown, dtype: "f32" | "f64"): Start {
  const { leaves, paths, structure } = flatten(x0, isLeaf, "x0");
  const arrays = leaves.map((leaf: Leaf) => NDArray.of(leaf as NDArray, undefined, dtype));
  const x = new Float64Array(arrays.reduce((sum, { size }) => sum + size, 0));
  if (x.length === 0)
    throw new NadirError("minimize/x0", "minimize: x0 is empty", {
      expected: "at least one number",
    });
  let offset = 0;
  arrays.forEach(({ data }, i) => {
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new NadirError(
        "minimize/x0",
        `minimize: x0${paths[i] === "" ? "" : `.${paths[i]}`} holds ${data[bad]} at position ${bad}`,
        { expected: "finite numbers" },
      );
    }
    x.set(data, offset);
    offset += data.length;
  });
  return { arrays, paths, structure, x };
}

/** The flat result in the form the start was given in: numbers, nested numbers, typed arrays, NDArrays. */
export function writeLike<X>(x0: X, x: Vector, { structure, arrays }: Start): X {
  const { leaves } = flatten(x0, isLeaf, "x0");
  let offset = 0;
  const written = leaves.map((leaf: Leaf, i): unknown => {
    const like = arrays[i]!;
    const part = x.subarray(offset, offset + like.size);
    offset += like.size;
    if (leaf instanceof Float32Array) return Float32Array.from(part);
    if (ArrayBuffer.isView(leaf)) return Float64Array.from(part);
    const array = NDArray.of(Float64Array.from(part), like.shape);
    if (leaf instanceof NDArray)
      return NDArray.of(array, undefined, leaf.dtype === "f32" ? "f32" : "f64");
    return array.toArray();
  });
  return unflatten(structure, written) as X; // the same structure, each leaf in the form of x0's
}
