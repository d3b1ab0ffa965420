import { NadirError } from "../base/errors.ts";

/** Lengths of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  return strides;
}

/** `[32, 784]`, as error messages write it. */
export const formatShape = (shape: Shape): string => `[${shape.join(", ")}]`;

/** True if both have the same axes. */
export function sameShapes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/**
 * The axis counted from the front; negative ones count from the back.
 *
 * @throws NadirError `${operation}/axis` if there is no such axis
 */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && positive >= 0 && positive < rank) return positive;
  throw new NadirError(
    `${operation}/axis`,
    `${operation}: there is no axis ${axis} in an array of rank ${rank}`,
    {
      expected:
        rank === 0 ? "no axis: the array is a scalar" : `an axis from ${-rank} to ${rank - 1}`,
    },
  );
}

/** Axes counted from the front, sorted, without repeats; all of them if none are given. */
export function normalizeAxes(
  operation: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = (typeof axes === "number" ? [axes] : axes).map((axis) =>
    normalizeAxis(operation, axis, rank),
  );
  if (new Set(list).size !== list.length) {
    throw new NadirError(
      `${operation}/axis`,
      `${operation}: axis repeated in ${formatShape(list)}`,
      {
        expected: "each axis once",
      },
    );
  }
  return list.sort((a, b) => a - b);
}

/**
 * The shape both broadcast to, by NumPy's rule: aligned at the last axis, lengths equal or 1.
 *
 * @throws NadirError `${operation}/shape` if they do not
 */
export function broadcastShapes(operation: string, a: Shape, b: Shape): Shape {
  if (sameShapes(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let back = rank; back >= 1; back--) {
    const left = a[a.length - back] ?? 1;
    const right = b[b.length - back] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new NadirError(
        `${operation}/shape`,
        `${operation}: cannot combine ${formatShape(a)} with ${formatShape(b)}`,
        {
          expected: `lengths, counted from the last axis, that are equal or 1; axis -${back} has ${left} and ${right}`,
          hint: "reshape one of them, or insert an axis of length 1 with expandDims",
        },
      );
    }
    shape.push(left === 1 ? right : left);
  }
  return shape;
}
