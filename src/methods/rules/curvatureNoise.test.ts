import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { tensorsOf } from "../../array/tensorTree.ts";
import { type CurvatureNoiseState, curvatureNoise } from "./curvatureNoise.ts";
import { chain, gradientNoise, sgd } from "./registry.ts";
import type { Rule } from "./rule.ts";
import {
  bowl,
  heldOf,
  numbersOf,
  type Progress,
  progressOf,
  type TestProblem,
  trajectory,
} from "./testing.ts";

/** x² − y² + y⁴/4, from a point on or beside its saddle (0, 0). */
const wells = (start: readonly number[]): TestProblem => ({
  start: NDArray.of(start),
  loss: (params) => {
    const [x, y] = [0, 1].map((i) => tensorsOf(params)[0]!.at(i));
    return x!.square().sub(y!.square()).add(y!.pow(4).mul(0.25));
  },
});
const lossAt = ([x = 0, y = 0]: readonly number[]): number => x * x - y * y + y ** 4 / 4;

/** A number of the rule's state. */
function kept({ state }: Progress, name: keyof CurvatureNoiseState<never>): number[] {
  // The rule's state is a record of trees and scalars.
  return numbersOf((state as Readonly<Record<string, Progress["state"]>>)[name]!);
}

describe("curvatureNoise", () => {
  test("leaves a saddle that it starts on, and is still once the curvature is positive", () => {
    const all = progressOf(curvatureNoise(sgd(0.1)), wells([0, 0]), 400);
    const noises = all.map((at) => kept(at, "noise")[0]!);
    const first = noises.findIndex((noise) => noise > 0);
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(60);
    expect(Math.max(...noises.slice(-200))).toBe(0);
    const end = numbersOf(all[400]!.params);
    expect(Math.abs(end[0]!)).toBeLessThan(1e-12);
    expect(Math.abs(end[1]!)).toBeCloseTo(Math.SQRT2, 12);
  });

  test("ends lower than noise that is always on, and where plain descent never moves", () => {
    const end = (rule: Rule): number =>
      lossAt(numbersOf(progressOf(rule, wells([0, 0]), 300)[300]!.params));
    const always = chain(gradientNoise({ variance: 1e-2, decay: 0 }), sgd(0.1));
    expect(end(sgd(0.1))).toBe(0);
    expect(end(curvatureNoise(sgd(0.1)))).toBeLessThan(end(always));
    expect(end(always)).toBeLessThan(-0.9);
  });

  test("estimates the smallest eigenvalue, along a unit vector", () => {
    const curvatures = [4, 1, -0.5, 2];
    // Each look begins with a random part in the direction, which many products take out again.
    const still = curvatureNoise(sgd(1e-9), { radius: 1e-9, every: 1, products: 40 });
    const at = progressOf(still, bowl(curvatures, [0, 0, 0, 0]), 4)[4]!;
    const [sum, weight] = [kept(at, "curvature")[0]!, kept(at, "weight")[0]!];
    expect(sum / weight).toBeCloseTo(-0.5, 3);
    const direction = kept(at, "direction");
    expect(Math.hypot(...direction)).toBeCloseTo(1, 12);
    expect(Math.abs(direction[2]!)).toBeGreaterThan(0.999);
  });

  test("takes the rule's own steps where curvature is positive", () => {
    const problem = bowl([1, 2, 3], [1, -2, 3]);
    expect(trajectory(curvatureNoise(sgd(0.1)), problem, 50)).toEqual(
      trajectory(sgd(0.1), problem, 50),
    );
  });

  test("asks for the gradient on a part of the batch, every so many steps and in none of them", () => {
    const parts: (number | undefined)[] = [];
    const rule = curvatureNoise(sgd(0.1), { every: 3 }) as Rule;
    const { next, renew } = rule.refresh!;
    const watched: Rule = {
      ...rule,
      refresh: {
        next,
        renew: (state, place) =>
          renew(state, {
            ...place,
            gradientAt: (at, part) => {
              parts.push(part);
              return place.gradientAt(at, part);
            },
          }),
      },
      update: (gradient, state, params, step) =>
        rule.update(gradient, state, params, {
          ...step,
          gradientAt: () => {
            throw new Error("a step asked for a gradient");
          },
        }),
    };
    const all = progressOf(watched, bowl([1, 2], [1, 1]), 4);
    expect(parts).toEqual([1 / 4]); // traced once
    expect(all.map((at) => kept(at, "next")[0])).toEqual([0, 6, 6, 6, 6]);
  });

  test("waits twice as long after each look in vain", () => {
    const rule = curvatureNoise(sgd(1e-3), { every: 2 });
    const large = progressOf(rule, bowl([1, 2, 3], [1, -2, 3]), 200);
    const waits = [...new Set(large.map((at) => kept(at, "wait")[0]!))];
    expect(waits).toEqual([2, 4, 8, 16, 32]);
  });

  test("looks at once where the gradient has become small", () => {
    const all = progressOf(curvatureNoise(sgd(0.3), { every: 40 }), bowl([1, 2], [1, -2]), 39);
    const called = all.findIndex((at) => kept(at, "next")[0]! < 40 && at.index > 0);
    expect(called).toBeGreaterThan(1);
    const small = Math.hypot(...numbersOf(all[called - 1]!.params).map((x, i) => (i + 1) * x));
    expect(small).toBeLessThan(0.1 * Math.hypot(1, 4));
    expect(kept(all[called + 1]!, "next")[0]).toBe(called + 160);
  });

  test("steps are quiet while there is no noise, and are then the same as whole ones", () => {
    const problem = wells([0.5, 0]);
    const rule = curvatureNoise(sgd(0.1)) as Rule;
    const quiet: Rule = {
      ...rule,
      update: (gradient, state, params, step) =>
        rule.update(gradient, state, params, { ...step, quiet: true }),
    };
    const [whole, less] = [rule, quiet].map((each) => progressOf(each, problem, 200));
    const isQuiet = whole!.map((at) => rule.refresh!.quiet!(heldOf(at.state)));
    const first = isQuiet.indexOf(false);
    expect(first).toBeGreaterThan(0);
    expect(numbersOf(less![first - 1]!.params)).toEqual(numbersOf(whole![first - 1]!.params));
    expect(numbersOf(less![200]!.params)).not.toEqual(numbersOf(whole![200]!.params));
  });

  test.for([
    [{ every: 0 }, /every is 0/],
    [{ products: 0.5 }, /products is 0.5/],
    [{ part: 0 }, /part is 0/],
    [{ part: 1.5 }, /part is 1.5/],
    [{ radius: 0 }, /radius is 0/],
    [{ negative: -1 }, /negative is -1/],
    [{ decay: 1 }, /decay is 1/],
    [{ seed: 0.5 }, /seed is 0.5/],
  ] as const)("refuses %o", ([options, message]) => {
    expect(() => curvatureNoise(sgd(0.1), options)).toThrow(message);
  });
});
