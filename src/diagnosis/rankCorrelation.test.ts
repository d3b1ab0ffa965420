import { expect, test } from "vitest";
import golden from "./rankCorrelation.golden.json" with { type: "json" };
import { rankCorrelation } from "./rankCorrelation.ts";

test.for(golden.cases)("of $x and $y", ({ x, y, ...expected }) => {
  const found = rankCorrelation(x, y, 0);
  expect(found?.kendall).toBeCloseTo(expected.kendall, 12);
  expect(found?.spearman).toBeCloseTo(expected.spearman, 12);
  expect(found?.kendallP).toBeCloseTo(expected.kendallP, 12);
  expect(found?.spearmanP).toBeCloseTo(expected.spearmanP, 12);
  expect(found?.permutations).toBe(expected.permutations);
});

test("beyond eight pairs draws orders, and a perfect one is not said to be impossible", () => {
  const x = Array.from({ length: 12 }, (_, i) => i);
  const cubes = x.map((v) => -(v ** 3));
  const found = rankCorrelation(x, cubes, 3);
  expect(found).toMatchObject({ kendall: -1, spearman: -1, kendallP: 1e-4, permutations: 9999 });
  expect(rankCorrelation(x, cubes, 3)).toEqual(found);
});

test("drawn orders give the exact p-value to within their chance error", () => {
  const y = [3, 1, 8, 6, 2, 5, 12, 9, 4, 11, 7, 10];
  const found = rankCorrelation(
    y.map((_, i) => i),
    y,
    0,
  );
  // SciPy: kendalltau(range(12), y, method="exact"). Four standard errors of 9,999 draws are 0.011.
  expect(found?.kendall).toBeCloseTo(0.39393939393939387, 12);
  expect(Math.abs(found!.kendallP - 0.0863171145983646)).toBeLessThan(0.011);
});

test("is undefined where one is constant", () => {
  expect(rankCorrelation([1, 1, 1], [1, 2, 3], 0)).toBeUndefined();
  expect(rankCorrelation([1, 2, 3], [0, 0, 0], 0)).toBeUndefined();
});
