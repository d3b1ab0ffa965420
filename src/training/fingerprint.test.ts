import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { array } from "../array/operations/creation.ts";
import { finish, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { fingerprintOf, fingerprintOfArrays } from "./fingerprint.ts";

const print = (f: (x: Tensor) => Tensor, length = 3): string =>
  fingerprintOf(finish(record([{ shape: [length], dtype: "f64" }], (x) => [f(x!)])));
const table = (odd = 0): Float64Array => Float64Array.from({ length: 600 }, (_, i) => i + odd);

describe("the fingerprint of a program", () => {
  test("is the same for the same computation, however its closure came about", () => {
    const scaled = (by: number) => (x: Tensor) => x.mul(by).sin().sum();
    expect(print(scaled(2))).toBe(print(scaled(2)));
    const large = () => (x: Tensor) => x.sum().mul(array(table())).sum();
    expect(print(large())).toBe(print(large()));
  });

  test.for([
    ["another operation", (x: Tensor) => x.mul(2).cos().sum()],
    ["another constant", (x: Tensor) => x.mul(2.0000001).sin().sum()],
    ["another order", (x: Tensor) => x.sin().mul(2).sum()],
    ["another axis", (x: Tensor) => x.mul(2).sin().sum({ keepDims: true })],
  ] as const)("differs for %s", ([, f]) => {
    expect(print(f)).not.toBe(print((x) => x.mul(2).sin().sum()));
  });

  test("differs for one number in a large constant, and for another input shape", () => {
    const f = (values: Float64Array) => print((x) => x.sum().mul(array(values)).sum());
    const odd = table();
    odd[500] = -1;
    expect(f(odd)).not.toBe(f(table()));
    expect(print((x) => x.sum(), 4)).not.toBe(print((x) => x.sum(), 3));
  });
});

describe("the fingerprint of arrays", () => {
  property.prop([
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.nat(39),
    fc.integer({ min: 1, max: 255 }),
  ])("differs when any byte does, wherever it lies in memory", (bytes, place, change) => {
    const odd = bytes.slice();
    odd[place % bytes.length] = (odd[place % bytes.length] ?? 0) ^ change;
    expect(fingerprintOfArrays([odd])).not.toBe(fingerprintOfArrays([bytes]));
    const shifted = new Uint8Array(bytes.length + 4).subarray(4);
    shifted.set(bytes);
    expect(fingerprintOfArrays([shifted])).toBe(fingerprintOfArrays([bytes]));
  });

  test("differs when arrays are cut elsewhere", () => {
    const [a, b] = [Int32Array.of(1, 2, 3), Int32Array.of(4)];
    const [c, d] = [Int32Array.of(1, 2), Int32Array.of(3, 4)];
    expect(fingerprintOfArrays([a, b])).not.toBe(fingerprintOfArrays([c, d]));
  });
});
