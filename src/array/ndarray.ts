import { NadirError } from "../base/errors.ts";
import { allocate, type DType, dtypeOf, type TypedArray, toDtype } from "./dtype.ts";
import { formatShape, type Shape, sizeOf } from "./shape.ts";

/** Numbers nested to the depth of the array's rank, all rows of equal length. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** What can be read as one concrete array. A plain number is a scalar, nested numbers an array. */
export type ArrayLike = NDArray | NestedNumbers | ArrayBufferView;

/** A concrete array: shape, dtype, and flat row-major storage, which it does not copy. */
export class NDArray {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: TypedArray;

  /**
   * @throws NadirError `array/size` unless `data` has as many elements as `shape`, `array/bool` if a
   * `bool` array holds anything but 0 and 1
   */
  constructor(data: TypedArray, shape: Shape, dtype: DType = dtypeOf(data) ?? "f64") {
    if (data.length !== sizeOf(shape)) {
      throw new NadirError(
        "array/size",
        `array: ${data.length} elements do not fill shape ${formatShape(shape)}`,
        { expected: `${sizeOf(shape)} elements` },
      );
    }
    if (dtype === "bool" && data.some((value) => value > 1)) {
      throw new NadirError("array/bool", "array: a bool array holds other numbers than 0 and 1", {
        expected: "0 or 1 in each element: a Uint8Array is read as bool",
        hint: "convert bytes first, as in Float32Array.from(bytes)",
      });
    }
    this.data = data;
    this.shape = shape;
    this.dtype = dtype;
  }

  /** A copy with every element zero. */
  static zeros(shape: Shape, dtype: DType): NDArray {
    return new NDArray(allocate(dtype, sizeOf(shape)), shape, dtype);
  }

  /**
   * Reads numbers as an array. Typed arrays keep their dtype unless one is asked for and are not
   * copied if it is the same; numbers become `dtype`, `f64` unless said.
   *
   * @throws NadirError `array/ragged` if rows differ in length, `array/value` if a leaf is no number
   */
  static of(value: ArrayLike, shape?: Shape, dtype?: DType): NDArray {
    if (value instanceof NDArray) {
      if (dtype === undefined || dtype === value.dtype)
        return shape === undefined ? value : new NDArray(value.data, shape, value.dtype);
      return new NDArray(converted(value.data, dtype), shape ?? value.shape, dtype);
    }
    if (ArrayBuffer.isView(value)) {
      const own = dtypeOf(value);
      if (own === undefined) {
        throw new NadirError("array/value", `array: cannot read a ${value.constructor.name}`, {
          expected:
            "a Float32Array, Float64Array, Int32Array, Uint8Array (as bool), or plain numbers",
        });
      }
      // dtypeOf has just proved which of the four it is.
      const data = value as TypedArray;
      const elements = dtype === undefined || dtype === own ? data : converted(data, dtype);
      return new NDArray(elements, shape ?? [data.length], dtype ?? own);
    }
    const found = nestedShape(value);
    const data = allocate(dtype ?? "f64", sizeOf(found));
    fill(value, data, { at: 0 }, found, 0);
    return new NDArray(data, shape ?? found, dtype ?? "f64");
  }

  /** Number of elements. */
  get size(): number {
    return this.data.length;
  }

  /** The one element of an array of size 1. */
  item(): number {
    if (this.data.length !== 1) {
      throw new NadirError("array/size", `item: the array has shape ${formatShape(this.shape)}`, {
        expected: "an array of one element",
      });
    }
    return this.data[0]!;
  }

  /** Plain nested numbers; a number for a scalar. */
  toArray(): NestedNumbers {
    const nest = (axis: number, offset: number): NestedNumbers => {
      if (axis === this.shape.length) return this.data[offset]!;
      const below = sizeOf(this.shape.slice(axis + 1));
      return Array.from({ length: this.shape[axis]! }, (_, i) =>
        nest(axis + 1, offset + i * below),
      );
    };
    return nest(0, 0);
  }
}

/** The same numbers in another dtype. */
function converted(from: TypedArray, dtype: DType): TypedArray {
  const data = allocate(dtype, from.length);
  for (let i = 0; i < data.length; i++) data[i] = toDtype(from[i]!, dtype);
  return data;
}

function nestedShape(value: NestedNumbers): number[] {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  return shape;
}

function fill(
  value: NestedNumbers,
  data: TypedArray,
  cursor: { at: number },
  shape: Shape,
  axis: number,
): void {
  if (axis === shape.length) {
    if (typeof value !== "number" && typeof value !== "boolean") {
      throw new NadirError(
        "array/value",
        `array: found ${describe(value)} where a number belongs`,
        {
          expected: `numbers nested as ${formatShape(shape)}`,
        },
      );
    }
    data[cursor.at++] = data instanceof Uint8Array ? Number(Number(value) !== 0) : Number(value);
    return;
  }
  if (!Array.isArray(value) || value.length !== shape[axis]) {
    throw new NadirError("array/ragged", `array: rows differ: ${describe(value)} on axis ${axis}`, {
      expected: `${shape[axis]} entries, as the first row has`,
      hint: "if these are arrays of their own, and not rows of one, make each a typed array",
    });
  }
  for (const entry of value) fill(entry, data, cursor, shape, axis + 1);
}

const describe = (value: unknown): string =>
  Array.isArray(value)
    ? `${value.length} entries`
    : value === null
      ? "null"
      : `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
