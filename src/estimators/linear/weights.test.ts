import { describe, expect, test } from "vitest";
import { l1, mcp, squaredL2 } from "../../methods/penalties/registry.ts";
import { linearModel } from "./linearModel.ts";
import type { LossChoice } from "./task.ts";
import golden from "./weights.golden.json" with { type: "json" };

const { x, y, signs, counts, weights } = golden;
const targets = { squared: y, logistic: signs, poisson: counts };
/** Samples as often as these whole numbers say. */
const repeated = <T>(values: readonly T[], times: readonly number[]): T[] =>
  values.flatMap((value, i) => Array.from({ length: times[i]! }, () => value));

describe("weights of samples", () => {
  test.for(golden.cases)("$loss, $penalty: scikit-learn's answer, certified", (one) => {
    const loss = one.loss as keyof typeof targets;
    const penalty = (one.penalty === "l1" ? l1 : squaredL2)(one.strength);
    const options = { loss, penalty, standardize: false, tolerance: 1e-11 };
    const fit = linearModel(options).fit(x, targets[loss], { weights });
    one.coefficients.forEach((value, j) => {
      expect(Math.abs(fit.coefficients[j]! - value)).toBeLessThan(1e-6);
    });
    expect(Math.abs(fit.intercept - one.intercept)).toBeLessThan(1e-6);
    expect(fit.verdict.kind).toBe("global-minimum");
  });

  const cases: readonly (readonly [string, LossChoice, readonly number[]])[] = [
    ["squared", "squared", y],
    ["huber", { huber: 0.3 }, y],
    ["logistic", "logistic", signs],
    ["poisson", "poisson", counts],
  ];
  test.for(cases)("%s: a whole number is as many samples, 0 is none", ([, loss, target]) => {
    const times = x.map((_, i) => i % 4);
    for (const penalty of [l1(0.05), mcp(0.05, { gamma: 30 })]) {
      const model = linearModel({ loss, penalty, standardize: false, tolerance: 1e-11 });
      const one = model.fit(x, target, { weights: times });
      const other = model.fit(repeated(x, times), repeated(target, times));
      expect(one.objective).toBeCloseTo(other.objective, 9);
      expect(one.support).toEqual(other.support);
      other.coefficients.forEach((value, j) => {
        expect(Math.abs(one.coefficients[j]! - value)).toBeLessThan(1e-6);
      });
    }
  });

  test("even weights change neither a path nor what held-out samples say", () => {
    const model = linearModel({ penalty: l1(1), tolerance: 1e-11 });
    const even = { weights: x.map(() => 2.5) };
    const [one, other] = [model.path(x, y, { ...even, count: 8 }), model.path(x, y, { count: 8 })];
    one.fits.forEach((fit, k) => {
      expect(fit.objective).toBeCloseTo(other.fits[k]!.objective, 9);
    });
    const strengths = [0.5, 0.1, 0.02];
    const held = model.crossValidate(x, y, { ...even, strengths });
    model.crossValidate(x, y, { strengths }).losses.forEach((loss, k) => {
      expect(held.losses[k]).toBeCloseTo(loss, 9);
    });
  });

  test("refuses what cannot be", () => {
    const model = linearModel({ penalty: l1(0.1) });
    expect(() => model.fit(x, y, { weights: [1] })).toThrow(/1 weights for 40 samples/);
    expect(() => model.fit(x, y, { weights: x.map((_, i) => i - 1) })).toThrow(
      /weights\[0\] is -1/,
    );
    expect(() => model.fit(x, y, { weights: x.map(() => 0) })).toThrow(/all weights are 0/);
    const quantile = linearModel({ loss: { quantile: 0.5 }, penalty: l1(0.1) });
    expect(() => quantile.fit(x, y, { weights })).toThrow(/the quantile loss/);
    const oneClass = signs.map((sign) => (sign > 0 ? 1 : 0));
    expect(() =>
      linearModel({ loss: "logistic", penalty: l1(0.1) }).fit(x, signs, { weights: oneClass }),
    ).toThrow(/one label weigh 0/);
  });
});
