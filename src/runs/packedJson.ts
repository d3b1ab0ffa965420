import { NadirError } from "../base/errors.ts";

/** Typed arrays that packed JSON can hold, by the word that stands for them in the text. */
const arrays = {
  $f64: Float64Array,
  $f32: Float32Array,
  $i32: Int32Array,
  $u32: Uint32Array,
  $u8: Uint8Array,
} as const;

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * JSON that gives back exactly what it was given, which `JSON.stringify` does not: NaN, ±∞ and −0
 * become `{"$number": "NaN"}`, a bigint `{"$bigint": "7"}`, a typed array `{"$f64": base64}` of its
 * bytes. A user's key that starts with `$` gets a second one. Fields that are `undefined` are left out.
 *
 * @throws NadirError `data/not-plain` for what is no data: functions, class instances, cycles
 */
export function packJson(value: unknown): string {
  return JSON.stringify(pack(value, "value", 0));
}

/**
 * The value that `packJson` was given.
 *
 * @throws NadirError `data/malformed` if the text is not packed JSON
 */
export function unpackJson(text: string): unknown {
  try {
    return unpack(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof NadirError) throw cause;
    throw new NadirError("data/malformed", "the text is not JSON", { cause });
  }
}

function pack(value: unknown, path: string, depth: number): Json {
  if (depth > 200) throw notPlain(path, "nested more than 200 deep, or holds itself");
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") {
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
    return { $number: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (typeof value === "bigint") return { $bigint: String(value) };
  if (typeof value !== "object") throw notPlain(path, `a ${typeof value}`);
  if (ArrayBuffer.isView(value)) {
    for (const [word, type] of Object.entries(arrays)) {
      if (value instanceof type) {
        return {
          [word]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64"),
        };
      }
    }
  }
  if (Array.isArray(value)) return value.map((item, i) => pack(item, `${path}[${i}]`, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw notPlain(path, `a ${value.constructor.name}`);
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [
        key.startsWith("$") ? `$${key}` : key,
        pack(item, `${path}.${key}`, depth + 1),
      ]),
  );
}

function unpack(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(unpack);
  const entries = Object.entries(value);
  const [word = "", packed] = entries.length === 1 ? (entries[0] ?? []) : [];
  if (word.startsWith("$") && !word.startsWith("$$")) return unpackWord(word, packed);
  return Object.fromEntries(
    entries.map(([key, item]) => [key.startsWith("$$") ? key.slice(1) : key, unpack(item)]),
  );
}

function unpackWord(word: string, packed: unknown): unknown {
  if (typeof packed === "string") {
    if (word === "$number") return Number(packed);
    if (word === "$bigint") return BigInt(packed);
    for (const [known, type] of Object.entries(arrays)) {
      // Through a fresh buffer: Node's pool may hand out bytes at an odd offset.
      if (word === known) return new type(new Uint8Array(Buffer.from(packed, "base64")).buffer);
    }
  }
  throw new NadirError("data/malformed", `"${word}" is no word of packed JSON`);
}

const notPlain = (path: string, what: string): NadirError =>
  new NadirError("data/not-plain", `${path} is ${what}, which cannot be saved`, {
    expected: "numbers, texts, booleans, null, typed arrays, and arrays and plain objects of them",
  });
