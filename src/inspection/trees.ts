import { NDArray } from "../array/ndarray.ts";
import { formatShape } from "../array/shape.ts";
import { sameStructure, type Tree, unflatten } from "../array/tree.ts";
import { NadirError } from "../base/errors.ts";
import type { Vector } from "../linalg/ask.ts";
import { drawOrRead, streams, type Values } from "../training/values.ts";

/** Arrays end to end. */
export function flatOf({ arrays }: Values): Vector {
  const flat = new Float64Array(arrays.reduce((sum, { size }) => sum + size, 0));
  let offset = 0;
  for (const { data } of arrays) {
    flat.set(data, offset);
    offset += data.length;
  }
  return flat;
}

/**
 * Another point, or a direction, laid end to end as the params are.
 *
 * @param name - what it is called: `to`, `trajectory`
 * @param place - which one of several it is, for the message
 * @throws NadirError `inspect/${name}` for arrays of other shapes
 */
export function flatLike(given: unknown, like: Values, name: string, place = name): Vector {
  const values = drawOrRead(
    given,
    0,
    streams.params,
    like.arrays[0]?.dtype === "f32" ? "f32" : "f64",
    name,
  );
  const shapes = ({ arrays }: Values): string =>
    arrays.map(({ shape }) => formatShape(shape)).join(" ");
  if (sameStructure(values.structure, like.structure) && shapes(values) === shapes(like))
    return flatOf(values);
  throw new NadirError(`inspect/${name}`, `${place} has arrays ${shapes(values)}`, {
    expected: `those of the point: ${shapes(like)}`,
  });
}

/** A flat vector's parts, shaped as the params. */
export function leavesOf(x: Vector, { arrays }: Values): NDArray[] {
  let offset = 0;
  return arrays.map(({ shape, size, dtype }) => {
    const part = x.slice(offset, offset + size);
    offset += size;
    return new NDArray(dtype === "f32" ? Float32Array.from(part) : part, shape, dtype);
  });
}

/** A flat vector in the form of the params. */
export const treeOf = (x: Vector, like: Values): Tree<NDArray> =>
  unflatten(like.structure, leavesOf(x, like));
