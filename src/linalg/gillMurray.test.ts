import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { gillMurray, gillMurraySolve } from "./gillMurray.ts";
import { symmetricEigen } from "./symmetricEigen.ts";
import { largestDifference, numbersFrom, randomSymmetric } from "./testing.ts";
import { dot, matrixVector } from "./vector.ts";

const sizes = fc.integer({ min: 1, max: 9 });
const seeds = fc.integer({ min: 0, max: 1e6 });

/** (A + E)⁻¹ by solving for each unit vector. */
const inverse = (factored: ReturnType<typeof gillMurray>, n: number): Float64Array => {
  const out = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    const unit = new Float64Array(n);
    unit[j] = 1;
    gillMurraySolve(factored, unit, out.subarray(j * n, (j + 1) * n));
  }
  return out;
};

describe("gillMurray", () => {
  property.prop([sizes, seeds])(
    "changes nothing but a diagonal, and never lowers it",
    (n, seed) => {
      const a = randomSymmetric(n, numbersFrom(seed));
      const factored = gillMurray(a, n);
      const { values } = symmetricEigen(inverse(factored, n), n);
      expect(values[0]).toBeGreaterThan(0);
      // (A + E)·(A + E)⁻¹ = I with E diagonal: E = (I − A·X)X⁻¹, read off through a random vector.
      const next = numbersFrom(seed + 1);
      const b = Float64Array.from({ length: n }, next);
      const x = new Float64Array(n);
      gillMurraySolve(factored, b, x);
      const image = new Float64Array(n);
      matrixVector(image, a, x);
      for (let i = 0; i < n; i++) {
        if (Math.abs(x[i]!) < 1e-3) continue;
        const e = (b[i]! - image[i]!) / x[i]!;
        expect(e).toBeGreaterThan(-1e-9);
        expect(e).toBeLessThan(factored.added + 1e-9);
      }
    },
  );

  property.prop([sizes, seeds])("leaves a well positive definite matrix as it is", (n, seed) => {
    const next = numbersFrom(seed);
    const a = randomSymmetric(n, next);
    for (let i = 0; i < n; i++) a[i * n + i] = n + 1;
    const factored = gillMurray(a, n);
    expect(factored.added).toBeLessThan(1e-14 * n);
    expect(factored.negative).toBeUndefined();
    const x = Float64Array.from({ length: n }, next);
    const image = new Float64Array(n);
    matrixVector(image, a, x);
    const back = new Float64Array(n);
    gillMurraySolve(factored, image, back);
    expect(largestDifference(back, x)).toBeLessThan(1e-12);
  });

  // Up to the first negative pivot, steps only lower the diagonal that is left: a negative entry of it becomes such a pivot.
  property.prop([sizes, seeds])(
    "points along negative curvature wherever an entry of the diagonal is negative",
    (n, seed) => {
      const a = randomSymmetric(n, numbersFrom(seed));
      const at = seed % n;
      a[at * n + at] = -0.01 - Math.abs(a[at * n + at]!);
      const negative = gillMurray(a, n).negative ?? new Float64Array(n);
      const image = new Float64Array(n);
      matrixVector(image, a, negative);
      expect(dot(negative, image)).toBeLessThan(0);
    },
  );

  test("reflects a diagonal's negative entries, as the book does", () => {
    const factored = gillMurray(Float64Array.of(4, 0, 0, -2), 2);
    const out = new Float64Array(2);
    gillMurraySolve(factored, Float64Array.of(4, 2), out);
    expect([...out]).toEqual([1, 1]);
    expect(factored.added).toBe(4);
    expect([...factored.negative!]).toEqual([0, 1]);
  });

  test("refuses NaN", () => {
    expect(() => gillMurray(Float64Array.of(Number.NaN), 1)).toThrow(/a matrix holds NaN/);
  });
});
