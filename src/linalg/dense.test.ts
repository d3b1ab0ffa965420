import { fc, test as property } from "@fast-check/vitest";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { cholesky, choleskySolve, modifiedCholesky } from "./cholesky.ts";
import { symmetricEigen } from "./symmetricEigen.ts";
import { largestDifference, numbersFrom, randomSymmetric } from "./testing.ts";
import { tridiagonalEigen } from "./tridiagonalEigen.ts";
import { dot, matrixVector, norm, normInf } from "./vector.ts";

const sizes = fc.integer({ min: 1, max: 12 });
const seeds = fc.integer({ min: 0, max: 1e6 });

/** LLᵀ from the lower triangle. */
function product(l: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k <= Math.min(i, j); k++) sum += l[i * n + k]! * l[j * n + k]!;
      out[i * n + j] = sum;
    }
  }
  return out;
}

describe("cholesky", () => {
  property.prop([sizes, seeds])("factors and solves a positive definite system", (n, seed) => {
    const next = numbersFrom(seed);
    const a = randomSymmetric(n, next);
    for (let i = 0; i < n; i++) a[i * n + i] = n + 1 + next();
    const l = new Float64Array(n * n);
    expect(cholesky(a, n, l)).toBe(true);
    expect(largestDifference(product(l, n), a)).toBeLessThan(1e-13 * n);
    const x = Float64Array.from({ length: n }, next);
    const b = new Float64Array(n);
    matrixVector(b, a, x);
    choleskySolve(l, n, b, b);
    expect(largestDifference(b, x)).toBeLessThan(1e-12);
  });

  test("refuses an indefinite, a singular and a NaN matrix, and takes the shift that mends them", () => {
    const l = new Float64Array(4);
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2, l)).toBe(false);
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2, l, 1.5)).toBe(true);
    expect(cholesky(Float64Array.of(1, 1, 1, 1), 2, l)).toBe(false);
    expect(cholesky(Float64Array.of(Number.NaN, 1, 1, 1), 2, l)).toBe(false);
  });

  property.prop([sizes, seeds])("modified, gives a positive definite neighbour", (n, seed) => {
    const a = randomSymmetric(n, numbersFrom(seed));
    const { l, shift } = modifiedCholesky(a, n);
    const shifted = a.slice();
    for (let i = 0; i < n; i++) shifted[i * n + i] = a[i * n + i]! + shift;
    expect(largestDifference(product(l, n), shifted)).toBeLessThan(1e-12);
    // By Gershgorin a shift of 2·max row sum always suffices, and doubling at most doubles that.
    expect(shift).toBeLessThanOrEqual(4 * n * normInf(a));
  });

  test("modified, leaves a positive definite matrix alone and refuses NaN", () => {
    expect(modifiedCholesky(Float64Array.of(4, 2, 2, 5), 2)).toEqual({
      l: Float64Array.of(2, 0, 1, 2),
      shift: 0,
    });
    expect(() => modifiedCholesky(Float64Array.of(1, 0, Number.NaN, 1), 2)).toThrow(/flat index 2/);
  });
});

describe("symmetricEigen", () => {
  property.prop([fc.integer({ min: 1, max: 24 }), seeds, fc.integer({ min: -250, max: 250 })])(
    "satisfies its definition at every scale",
    (n, seed, exponent) => {
      const a = randomSymmetric(n, numbersFrom(seed)).map((entry) => entry * 10 ** exponent);
      const { values, vectors } = symmetricEigen(a, n);
      const size = normInf(values);
      const image = new Float64Array(n);
      for (let k = 0; k < n; k++) {
        const q = vectors.subarray(k * n, (k + 1) * n);
        matrixVector(image, a, q);
        const expected = q.map((entry) => entry * values[k]!);
        expect(largestDifference(image, expected)).toBeLessThanOrEqual(1e-14 * n * size);
        for (let j = 0; j <= k; j++) {
          const inner = dot(q, vectors.subarray(j * n, (j + 1) * n));
          expect(Math.abs(inner - (j === k ? 1 : 0))).toBeLessThan(1e-14 * n);
        }
        if (k > 0) expect(values[k]!).toBeGreaterThanOrEqual(values[k - 1]!);
      }
    },
  );

  property.prop([fc.integer({ min: 1, max: 30 }), seeds])("agrees with ml-matrix", (n, seed) => {
    const a = randomSymmetric(n, numbersFrom(seed));
    const other = new EigenvalueDecomposition(Matrix.from1DArray(n, n, a), {
      assumeSymmetric: true,
    });
    const expected = other.realEigenvalues.toSorted((p, q) => p - q);
    expect(largestDifference(symmetricEigen(a, n).values, expected)).toBeLessThan(1e-13 * n);
  });

  test("handles a diagonal, a zero and a repeated spectrum", () => {
    const diagonal = Float64Array.of(3, 0, 0, 0, -1, 0, 0, 0, 2);
    expect([...symmetricEigen(diagonal, 3).values]).toEqual([-1, 2, 3]);
    expect([...symmetricEigen(new Float64Array(16), 4).values]).toEqual([0, 0, 0, 0]);
    const ones = new Float64Array(25).fill(1);
    expect(largestDifference(symmetricEigen(ones, 5).values, [0, 0, 0, 0, 5])).toBeLessThan(1e-14);
  });

  test("keeps the small eigenvalue's digits in a badly scaled 2×2 matrix", () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(1e16, 1, 1, 1), 2);
    // λ₁ = 1 − 1/(1e16 − 1) + …, which rounds to 1.
    expect(values[0]).toBeCloseTo(1, 15);
    expect(norm(vectors.subarray(0, 2))).toBeCloseTo(1, 15);
  });

  test("refuses NaN, where QL would not end", () => {
    expect(() => symmetricEigen(new Float64Array(9).fill(Number.NaN), 3)).toThrow(/NaN/);
  });
});

describe("tridiagonalEigen", () => {
  test.for([1e250, 1, 1e-250])(
    "keeps its digits at a scale of %s, where squares overflow or vanish",
    (size) => {
      const diagonal = Float64Array.of(2, 2, 2).map((entry) => entry * size);
      const beside = Float64Array.of(0, 1, 1).map((entry) => entry * size);
      tridiagonalEigen(diagonal, beside, Float64Array.of(1, 0, 0), 1);
      const expected = [2 - Math.SQRT2, 2, 2 + Math.SQRT2]; // 2 + 2cos(kπ/4)
      expected.forEach((value, i) => {
        expect(diagonal[i]! / size).toBeCloseTo(value, 12);
      });
    },
  );

  test("ends where off-diagonals near the least double stand beside ordinary entries", () => {
    const diagonal = Float64Array.of(0, 1.5e-323, -0.1);
    tridiagonalEigen(diagonal, Float64Array.of(0, 5e-324, 5e-324), Float64Array.of(1, 0, 0), 1);
    expect(Array.from(diagonal, (value) => value + 0)).toEqual([-0.1, 0, 1.5e-323]);
  });
});
