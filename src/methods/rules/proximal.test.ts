import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { tensorsOf } from "../../array/tensorTree.ts";
import type { Penalty } from "../penalties/penalty.ts";
import * as penalties from "../penalties/registry.ts";
import * as rules from "./registry.ts";
import type { Rule } from "./rule.ts";
import { bowl, numbersOf, progressOf, type TestProblem } from "./testing.ts";

const vector = (...values: readonly number[]): NDArray =>
  new NDArray(Float64Array.from(values), [values.length]);

/** ½Σcᵢ(xᵢ − tᵢ)²: with a penalty, each entry has a closed answer, prox_{P/cᵢ}(tᵢ). */
const curvatures = [1, 10, 0.5, 4];
const targets = [2, -0.05, 0.3, -1];
const problem: TestProblem = {
  start: { x: vector(1, 1, 1, 1) },
  loss: (params) => tensorsOf(params)[0]!.sub(targets).square().mul(curvatures).sum().mul(0.5),
};
const closed = (penalty: Penalty): number[] =>
  targets.map((t, i) => penalty.prox(Float64Array.of(t), 1 / curvatures[i]!)[0]!);

const made = [
  ["sgd, l1", rules.sgd(0.05), penalties.l1(0.4)],
  ["sgd, mcp", rules.sgd(0.05), penalties.mcp(0.4, { gamma: 4 })],
  ["adam, l1", rules.adam(0.02), penalties.l1(0.4)],
  ["adamW without decay, scad", rules.adamW(0.02, { weightDecay: 0 }), penalties.scad(0.4)],
] as readonly (readonly [string, Rule, Penalty])[];

describe("proximal", () => {
  test.for(made)(
    "%s ends at the minimizer of loss plus penalty, zeros exact",
    ([, rule, penalty]) => {
      const end = numbersOf(progressOf(rules.proximal(rule, penalty), problem, 1500)[1500]!.params);
      closed(penalty).forEach((wanted, i) => {
        if (wanted === 0) expect(end[i]).toBe(0);
        else expect(Math.abs(end[i]! - wanted)).toBeLessThan(1e-3);
      });
      expect(end.filter((x) => x === 0).length).toBeGreaterThan(0);
    },
  );

  test("penalizes the named parts alone, whole groups at once", () => {
    const start = {
      weight: new NDArray(Float64Array.of(0.1, 0.1, 3, 0.1), [2, 2]),
      bias: vector(0.01),
    };
    const still: TestProblem = { start, loss: (params) => tensorsOf(params)[0]!.sum().mul(0) };
    const rule = rules.proximal(rules.sgd(1), {
      weight: penalties.groupLasso(0.2, { groups: "rows" }),
    });
    const [bias, ...weight] = numbersOf(progressOf(rule, still, 1)[1]!.params);
    expect(bias).toBe(0.01);
    expect(weight.slice(0, 2)).toEqual([0, 0]);
    expect(weight[2]).toBeGreaterThan(2);
    expect(weight[3]).toBeGreaterThan(0);
  });

  test("refuses what it cannot do, before any step", () => {
    const l1 = penalties.l1(1);
    expect(() => rules.proximal(rules.adagrad(0.1), l1)).toThrow(
      /step sizes of adagrad are not known/,
    );
    expect(() => rules.proximal(rules.adagrad(0.1), l1, { metric: "euclidean" })).not.toThrow();
    expect(() => rules.proximal(rules.clipByValue(1), l1)).toThrow(/makes no step/);
    expect(() => rules.proximal(rules.rprop(), l1)).toThrow(/no learning rate/);
    const run = (rule: ReturnType<typeof rules.proximal>) => () =>
      progressOf(rule, bowl([1], [1]), 1);
    expect(run(rules.proximal(rules.sgd(0.1), { wieght: l1 }))).toThrow(/fits no params/);
    const fused = rules.proximal(rules.sgd(0.1), penalties.totalVariation(1));
    const around = [rules.lookahead(fused), rules.accumulate(fused, 2), rules.averageParams(fused)];
    for (const rule of around)
      expect(run(rule)).toThrow(/the prox of totalVariation is no formula/);
    const scaled = rules.proximal(rules.adam(0.1), penalties.totalVariation(1));
    expect(run(scaled)).toThrow(/totalVariation: a step for each element/);
    const groups = penalties.groupLasso(1, { groups: 1 });
    expect(run(rules.proximal(rules.adam(0.1), groups))).toThrow(/metric: "euclidean"/);
  });
});
