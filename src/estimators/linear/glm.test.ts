import { describe, expect, test } from "vitest";
import { uniform } from "../../cli/bench/random.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import * as penalties from "../../methods/penalties/registry.ts";
import convex from "./convex.golden.json" with { type: "json" };
import golden from "./glm.golden.json" with { type: "json" };
import { linearModel } from "./linearModel.ts";
import { multinomialRegression } from "./multinomial.ts";

describe("quantile regression, against linear programming", () => {
  const { x, y, fits } = golden.quantile;
  test.for(fits)("τ = $quantile, λ = $strength", ({ quantile, strength, objective, w, b }) => {
    const penalty = penalties.l1(strength);
    const fit = linearModel({ loss: { quantile }, penalty, standardize: false }).fit(x, y);
    expect(Math.abs(fit.objective - objective)).toBeLessThan(1e-10);
    w.forEach((value, j) => {
      expect(Math.abs(fit.coefficients[j]! - value)).toBeLessThan(1e-8);
    });
    if (fit.support.length > 0) expect(Math.abs(fit.intercept - b)).toBeLessThan(1e-8);
    const { verdict } = fit;
    if (verdict.kind !== "global-minimum") throw new Error(`${verdict.kind}: ${verdict.evidence}`);
    expect(verdict.gap).toBeLessThan(1e-8);
    expect(verdict.dual).toBeLessThanOrEqual(objective + 1e-12);
    const below = y.filter((value, i) => value < fit.linear(x)[i]! - 1e-9).length;
    expect(below).toBeLessThanOrEqual(quantile * y.length + 1e-9);
  });

  const others: readonly (readonly [string, Penalty, string])[] = [
    ["squaredL2", penalties.squaredL2(0.1), "global-minimum"],
    ["elasticNet", penalties.elasticNet(0.1), "global-minimum"],
    ["groupLasso", penalties.groupLasso(0.1, { groups: 2 }), "global-minimum"],
    ["sparseGroupLasso", penalties.sparseGroupLasso(0.1, { groups: 2 }), "global-minimum"],
    ["mcp", penalties.mcp(0.1), "local-minimum"],
    ["lHalf", penalties.lHalf(0.1), "local-minimum"],
  ];
  test.for(others)("with %s: no point nearby is lower", ([, penalty, kind]) => {
    const fit = linearModel({ loss: { quantile: 0.3 }, penalty, standardize: false }).fit(x, y);
    expect(fit.verdict.kind).toBe(kind);
    const objective = (w: readonly number[], b: number): number =>
      y.reduce(
        (sum, value, i) => {
          const r = value - b - x[i]!.reduce((s, v, j) => s + v * w[j]!, 0);
          return sum + Math.max(0.3 * r, -0.7 * r) / y.length;
        },
        penalty.value(Float64Array.from(w)),
      );
    const w = [...fit.coefficients];
    const least = objective(w, fit.intercept);
    expect(least).toBeCloseTo(fit.objective, 10);
    const next = uniform(1);
    for (let k = 0; k < 2000; k++) {
      const size = 10 ** (-5 * next());
      const near = w.map((v) => (next() < 0.5 ? v : v + size * (next() - 0.5)));
      const shift = size * (next() - 0.5);
      if (kind === "local-minimum" && size > 1e-2) continue;
      expect(objective(near, fit.intercept + shift)).toBeGreaterThanOrEqual(least - 1e-9);
    }
  });

  test("a path ends in certificates all along, also when verdicts are asked for afterwards", () => {
    const { fits: along } = linearModel({
      loss: { quantile: 0.5 },
      penalty: penalties.l1(1),
    }).path(x, y, { count: 8, ratio: 0.02 });
    expect(along[0]!.support).toEqual([]);
    expect(along.at(-1)!.support.length).toBeGreaterThan(3);
    for (const { verdict } of along) expect(verdict.kind).toBe("global-minimum");
  });

  test("refuses quantiles outside (0, 1)", () => {
    for (const quantile of [0, 1, Number.NaN])
      expect(() => linearModel({ loss: { quantile } }).fit(x, y)).toThrow(/above 0 and below 1/);
  });
});

describe("multinomial regression", () => {
  const { X: x, y } = convex.data.multiclass as { X: number[][]; y: number[] };
  const asGiven = { standardize: false, tolerance: 1e-11 } as const;

  const exact = convex.problems.filter(({ key }) => key === "multinomial");
  test.for(exact)("ridge, against Newton in high precision: $params", (wanted) => {
    const fit = multinomialRegression({
      ...asGiven,
      penalty: penalties.squaredL2(wanted.params.lam),
      intercept: false,
    }).fit(x, y);
    expect(Math.abs(fit.objective - wanted.primal)).toBeLessThan(1e-12);
    const { W = [] } = wanted.solution as { W?: number[][] };
    W.forEach((row, k) => {
      row.forEach((value, j) => {
        expect(Math.abs(fit.coefficients[k]![j]! - value)).toBeLessThan(1e-7);
      });
    });
    expect(fit.verdict).toMatchObject({ kind: "global-minimum" });
  });

  test.for(golden.multinomial)(
    "elastic net, against scikit-learn: λ = $strength, $l1Ratio of it L1",
    ({ strength, l1Ratio, objective, coefficients }) => {
      const penalty = penalties.elasticNet(strength, { l1Ratio });
      const fit = multinomialRegression({ ...asGiven, penalty }).fit(x, y);
      expect(Math.abs(fit.objective - objective)).toBeLessThan(1e-9);
      coefficients.forEach((row, k) => {
        row.forEach((value, j) => {
          expect(Math.abs(fit.coefficients[k]![j]! - value)).toBeLessThan(1e-5);
        });
      });
      const { verdict } = fit;
      if (verdict.kind !== "global-minimum") throw new Error(verdict.kind);
      expect(verdict.gap).toBeLessThan(1e-9);
    },
  );

  test("intercepts sum to 0", () => {
    const { intercepts } = multinomialRegression({ penalty: penalties.l1(0.05) }).fit(x, y);
    expect(Math.max(...intercepts.map(Math.abs))).toBeGreaterThan(0.01);
    expect(intercepts.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 12);
  });

  test("groups over classes: a feature is there for all or for none", () => {
    const model = multinomialRegression({ penalty: penalties.groupLasso(1, { groups: 3 }) });
    const { fits } = model.path(x, y, { count: 8, ratio: 0.05 });
    expect(fits[0]!.support).toEqual([]);
    for (const fit of fits) {
      expect(fit.verdict.kind).toBe("global-minimum");
      for (const own of fit.coefficients)
        expect([...own].flatMap((value, j) => (value === 0 ? [] : [j]))).toEqual(fit.support);
    }
    const chosen = model.crossValidate(x, y, { count: 8, ratio: 0.05, folds: 3 });
    expect(chosen.losses[chosen.chosen]).toBe(Math.min(...chosen.losses));
    expect(chosen.losses[chosen.chosen]).toBeLessThan(chosen.losses[0]!);
  });

  test("two classes without a penalty are logistic regression", () => {
    const next = uniform(4);
    const rows = Array.from({ length: 80 }, () => [2 * next() - 1, 2 * next() - 1]);
    const labels = rows.map(([a, b]) => (a! - b! + 2 * next() - 1 > 0 ? 5 : 3));
    const fit = multinomialRegression().fit(rows, labels);
    const binary = linearModel({ loss: "logistic" }).fit(rows, labels);
    expect(fit.loss).toBeCloseTo(binary.loss, 12);
    const [low, high] = fit.coefficients;
    [0, 1].forEach((j) => {
      expect(high![j]! - low![j]!).toBeCloseTo(binary.coefficients[j]!, 6);
      expect(high![j]! + low![j]!).toBeCloseTo(0, 12);
    });
    expect(fit.verdict.kind).toBe("global-minimum");
    expect(binary.verdict.kind).toBe("global-minimum");
    const chances = fit.probabilities(rows);
    binary.probabilities(rows).forEach((p, i) => {
      expect(chances[i]![1]!).toBeCloseTo(p, 7);
    });
    expect([...fit.predict(rows)]).toEqual([...binary.predict(rows)]);
  });

  test("refuses one class, a fold without a class, unknown options", () => {
    const model = multinomialRegression({ penalty: penalties.l1(0.1) });
    expect(() => model.fit(x, new Float64Array(x.length))).toThrow(/1 different labels/);
    const rare = y.map((label, i) => (i === 0 ? 9 : label));
    expect(() => model.crossValidate(x, rare, { folds: 3 })).toThrow(/a label is missing/);
    expect(() => multinomialRegression({ penality: 1 } as object)).toThrow(/penalty/);
  });
});
