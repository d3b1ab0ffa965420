import { describe, expect, test } from "vitest";
import { stoppingRule } from "./stopping.ts";

const point = (value: number, ...gradient: number[]) => ({
  x: new Float64Array(gradient.length),
  value,
  gradient: Float64Array.from(gradient),
});

describe("stoppingRule", () => {
  test("names the gradient first, with what was measured and against what", () => {
    const rule = stoppingRule(point(1, 5), { tolerance: 1e-3, maxIterations: 10 });
    expect(rule(point(1, 2e-3, -1e-4), 3)).toBeUndefined();
    expect(rule(point(1, 3e-4, -4e-4), 10, "rounding")).toEqual({
      criterion: "gradient",
      gradient: 5e-4,
      threshold: 1e-3,
    });
  });

  test("names the solver's stall before the budget, and the budget at last", () => {
    const rule = stoppingRule(point(1, 5), { maxIterations: 10 });
    expect(rule(point(1, 1), 10, "line-search")?.criterion).toBe("line-search");
    expect(rule(point(1, 1), 9)).toBeUndefined();
    expect(rule(point(1, 1), 10)?.criterion).toBe("iterations");
  });

  test("scales by the value, or by the gradient at the start", () => {
    const byValue = stoppingRule(point(1, 5), { tolerance: 1e-3, scale: "value" });
    expect(byValue(point(-100, 0.09), 1)?.threshold).toBe(0.1);
    expect(byValue(point(0.001, 0.002), 1)).toBeUndefined();
    const byStart = stoppingRule(point(1, -300, 400), { tolerance: 1e-3, scale: "start" });
    expect(byStart(point(1, 0.4), 1)).toMatchObject({ criterion: "gradient", threshold: 0.5 });
  });

  test("takes a NaN gradient for no end", () => {
    expect(stoppingRule(point(1, 5))(point(1, Number.NaN), 1)).toBeUndefined();
  });

  test.for([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses tolerance %s", (tolerance) => {
    if (tolerance === Number.POSITIVE_INFINITY) tolerance = -tolerance;
    expect(() => stoppingRule(point(1, 1), { tolerance })).toThrow(/tolerance is/);
  });

  test("refuses a budget that is no count", () => {
    expect(() => stoppingRule(point(1, 1), { maxIterations: 2.5 })).toThrow(/maxIterations is 2.5/);
  });
});
