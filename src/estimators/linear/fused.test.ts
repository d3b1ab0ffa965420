import { describe, expect, test } from "vitest";
import { totalVariation } from "../../methods/penalties/registry.ts";
import golden from "./fused.golden.json" with { type: "json" };
import { linearModel } from "./linearModel.ts";
import { multinomialRegression } from "./multinomial.ts";

const { x, y } = golden;

describe("total variation of the coefficients of a linear model", () => {
  test.for(golden.squared)("squared loss, λ = $strength, to a certificate", (wanted) => {
    const model = linearModel({ penalty: totalVariation(wanted.strength) });
    const { coefficients, intercept, objective, verdict } = model.fit(x, y);
    wanted.coefficients.forEach((w, j) => {
      expect(coefficients[j]).toBeCloseTo(w, 7);
    });
    expect(intercept).toBeCloseTo(wanted.intercept, 7);
    expect(Math.abs(objective / wanted.objective - 1)).toBeLessThan(1e-10);
    if (verdict.kind !== "global-minimum") throw new Error(verdict.kind);
    expect(verdict.gap).toBeLessThan(1e-6 * objective);
    expect(verdict.evidence.join()).toMatch(/\d of 6 neighbours differ/);
  });

  test.for(golden.median)("the median, λ = $strength, to a certificate", (wanted) => {
    const loss = { quantile: 0.5 };
    const model = linearModel({ loss, penalty: totalVariation(wanted.strength) });
    const { objective, verdict } = model.fit(x, y);
    expect(Math.abs(objective / wanted.objective - 1)).toBeLessThan(1e-7);
    expect(verdict.kind).toBe("global-minimum");
  });

  test("of a signal, it is the prox of total variation", () => {
    const signal = [1, 1.2, 0.8, 3, 3.1, 2.9, 0, 0.1];
    const identity = signal.map((_, i) => signal.map((_one, j) => (i === j ? 1 : 0)));
    const strength = 0.05;
    const step = strength * signal.length; // the loss is a mean
    const wanted = totalVariation(1).prox(Float64Array.from(signal), step);
    const bare = linearModel({ penalty: totalVariation(strength), intercept: false });
    bare.fit(identity, signal).coefficients.forEach((w, j) => {
      expect(w).toBeCloseTo(wanted[j]!, 9);
    });
    // Beside an intercept the first coefficient says nothing new.
    const beside = linearModel({ penalty: totalVariation(strength) }).fit(identity, signal);
    expect(beside.coefficients[0]).toBe(0);
    beside.linear(identity).forEach((eta, j) => {
      expect(eta).toBeCloseTo(wanted[j]!, 9);
    });
    expect(beside.verdict.kind).toBe("global-minimum");
  });

  test("paths begin where no neighbours differ, and folds choose a strength", () => {
    const labels = y.map((value) => (value > 5 ? 1 : 0));
    for (const [loss, response] of [
      ["squared", y],
      ["logistic", labels],
    ] as const) {
      const model = linearModel({ loss, penalty: totalVariation(1) });
      const { fits } = model.path(x, response, { count: 8, ratio: 0.05 });
      expect(new Set(fits[0]!.coefficients).size).toBe(1);
      expect(new Set(fits[7]!.coefficients).size).toBeGreaterThan(2);
      for (const fit of fits) expect(fit.verdict.kind).toBe("global-minimum");
    }
    const model = linearModel({ penalty: totalVariation(1) });
    const { losses, chosen } = model.crossValidate(x, y, { count: 8, ratio: 0.01, folds: 7 });
    expect(losses[chosen]).toBe(Math.min(...losses));
    expect(losses[chosen]).toBeLessThan(losses[0]!);
  });

  test("needs neighbours, and is not known to classes", () => {
    const model = linearModel({ penalty: totalVariation(1) });
    expect(() => model.fit([[1], [2], [3]], [1, 2, 4])).toThrow(/on a single coefficient/);
    const classes = multinomialRegression({ penalty: totalVariation(1) });
    const labels = y.map((_, i) => i % 3);
    expect(() => classes.fit(x, labels)).toThrow(/totalVariation on the coefficients of this/);
  });
});
