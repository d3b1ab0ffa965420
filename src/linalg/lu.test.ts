import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { lu, luSolve } from "./lu.ts";
import { largestDifference, numbersFrom } from "./testing.ts";
import { matrixVector } from "./vector.ts";

property.prop([fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 1e6 })])(
  "solves A x = b for a general A",
  (n, seed) => {
    const next = numbersFrom(seed);
    const a = Float64Array.from({ length: n * n }, next);
    for (let i = 0; i < n; i++) a[i * n + ((i + 1) % n)] = 4 + n; // far from singular, small diagonal
    const x = Float64Array.from({ length: n }, next);
    const b = new Float64Array(n);
    matrixVector(b, a, x);
    const pivots = new Int32Array(n);
    expect(lu(a, n, pivots)).toBe(true);
    luSolve(a, n, pivots, b);
    expect(largestDifference(b, [...x])).toBeLessThan(1e-12);
  },
);

test("exchanges rows where a pivot is 0, and says when there is none", () => {
  const swap = Float64Array.of(0, 1, 1, 0);
  const pivots = new Int32Array(2);
  expect(lu(swap, 2, pivots)).toBe(true);
  const b = Float64Array.of(3, 4);
  luSolve(swap, 2, pivots, b);
  expect([...b]).toEqual([4, 3]);
  expect(lu(Float64Array.of(1, 2, 2, 4), 2, pivots)).toBe(false);
  expect(lu(Float64Array.of(Number.NaN, 1, 1, 1), 2, pivots)).toBe(false);
});
