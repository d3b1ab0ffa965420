import { NadirError } from "../../base/errors.ts";
import {
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sameShapes,
  sizeOf,
} from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { graphOf, isWeak, lift, type Operand, stretch, tensor } from "./operand.ts";

/**
 * The same elements under another shape; one length may be −1, and follows from the others.
 *
 * @throws NadirError `reshape/shape` if the number of elements differs
 */
export function reshape(x: Operand, shape: Shape): Tensor {
  const value = tensor("reshape", x);
  const known = sizeOf(shape.filter((length) => length !== -1));
  const holes = shape.filter((length) => length === -1).length;
  const full =
    holes === 1 && known > 0
      ? shape.map((length) => (length === -1 ? value.size / known : length))
      : shape;
  if (
    holes > 1 ||
    sizeOf(full) !== value.size ||
    full.some((length) => !Number.isInteger(length) || length < 0)
  ) {
    throw new NadirError(
      "reshape/shape",
      `reshape: cannot arrange ${formatShape(value.shape)} as ${formatShape(shape)}`,
      {
        expected: `${value.size} elements${holes > 1 ? ", and at most one −1" : ""}`,
      },
    );
  }
  return value.graph.record("reshape", [value], { shape: full });
}

/**
 * Reorders axes: axis `i` of the result is axis `order[i]` of x; reversed if no order is given.
 *
 * @throws NadirError `transpose/order` unless each axis is named once, `transpose/axis`
 */
export function transpose(x: Operand, order?: readonly number[]): Tensor {
  const value = tensor("transpose", x);
  const rank = value.shape.length;
  const axes =
    order?.map((axis) => normalizeAxis("transpose", axis, rank)) ??
    value.shape.map((_, i) => rank - 1 - i);
  if (new Set(axes).size !== rank || axes.length !== rank) {
    throw new NadirError(
      "transpose/order",
      `transpose: ${formatShape(axes)} does not order the axes of ${formatShape(value.shape)}`,
      {
        expected: `each axis from 0 to ${rank - 1} once`,
      },
    );
  }
  return value.graph.record("transpose", [value], { order: axes });
}

/** Repeats along missing axes and axes of length 1. @throws NadirError `broadcastTo/shape` */
export function broadcastTo(x: Operand, shape: Shape): Tensor {
  const value = tensor("broadcastTo", x);
  const lead = shape.length - value.shape.length;
  if (
    lead < 0 ||
    value.shape.some((length, axis) => length !== 1 && length !== shape[axis + lead])
  ) {
    throw new NadirError(
      "broadcastTo/shape",
      `broadcastTo: cannot repeat ${formatShape(value.shape)} to ${formatShape(shape)}`,
      {
        expected: "lengths, counted from the last axis, that are equal or 1",
      },
    );
  }
  return stretch(value, shape);
}

/** Inserts axes of length 1, so that they stand at these places of the result. */
export function expandDims(x: Operand, axis: number | readonly number[]): Tensor {
  const value = tensor("expandDims", x);
  const list = typeof axis === "number" ? [axis] : axis;
  const axes = normalizeAxes("expandDims", list, value.shape.length + list.length);
  const shape = [...value.shape];
  for (const at of axes) shape.splice(at, 0, 1);
  return reshape(value, shape);
}

/** Drops axes of length 1: these, or all. @throws NadirError `squeeze/shape` if one is longer */
export function squeeze(x: Operand, axis?: number | readonly number[]): Tensor {
  const value = tensor("squeeze", x);
  const ones = value.shape.flatMap((length, i) => (length === 1 ? [i] : []));
  const axes = axis === undefined ? ones : normalizeAxes("squeeze", axis, value.shape.length);
  if (axes.some((at) => value.shape[at] !== 1)) {
    throw new NadirError(
      "squeeze/shape",
      `squeeze: axis ${formatShape(axes)} of ${formatShape(value.shape)} cannot be dropped`,
      {
        expected: "axes of length 1",
      },
    );
  }
  return reshape(
    value,
    value.shape.filter((_, i) => !axes.includes(i)),
  );
}

/** A range of positions `[start, stop, step]` of an axis; negative positions count from the end, `null` takes the whole axis. */
export type Range = readonly [start: number, stop?: number | null, step?: number] | null;

/**
 * A regular part of an array, one range for each leading axis. Steps are at least 1; positions beyond an end stop there.
 *
 * @throws NadirError `slice/axis` for more ranges than axes, `slice/range` for positions or steps that are none
 */
export function slice(x: Operand, ...ranges: readonly Range[]): Tensor {
  const value = tensor("slice", x);
  if (ranges.length > value.shape.length) {
    throw new NadirError(
      "slice/axis",
      `slice: ${ranges.length} ranges for an array of shape ${formatShape(value.shape)}`,
      {
        expected: `at most ${value.shape.length}`,
      },
    );
  }
  const bounds = value.shape.map((length, axis) => {
    const [start, stop, step] = ranges[axis] ?? [0];
    const place = (position: number): number =>
      Math.min(length, Math.max(0, position < 0 ? position + length : position));
    const stride = step ?? 1;
    if (![start, stop ?? 0, stride].every(Number.isInteger) || stride < 1) {
      throw new NadirError(
        "slice/range",
        `slice: [${start}, ${stop ?? ""}, ${stride}] is not a range of axis ${axis}`,
        {
          expected: "whole numbers, and a step of at least 1",
          hint: stride < 0 ? "flip the array first" : undefined,
        },
      );
    }
    return { start: place(start), stop: Math.max(place(start), place(stop ?? length)), stride };
  });
  return value.graph.record("slice", [value], {
    starts: bounds.map(({ start }) => start),
    stops: bounds.map(({ stop }) => stop),
    strides: bounds.map(({ stride }) => stride),
  });
}

/**
 * The part at fixed positions of the leading axes, which are dropped: `at(x, 0)` is the first row of
 * a matrix, the first element of a vector. Negative positions count from the end.
 *
 * @throws NadirError `at/index` outside the array
 */
export function at(x: Operand, ...positions: readonly number[]): Tensor {
  const value = tensor("at", x);
  const found = positions.map((position, axis) => {
    const length = value.shape[axis];
    const place = position < 0 && length !== undefined ? position + length : position;
    if (length === undefined || !Number.isInteger(place) || place < 0 || place >= length) {
      throw new NadirError(
        "at/index",
        `at: there is no element ${formatShape(positions)} in an array of shape ${formatShape(value.shape)}`,
        {
          expected:
            length === undefined
              ? `at most ${value.shape.length} positions`
              : `a whole number from ${-length} to ${length - 1} on axis ${axis}`,
        },
      );
    }
    return place;
  });
  const part = slice(value, ...found.map((position) => [position, position + 1] as const));
  return reshape(part, value.shape.slice(positions.length));
}

/** Surrounds an array with a constant: `[before, after]` for each axis, each at least 0. @throws NadirError `pad/widths` */
export function pad(x: Operand, widths: readonly (readonly [number, number])[], fill = 0): Tensor {
  const value = tensor("pad", x);
  if (
    widths.length !== value.shape.length ||
    widths.flat().some((n) => !Number.isInteger(n) || n < 0)
  ) {
    throw new NadirError(
      "pad/widths",
      `pad: ${JSON.stringify(widths)} does not pad an array of shape ${formatShape(value.shape)}`,
      {
        expected: `${value.shape.length} pairs [before, after] of whole numbers of at least 0`,
      },
    );
  }
  return value.graph.record("pad", [value], {
    low: widths.map(([before]) => before),
    high: widths.map(([, after]) => after),
    interior: widths.map(() => 0),
    value: fill,
  });
}

/** Operands of one dtype: the first tensor's for plain numbers. */
function lifted(operation: string, parts: readonly Operand[]): Tensor[] {
  if (parts.length === 0) {
    throw new NadirError(`${operation}/empty`, `${operation}: nothing to join`, {
      expected: "at least one array",
    });
  }
  const graph = graphOf(operation, ...parts);
  const known = parts.find((part) => !isWeak(part));
  const dtype = known === undefined ? graph.floatType : lift(known, graph).dtype;
  const joined = parts.map((part) => lift(part, graph, dtype));
  const other = joined.find((value) => value.dtype !== dtype);
  if (other !== undefined) {
    throw new NadirError(
      `${operation}/dtype`,
      `${operation}: cannot join ${dtype} with ${other.dtype}`,
      {
        expected: "arrays of one dtype",
        hint: `convert with cast("${dtype}")`,
      },
    );
  }
  return joined;
}

/** Joins arrays along an axis. @throws NadirError `concat/shape` if they differ on another */
export function concat(parts: readonly Operand[], axis = 0): Tensor {
  const values = lifted("concat", parts);
  const at = normalizeAxis("concat", axis, values[0]!.shape.length);
  return values[0]!.graph.record("concat", values, { axis: at });
}

/** Joins arrays of one shape along a new axis. @throws NadirError `stack/shape` if they differ in it */
export function stack(parts: readonly Operand[], axis = 0): Tensor {
  const values = lifted("stack", parts);
  const [first] = values;
  const other = values.find(({ shape }) => !sameShapes(shape, first!.shape));
  if (other !== undefined) {
    throw new NadirError(
      "stack/shape",
      `stack: cannot join ${formatShape(first!.shape)} and ${formatShape(other.shape)} along a new axis`,
      { expected: "equal shapes" },
    );
  }
  return concat(
    values.map((value) => expandDims(value, axis)),
    axis,
  );
}

/** Reverses the order along axes, all if none are given. */
export function flip(x: Operand, axis?: number | readonly number[]): Tensor {
  const value = tensor("flip", x);
  return value.graph.record("reverse", [value], {
    axes: normalizeAxes("flip", axis, value.shape.length),
  });
}

/** Parts of an axis: `count` equal ones. @throws NadirError `split/shape` if they do not come out even */
export function split(x: Operand, count: number, axis = 0): Tensor[] {
  const value = tensor("split", x);
  const at = normalizeAxis("split", axis, value.shape.length);
  const length = value.shape[at]! / count;
  if (!Number.isInteger(length)) {
    throw new NadirError(
      "split/shape",
      `split: axis ${axis} of ${formatShape(value.shape)} does not part into ${count}`,
      {
        expected: `a divisor of ${value.shape[at]}`,
      },
    );
  }
  return Array.from({ length: count }, (_, i) =>
    slice(
      value,
      ...value.shape.map((_, a) => (a === at ? ([i * length, (i + 1) * length] as const) : null)),
    ),
  );
}
