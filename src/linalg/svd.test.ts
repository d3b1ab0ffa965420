import { fc, test as property } from "@fast-check/vitest";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { singularValueDecomposition } from "./svd.ts";
import { numbersFrom } from "./testing.ts";

const sides = fc.integer({ min: 1, max: 12 });

describe("singularValueDecomposition", () => {
  property.prop([sides, sides, fc.integer({ min: 1, max: 1000 })])(
    "agrees with ml-matrix, and puts the matrix together again",
    (rows, columns, seed) => {
      const next = numbersFrom(seed);
      const a = Float64Array.from({ length: rows * columns }, () => next());
      const { values, left, right } = singularValueDecomposition(a, rows, columns);
      const other = new SingularValueDecomposition(Matrix.from1DArray(rows, columns, a), {
        autoTranspose: true,
      }).diagonal;
      values.forEach((value, k) => {
        expect(Math.abs(value - other[k]!)).toBeLessThan(1e-12 * (1 + values[0]!));
      });
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < values.length; k++)
            sum += values[k]! * left[k * rows + i]! * right[k * columns + j]!;
          expect(Math.abs(sum - a[i * columns + j]!)).toBeLessThan(1e-13 * (1 + values[0]!));
        }
      }
    },
  );

  test("finds small values to all their digits", () => {
    const { values } = singularValueDecomposition(Float64Array.of(1e8, 0, 0, 1e-8), 2, 2);
    expect([...values]).toEqual([1e8, 1e-8]);
  });

  test("of a matrix of rank one, and of zeros", () => {
    const { values } = singularValueDecomposition(Float64Array.of(1, 2, 2, 4, 3, 6), 3, 2);
    expect(values[0]).toBeCloseTo(Math.sqrt(70), 12);
    expect(values[1]).toBeLessThan(1e-14);
    expect([...singularValueDecomposition(new Float64Array(4), 2, 2).values]).toEqual([0, 0]);
  });
});
