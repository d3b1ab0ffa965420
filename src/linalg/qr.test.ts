import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { solveLeastSquares } from "./qr.ts";
import { numbersFrom } from "./testing.ts";
import { matrixVector, norm } from "./vector.ts";

/** Aᵀ(Ax + b). */
function gradientAt(a: Float64Array, b: Float64Array, x: Float64Array): Float64Array {
  const residual = new Float64Array(b.length);
  matrixVector(residual, a, x);
  const out = new Float64Array(x.length);
  residual.forEach((r, i) => {
    for (let j = 0; j < x.length; j++) out[j] = out[j]! + a[i * x.length + j]! * (r + b[i]!);
  });
  return out;
}

property.prop([
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 0, max: 1e6 }),
])("leaves a residual orthogonal to every column, whatever the shape", (m, n, seed) => {
  const next = numbersFrom(seed);
  const a = Float64Array.from({ length: m * n }, next);
  const b = Float64Array.from({ length: m }, next);
  const x = solveLeastSquares(a.slice(), b.slice(), n);
  expect(norm(gradientAt(a, b, x))).toBeLessThan(1e-12 * (1 + norm(x)));
});

test("takes no part of a column that depends on others", () => {
  // The third column is the sum of the first two.
  const a = Float64Array.of(1, 0, 1, 0, 1, 1, 1, 1, 2);
  const b = Float64Array.of(-1, -2, -3);
  const x = solveLeastSquares(a.slice(), b.slice(), 3);
  expect(norm(gradientAt(a, b, x))).toBeLessThan(1e-14);
  expect(x.filter((xi) => xi === 0)).toHaveLength(1);
});

test("keeps the digits that the normal equations lose", () => {
  // Läuchli: AᵀA is singular in double precision; the solution of Ax = (1, ε, ε) is (1, 1) · 1/(2 + ε²) …
  const e = 1e-9;
  const x = solveLeastSquares(Float64Array.of(1, 1, e, 0, 0, e), Float64Array.of(-2, -e, -e), 2);
  expect(x[0]).toBeCloseTo(1, 6);
  expect(x[1]).toBeCloseTo(1, 6);
});

test("neither overflows nor underflows", () => {
  const x = solveLeastSquares(Float64Array.of(3e200, 4e200), Float64Array.of(-6e200, -8e200), 1);
  expect(x[0]).toBeCloseTo(2, 14);
});
