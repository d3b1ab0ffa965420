import type { TypedArray } from "../array/dtype.ts";
import { NadirError } from "../base/errors.ts";

/** A solver's memory taken apart: its longer arrays by name, and the rest as plain data. */
export interface PackedState {
  readonly arrays: Readonly<Record<string, TypedArray>>;
  /** What is no long array; `{ $array: name }` stands where one was. */
  readonly plain: unknown;
}

/** Arrays up to this length stay where they are. */
const short = 16;

/**
 * Takes a solver's memory apart, by copies: a solver may change its own in place.
 *
 * @throws NadirError `fit/checkpoints` if it holds what is no data: functions, maps, class instances
 */
export function packState(state: unknown, solver: string): PackedState {
  const arrays: Record<string, TypedArray> = {};
  const pack = (value: unknown, path: string): unknown => {
    if (isArray(value)) {
      if (value.length <= short) return value.slice();
      arrays[path] = value.slice();
      return { $array: path };
    }
    if (Array.isArray(value)) return value.map((item, i) => pack(item, `${path}.${i}`));
    if (typeof value !== "object" || value === null) {
      if (typeof value !== "function" && typeof value !== "symbol") return value;
    } else if (Object.getPrototypeOf(value) === Object.prototype) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, pack(item, `${path}.${key}`)]),
      );
    }
    throw new NadirError(
      "fit/checkpoints",
      `fit: ${solver} keeps ${path}, which cannot be saved: it is no plain data`,
      { expected: "a solver whose state is plain data", hint: "run it without checkpoints" },
    );
  };
  return { plain: pack(state, "solver"), arrays };
}

/** The memory that was taken apart, in arrays of its own. */
export function unpackState(packed: PackedState): unknown {
  const unpack = (value: unknown): unknown => {
    if (isArray(value)) return value.slice();
    if (Array.isArray(value)) return value.map(unpack);
    if (typeof value !== "object" || value === null) return value;
    if ("$array" in value) return packed.arrays[String(value.$array)]?.slice();
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpack(item)]));
  };
  return unpack(packed.plain);
}

/** Bytes of the arrays in a solver's memory. */
export function bytesOf(state: unknown): number {
  if (ArrayBuffer.isView(state)) return state.byteLength;
  if (typeof state !== "object" || state === null) return 0;
  return Object.values(state).reduce((sum: number, item) => sum + bytesOf(item), 0);
}

const isArray = (value: unknown): value is TypedArray =>
  value instanceof Float64Array ||
  value instanceof Float32Array ||
  value instanceof Int32Array ||
  value instanceof Uint8Array;
