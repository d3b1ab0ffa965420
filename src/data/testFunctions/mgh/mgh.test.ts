import { describe, expect, test } from "vitest";
import { largestDifference } from "../../../linalg/testing.ts";
import { jit } from "../../../runtime/jit.ts";
import { findTestFunction, mghProblems } from "../registry.ts";
import { derivatives, eigenvalues, largest } from "../testing.ts";
import golden from "./mgh.golden.json" with { type: "json" };

const find = (key: string) => {
  const problem = mghProblems.find((candidate) => candidate.key === key);
  if (problem === undefined) throw new Error(`no problem ${key}`);
  return problem;
};

test("all 36 cases are there, in the golden data and in the collection", () => {
  expect(golden.problems).toHaveLength(36);
  expect(new Set(mghProblems.map(({ key }) => key))).toEqual(
    new Set(golden.problems.map(({ key }) => key)),
  );
  expect(mghProblems).toHaveLength(36);
});

describe.for(golden.problems)("$key", ({ key, x0, m, points, minima }) => {
  const { f, residuals, start, dimension, minima: known } = find(key);
  const at = derivatives(f);

  test("starts where the paper says", () => {
    expect(dimension).toBe(x0.length);
    expect(largestDifference(start, x0)).toBeLessThan(1e-15);
  });

  test("has the golden values, gradients and Hessians", () => {
    for (const point of points) {
      const { value, gradient, hessian } = at(point.x);
      expect(Math.abs(value - point.f)).toBeLessThanOrEqual(1e-10 * Math.abs(point.f));
      expect(largestDifference(gradient, point.grad)).toBeLessThanOrEqual(
        1e-9 * largest(point.grad),
      );
      expect(largestDifference(eigenvalues(hessian), point.hessEig)).toBeLessThanOrEqual(
        1e-8 * largest(point.hessEig),
      );
    }
  });

  test("is the sum of the squares of its residuals", () => {
    const run = jit(residuals);
    for (const { x, f: value } of points) {
      const r = run(x);
      expect(r.shape).toEqual([m]);
      const sum = Array.from(r.data).reduce((total, ri) => total + ri * ri, 0);
      expect(Math.abs(sum - value)).toBeLessThanOrEqual(1e-10 * value);
    }
  });

  test("lists the golden minima, and gradients vanish there", () => {
    const values = known.map(({ value }) => value);
    const others = find(key).stationary ?? [];
    for (const minimum of minima) {
      const near = [...values, ...others.map(({ value }) => value)].map((value) =>
        Math.abs(value - minimum.f),
      );
      expect(Math.min(...near)).toBeLessThanOrEqual(1e-10 * minimum.f);
    }
    for (const { value, x } of known) {
      if (x === undefined) continue;
      const { value: found, gradient, hessian } = at(x);
      expect(Math.abs(found - value)).toBeLessThanOrEqual(1e-10 * value + 1e-20);
      const eigen = eigenvalues(hessian);
      const scale = largest(eigen) * Math.max(1, largest(x));
      expect(largest(gradient)).toBeLessThanOrEqual(1e-14 * scale);
      expect(eigen[0]).toBeGreaterThanOrEqual(-1e-14 * scale);
    }
    for (const { value, x, index } of others) {
      const { value: found, gradient, hessian } = at(x);
      expect(Math.abs(found - value)).toBeLessThanOrEqual(1e-10 * value);
      const eigen = eigenvalues(hessian);
      expect(largest(gradient)).toBeLessThanOrEqual(1e-14 * largest(eigen) * largest(x));
      expect(eigen.filter((lambda) => lambda < -1e-12 * largest(eigen))).toHaveLength(index);
    }
  });
});

describe("problems of other sizes", () => {
  const sizes = [
    ["ex_rosen", 100],
    ["ex_powell", 40],
    ["var_dim", 20],
    ["trigon", 10],
    ["brown_al", 7],
    ["linfun_fr", 12],
    ["linfun_r1", 9],
    ["linfun_r1z", 9],
  ] as const;
  test.for(sizes)("%s with %i unknowns has its minimum where it is listed", ([key, n]) => {
    const { f, minima, start } = findTestFunction(key, n);
    expect(start).toHaveLength(n);
    const value = jit(f);
    for (const { value: expected, x = [] } of minima) {
      expect(value(x).item()).toBeCloseTo(expected, 10);
    }
    expect(minima.length).toBeGreaterThan(0);
  });

  // The paper's formulas, in loops.
  const formulas: Record<string, (x: readonly number[], i: number) => number> = {
    disc_bv: (x, i) => {
      const h = 1 / (x.length + 1);
      const second = 2 * x[i]! - (x[i - 1] ?? 0) - (x[i + 1] ?? 0);
      return second + (h * h * (x[i]! + (i + 1) * h + 1) ** 3) / 2;
    },
    disc_ie: (x, i) => {
      const h = 1 / (x.length + 1);
      const t = (i + 1) * h;
      return x.reduce((sum, xj, j) => {
        const s = (j + 1) * h;
        const weight = j <= i ? (1 - t) * s : t * (1 - s);
        return sum + (h / 2) * weight * (xj + s + 1) ** 3;
      }, x[i]!);
    },
    chebyquad: (x, i) => {
      const integral = i % 2 === 1 ? 1 / ((i + 1) ** 2 - 1) : 0;
      const at = (xj: number): number => Math.cos((i + 1) * Math.acos(2 * xj - 1));
      return x.reduce((sum, xj) => sum + at(xj), 0) / x.length + integral;
    },
    broyden_tri: (x, i) => (3 - 2 * x[i]!) * x[i]! - (x[i - 1] ?? 0) - 2 * (x[i + 1] ?? 0) + 1,
    broyden_band: (x, i) =>
      x.reduce(
        (sum, xj, j) => (j !== i && j >= i - 5 && j <= i + 1 ? sum - xj * (1 + xj) : sum),
        x[i]! * (2 + 5 * x[i]! ** 2) + 1,
      ),
  };
  const cases = Object.keys(formulas).flatMap((key) => [1, 3, 20].map((n) => [key, n] as const));
  test.for(cases)("%s with %i unknowns has the residuals of its formula", ([key, n]) => {
    const { residuals = (x) => x } = findTestFunction(key, n);
    const x = Array.from({ length: n }, (_, i) => 0.5 + 0.45 * Math.sin(3 * i + 1));
    const expected = x.map((_, i) => formulas[key]?.(x, i) ?? Number.NaN);
    expect(largestDifference(jit(residuals)(x).data, expected)).toBeLessThan(1e-14);
  });
});
