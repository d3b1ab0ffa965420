import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { packJson, unpackJson } from "./packedJson.ts";

describe("packed JSON", () => {
  property.prop([
    fc.anything({
      withBigInt: true,
      withTypedArray: false,
      withDate: false,
      withMap: false,
      withSet: false,
      withNullPrototype: false,
      values: [
        fc.string({ unit: "binary" }),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.bigInt(),
        fc.float64Array(),
        fc.float32Array(),
        fc.int32Array(),
        fc.uint32Array(),
        fc.uint8Array(),
      ],
      key: fc.oneof(fc.string(), fc.constantFrom("$f64", "$$number", "$", "__proto__", "kind")),
    }),
  ])("gives back what it was given, to the bit", (value) => {
    expect(unpackJson(packJson(value))).toStrictEqual(value);
  });

  test("leaves plain data readable as plain JSON", () => {
    expect(packJson({ kind: "saddle", step: 3, ends: [1, "é", null, true] })).toBe(
      '{"kind":"saddle","step":3,"ends":[1,"é",null,true]}',
    );
  });

  test("leaves out undefined fields", () => {
    expect(unpackJson(packJson({ a: undefined, b: 1 }))).toStrictEqual({ b: 1 });
  });

  test.for([
    ["a function", { f: () => 1 }, /value\.f is a function/],
    ["a Date", [new Date(0)], /value\[0\] is a Date/],
    ["a Map", new Map(), /value is a Map/],
    ["undefined", undefined, /value is a undefined/],
    ["a type of array that no file holds", new Int16Array(1), /Int16Array/],
  ] as const)("refuses %s by its place", ([, value, message]) => {
    expect(() => packJson(value)).toThrow(message);
  });

  test("refuses what holds itself", () => {
    const loop: Record<string, unknown> = {};
    loop["again"] = loop;
    expect(() => packJson(loop)).toThrow(/holds itself/);
  });

  test.for(["", "{", '{"$f64":"AA=="}', '{"$date":"1"}', '{"$number":1}', '{"$bigint":"x"}'])(
    "refuses the text %j",
    (text) => {
      expect(() => unpackJson(text)).toThrow(expect.objectContaining({ code: "data/malformed" }));
    },
  );
});
