/**
 * The element types that nadir writes into ONNX models. `f32 f64 i32 bool` are the array language's;
 * `i64` addresses (shapes, indices, loop counters), `u32 u64` carry counter-based random bits.
 */
export type OnnxDtype = "f32" | "f64" | "i32" | "i64" | "u32" | "u64" | "bool";

/** The typed arrays that hold those elements; booleans are one byte each. */
export type OnnxData =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint32Array
  | BigUint64Array
  | Uint8Array;

interface DtypeFacts {
  /** `TensorProto.DataType`. */
  readonly code: number;
  /** ONNX Runtime's name for it in JavaScript. */
  readonly tensorType: "float32" | "float64" | "int32" | "int64" | "uint32" | "uint64" | "bool";
  readonly bytes: number;
  readonly array: { new (length: number): OnnxData };
}

/** What each dtype is called by ONNX's file format, by ONNX Runtime and by JavaScript. */
export const onnxDtypes = {
  f32: { code: 1, tensorType: "float32", bytes: 4, array: Float32Array },
  f64: { code: 11, tensorType: "float64", bytes: 8, array: Float64Array },
  i32: { code: 6, tensorType: "int32", bytes: 4, array: Int32Array },
  i64: { code: 7, tensorType: "int64", bytes: 8, array: BigInt64Array },
  u32: { code: 12, tensorType: "uint32", bytes: 4, array: Uint32Array },
  u64: { code: 13, tensorType: "uint64", bytes: 8, array: BigUint64Array },
  bool: { code: 9, tensorType: "bool", bytes: 1, array: Uint8Array },
} as const satisfies Record<OnnxDtype, DtypeFacts>;

/** The number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Numbers as the typed array of a dtype. */
export function fill(dtype: OnnxDtype, values: readonly number[]): OnnxData {
  switch (dtype) {
    case "i64":
      return BigInt64Array.from(values, BigInt);
    case "u64":
      return BigUint64Array.from(values, BigInt);
    default:
      return onnxDtypes[dtype].array.from(values);
  }
}
