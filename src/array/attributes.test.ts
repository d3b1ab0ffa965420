import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { attrsText, mixAttrs, sameAttrs } from "./attributes.ts";
import type { Attrs } from "./primitives/primitive.ts";

const number = fc.constantFrom(0, -0, 1, -1, 0.5, 2 ** 40, Number.NaN, Number.POSITIVE_INFINITY);
const list = fc.array(number, { maxLength: 3 });
const value = fc.oneof(
  number,
  fc.boolean(),
  fc.constantFrom("f32", "f64", "1", "[1]"),
  list,
  fc.array(list, { maxLength: 2 }),
  list.map((numbers) => Float64Array.from(numbers)),
  list.map((numbers) => Float32Array.from(numbers)),
);
const attrs: fc.Arbitrary<Attrs> = fc.oneof(
  fc.record({ axis: value, length: value }),
  fc.record({ value, shape: list }),
  fc.record({ data: value }),
  fc.constant({}),
);

property.prop([attrs, attrs], { numRuns: 3000 })(
  "texts are equal just where attributes are, and equal attributes have equal hashes",
  (a, b) => {
    expect(attrsText(a) === attrsText(b)).toBe(sameAttrs(a, b));
    if (sameAttrs(a, b)) expect(mixAttrs(17, a)).toBe(mixAttrs(17, b));
    const copy = structuredClone(a);
    expect(sameAttrs(a, copy)).toBe(true);
    expect(mixAttrs(17, copy)).toBe(mixAttrs(17, a));
  },
);

test("long arrays and functions are told apart by identity", () => {
  const long = new Float64Array(300);
  expect(sameAttrs({ data: long }, { data: long })).toBe(true);
  expect(sameAttrs({ data: long }, { data: long.slice() })).toBe(false);
  expect(attrsText({ data: long })).not.toBe(attrsText({ data: long.slice() }));
  const [f, g] = [() => 1, () => 1];
  expect(sameAttrs({ rule: f }, { rule: f })).toBe(true);
  expect(sameAttrs({ rule: f }, { rule: g })).toBe(false);
  expect(attrsText({ rule: f })).not.toBe(attrsText({ rule: g }));
});
