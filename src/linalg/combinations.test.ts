import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { nonNegativeCombination } from "./nonNegativeCombination.ts";
import { besideRows, combinationOf, orthonormalRows } from "./orthonormalRows.ts";
import { numbersFrom } from "./testing.ts";
import { axpyRow, dotRow, norm } from "./vector.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

property.prop([seeds])("rows, dependent ones too, span what their basis spans", (seed) => {
  const next = numbersFrom(seed);
  const a = Float64Array.from({ length: 20 }, next);
  for (let i = 0; i < 5; i++) a[10 + i] = 2 * a[i]! - a[5 + i]!; // row 2 depends on rows 0 and 1
  const basis = orthonormalRows(a, 4, 5);
  expect(basis.independent).toEqual([0, 1, 3]);
  for (let row = 0; row < 4; row++) {
    expect(norm(besideRows(basis, a.slice(5 * row, 5 * row + 5)))).toBeLessThan(1e-12);
  }
  const lambda = combinationOf(
    basis,
    Float64Array.from({ length: 5 }, (_, i) => 3 * a[i]! - a[15 + i]!),
  );
  expect(lambda.map((value) => Number(value.toFixed(8)) + 0)).toEqual([3, 0, -1]);
});

property.prop([seeds])("the nearest combination satisfies its optimality conditions", (seed) => {
  const next = numbersFrom(seed);
  const [m, n, free] = [6, 4, 1];
  const a = Float64Array.from({ length: m * n }, next);
  const v = Float64Array.from({ length: n }, next);
  const lambda = nonNegativeCombination(a, m, v, free);
  const rest = v.slice();
  for (let i = 0; i < m; i++) axpyRow(-lambda[i]!, a, i * n, rest);
  for (let i = 0; i < m; i++) {
    const slope = dotRow(a, i * n, rest);
    if (i >= free) expect(lambda[i]).toBeGreaterThanOrEqual(0);
    if (i < free || lambda[i]! > 0) expect(Math.abs(slope)).toBeLessThan(1e-10);
    else expect(slope).toBeLessThan(1e-10);
  }
});

test("a gradient that no combination explains leaves all at zero", () => {
  const lambda = nonNegativeCombination(Float64Array.of(1, 0), 1, Float64Array.of(-1, 0), 0);
  expect(lambda).toEqual(Float64Array.of(0));
});
