/** Element types of arrays. `bool` is stored one byte an element, 0 or 1. */
export type DType = "f32" | "f64" | "i32" | "bool";

/** The typed array that stores each dtype. */
export interface Storage {
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  readonly bool: Uint8Array;
}

/** Flat storage of any dtype. */
export type TypedArray = Storage[DType];

/** Bytes of one element. */
export const bytesPerElement = { f32: 4, f64: 8, i32: 4, bool: 1 } as const satisfies Record<
  DType,
  number
>;

/** True for `f32` and `f64`, the dtypes that have derivatives. */
export const isFloat = (dtype: DType): dtype is "f32" | "f64" => dtype === "f32" || dtype === "f64";

/** A zero-filled typed array of `size` elements. */
export function allocate(dtype: DType, size: number): TypedArray {
  switch (dtype) {
    case "f32":
      return new Float32Array(size);
    case "f64":
      return new Float64Array(size);
    case "i32":
      return new Int32Array(size);
    case "bool":
      return new Uint8Array(size);
  }
}

/** A number as an element of this dtype holds it: rounded, cut to 32 bits, or 0 or 1. */
export function toDtype(value: number, dtype: DType): number {
  switch (dtype) {
    case "f32":
      return Math.fround(value);
    case "f64":
      return value;
    case "i32":
      return value | 0;
    case "bool":
      return value === 0 ? 0 : 1;
  }
}

/** The dtype whose storage this is, or undefined for other views (`Uint16Array` …). */
export function dtypeOf(data: ArrayBufferView): DType | undefined {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Float64Array) return "f64";
  if (data instanceof Int32Array) return "i32";
  if (data instanceof Uint8Array) return "bool";
  return undefined;
}
