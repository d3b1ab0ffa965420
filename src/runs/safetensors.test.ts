import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { NadirError } from "../base/errors.ts";
import golden from "./safetensors.golden.json" with { type: "json" };
import {
  readSafetensors,
  type SavedDtype,
  type SavedTensor,
  writeSafetensors,
} from "./safetensors.ts";
import { seeded } from "./testing.ts";

const arrays = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
  bool: Uint8Array,
};
const tensor = (dtype: SavedDtype, shape: number[], values: readonly number[]): SavedTensor => ({
  dtype,
  shape,
  data: arrays[dtype].from(values),
});
// Casts: the golden file's dtypes are those five words.
const goldenTensors = Object.fromEntries(
  Object.entries(golden.tensors).map(([name, { dtype, shape, values }]) => [
    name,
    tensor(dtype as SavedDtype, shape, values.map(Number)),
  ]),
);
const goldenFile = new Uint8Array(Buffer.from(golden.file, "base64"));

/** A file with the header and data given, whatever they are. */
function file(header: string | Uint8Array, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}
const entry = (name: string, dtype: string, shape: string, offsets: string): string =>
  `"${name}":{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

describe("safetensors", () => {
  test("reads what the reference implementation wrote", () => {
    const { tensors, metadata } = readSafetensors(goldenFile);
    expect(tensors).toEqual(goldenTensors);
    expect(metadata).toEqual(golden.metadata);
  });

  test("writes byte for byte what the reference implementation writes", () => {
    expect(writeSafetensors(goldenTensors, golden.metadata)).toEqual(goldenFile);
  });

  property.prop([
    fc.dictionary(
      fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__"),
      fc.oneof(
        fc.float32Array().map((data) => ({ dtype: "f32" as const, shape: [data.length], data })),
        fc.float64Array().map((data) => ({ dtype: "f64" as const, shape: [1, data.length], data })),
        fc.int32Array().map((data) => ({ dtype: "i32" as const, shape: [data.length, 1], data })),
        fc.uint32Array().map((data) => ({ dtype: "u32" as const, shape: [data.length], data })),
        fc.uint8Array().map((data) => ({ dtype: "u8" as const, shape: [data.length], data })),
        fc
          .uint8Array({ max: 1 })
          .map((data) => ({ dtype: "bool" as const, shape: [data.length], data })),
      ),
    ),
    fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })),
  ])("gives back every name, shape and bit", (tensors, metadata) => {
    const back = readSafetensors(writeSafetensors(tensors, metadata));
    expect(Object.entries(back.metadata).sort()).toEqual(Object.entries(metadata).sort());
    expect(Object.keys(back.tensors).sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
      const found = back.tensors[name];
      expect([found?.dtype, found?.shape]).toEqual([dtype, shape]);
      const bytes = (d: ArrayBufferView): Buffer =>
        Buffer.from(d.buffer, d.byteOffset, d.byteLength);
      expect(found && bytes(found.data).equals(bytes(data))).toBe(true);
    }
  });

  test("reads from a view at an odd offset, and gives memory that is the caller's own", () => {
    const shifted = new Uint8Array(goldenFile.length + 3);
    shifted.set(goldenFile, 3);
    const { tensors } = readSafetensors(shifted.subarray(3));
    shifted.fill(0);
    expect(tensors).toEqual(goldenTensors);
  });

  test("puts each tensor at a multiple of its element's size", () => {
    const bytes = writeSafetensors({
      a: tensor("bool", [1], [1]),
      b: tensor("f32", [1], [2]),
      c: tensor("f64", [1], [3]),
    });
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerLength % 8).toBe(0);
    expect(new Float64Array(bytes.buffer, 8 + headerLength, 1)[0]).toBe(3);
  });

  test.for([
    ["an empty file", new Uint8Array(), /0 bytes/],
    ["a header longer than the file", file("{}").subarray(0, 9), /claims 2 bytes of 1/],
    ["a header of over 100 MB", new Uint8Array([1, 225, 245, 5, 0, 0, 0, 0, 123]), /100000001/],
    ["an absurd length", new Uint8Array(16).fill(255), /18446744073709551615/],
    ["an empty header", file(""), /not JSON/],
    ["a blank before the header", file(" {}"), /not JSON/],
    ["a header that is an array", file("[]"), /not JSON/],
    ["a header that is not UTF-8", file(new Uint8Array([0x7b, 0xff, 0x7d])), /UTF-8/],
    ["a header that goes on", file("{}{}"), /goes on/],
    ["a header cut short", file('{"a":{"dtype":"F'), /ends within/],
    ["a trailing comma", file("{,}"), /not valid/],
    ["a control character in a name", file('{"__metadata__":{"\n":"b"}}'), /not valid/],
    ["half a surrogate pair", file('{"__metadata__":{"\\ud800":"b"}}'), /not valid/],
    ["metadata that is not text", file('{"__metadata__":{"a":1}}'), /not valid/],
    ["metadata twice", file('{"__metadata__":{},"__metadata__":{}}'), /twice/],
    ["an equal key in other letters", file('{"__metadata__":{"a":"","\\u0061":""}}'), /"a" twice/],
    [
      "a tensor twice",
      file(
        `{${entry("a", "BOOL", "[1]", "[0,1]")},${entry("a", "BOOL", "[1]", "[0,1]")}}`,
        new Uint8Array(1),
      ),
      /"a" twice/,
    ],
    ["a field twice", file('{"a":{"dtype":"F32","dtype":"F32"}}'), /"dtype" twice/],
    ["a field too many", file('{"a":{"layout":"row"}}'), /layout/],
    ["a field too few", file('{"a":{"dtype":"F32","shape":[]}}'), /lacks a field/],
    ["a negative size", file(`{${entry("a", "F32", "[-1]", "[0,0]")}}`), /not valid/],
    ["a size with a fraction", file(`{${entry("a", "F32", "[1.5]", "[0,6]")}}`), /not valid/],
    ["a size in exponents", file(`{${entry("a", "F32", "[1e0]", "[0,4]")}}`), /not valid/],
    ["a size with a leading zero", file(`{${entry("a", "F32", "[01]", "[0,4]")}}`), /not valid/],
    ["a size above 2⁵³", file(`{${entry("a", "F32", "[9007199254740993]", "[0,4]")}}`), /valid/],
    [
      "sizes whose product overflows",
      file(`{${entry("a", "F32", "[4294967296,4294967296]", "[0,0]")}}`),
      /takes 0 bytes/,
    ],
    ["one offset", file(`{${entry("a", "F32", "[0]", "[0]")}}`), /1 data offsets/],
    [
      "offsets that go backwards",
      file(`{${entry("a", "F32", "[1]", "[4,0]")}}`, new Uint8Array(4)),
      /-4 bytes/,
    ],
    [
      "too few bytes for the shape",
      file(`{${entry("a", "F32", "[2]", "[0,4]")}}`, new Uint8Array(4)),
      /takes 4 bytes[\s\S]*8 bytes/,
    ],
    [
      "a hole at the start",
      file(`{${entry("a", "F32", "[1]", "[4,8]")}}`, new Uint8Array(8)),
      /a hole before/,
    ],
    [
      "an overlap",
      file(
        `{${entry("a", "F32", "[2]", "[0,8]")},${entry("b", "F32", "[2]", "[4,12]")}}`,
        new Uint8Array(12),
      ),
      /an overlap before tensor "b"/,
    ],
    [
      "bytes that belong to no tensor",
      file(`{${entry("a", "F32", "[1]", "[0,4]")}}`, new Uint8Array(5)),
      /take 4 bytes, the file holds 5/,
    ],
    [
      "a truth that is neither 0 nor 1",
      file(`{${entry("a", "BOOL", "[1]", "[0,1]")}}`, new Uint8Array([2])),
      /element 0 of BOOL tensor "a" is 2/,
    ],
  ] as const)("refuses %s", ([, bytes, message]) => {
    expect(() => readSafetensors(bytes, "w.safetensors")).toThrow(message);
    expect(() => readSafetensors(bytes, "w.safetensors")).toThrow(/^w\.safetensors: /);
  });

  test("says what to do about a type that it does not hold", () => {
    const half = file(`{${entry("a", "BF16", "[1]", "[0,2]")}}`, new Uint8Array(2));
    expect(() => readSafetensors(half)).toThrow(/of type BF16[\s\S]*F32[\s\S]*tensor\.float\(\)/);
    const inherited = file(`{${entry("a", "toString", "[]", "[0,0]")}}`);
    expect(() => readSafetensors(inherited)).toThrow(/of type toString/);
  });

  test("a tensor called __proto__ is only a tensor", () => {
    const bytes = file(`{${entry("__proto__", "F32", "[1]", "[0,4]")}}`, new Uint8Array(4));
    const { tensors } = readSafetensors(bytes);
    expect(Object.keys(tensors)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(tensors)).toBe(Object.prototype);
    expect(Object.keys(readSafetensors(writeSafetensors(tensors)).tensors)).toEqual(["__proto__"]);
  });

  test("refuses to write what it could not read back", () => {
    const one = tensor("f32", [1], [1]);
    expect(() => writeSafetensors({ __metadata__: one })).toThrow(/another name/);
    expect(() => writeSafetensors({ "\ud800": one })).toThrow(/not well-formed/);
    expect(() => writeSafetensors({ a: { ...one, shape: [2] } })).toThrow(/\[2\] holds 1/);
    expect(() => writeSafetensors({ a: { ...one, dtype: "f64" } })).toThrow(
      /f64 holds Float32Array/,
    );
    expect(() => writeSafetensors({ a: { ...one, shape: [-1, -1] } })).toThrow(/shape/);
  });

  test("a changed header is refused in words or read, and nothing else", () => {
    const random = seeded(7);
    let refused = 0;
    for (let i = 0; i < 3000; i++) {
      const bytes = goldenFile.slice();
      for (let k = 0; k <= random() * 3; k++) {
        bytes[Math.floor(random() * 488)] = Math.floor(random() * 256);
      }
      try {
        readSafetensors(bytes);
      } catch (error) {
        expect(error, `mutation ${i}`).toBeInstanceOf(NadirError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1500);
  });

  test("a hostile header costs no more than its length", () => {
    const deep = file(`{"a":${"[".repeat(5_000_000)}`);
    const before = process.memoryUsage().rss;
    expect(() => readSafetensors(deep)).toThrow(/not valid/);
    expect(process.memoryUsage().rss - before).toBeLessThan(10 * deep.length + 64e6);
  });
});
