import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { tensorsOf } from "../../array/tensorTree.ts";
import { flatten, type Tree, unflatten } from "../../array/tree.ts";
import { type MethodInfo, priceInWords } from "../method.ts";
import { warmupCosine } from "../schedules/warmupCosine.ts";
import * as rules from "./registry.ts";
import type { Rule } from "./rule.ts";
import { arraysOf, bowl, numbersOf, prepare, progressOf, type TestProblem } from "./testing.ts";

const rate = warmupCosine({ peak: 0.05 });

/** One of each, as it is used: what makes no step stands in a chain with sgd. */
const samples: Record<keyof typeof rules, Rule> = {
  adaBelief: rules.adaBelief(rate),
  adadelta: rules.adadelta(1, { epsilon: 1e-2 }),
  adagrad: rules.adagrad(rate),
  adam: rules.adam(rate),
  adamax: rules.adamax(rate),
  adamW: rules.adamW(rate),
  amsgrad: rules.amsgrad(rate),
  averagedSgd: rules.averagedSgd(rate),
  chain: rules.chain(rules.sgd(rate)),
  clipByGlobalNorm: rules.chain(rules.clipByGlobalNorm(1), rules.sgd(rate)),
  clipByNorm: rules.chain(rules.clipByNorm(1), rules.sgd(rate)),
  clipByValue: rules.chain(rules.sgd(rate), rules.clipByValue(0.1)),
  decoupledWeightDecay: rules.chain(rules.sgd(rate), rules.decoupledWeightDecay(0.1, rate)),
  gradientDescent: rules.gradientDescent(rate),
  heavyBall: rules.heavyBall(rate),
  lamb: rules.lamb(rate),
  lars: rules.lars(rate, { trust: 1 }),
  lion: rules.lion(rate, { weightDecay: 0.1 }),
  lookahead: rules.lookahead(rules.sgd(rate)),
  momentum: rules.momentum(rate),
  nadam: rules.nadam(rate),
  nesterov: rules.nesterov(rate),
  radam: rules.radam(rate),
  rmsprop: rules.rmsprop(rate),
  rprop: rules.rprop(),
  sgd: rules.sgd(rate),
  weightDecay: rules.chain(rules.weightDecay(0.1), rules.sgd(rate)),
};

const infos = new Map<string, MethodInfo>(
  Object.entries(rules).map(([name, make]) => [name, make.info]),
);

/** A nested tree with a matrix, vectors and a scalar, in two dtypes. */
const mixed: TestProblem = {
  start: {
    layers: [
      {
        weight: NDArray.of(
          [
            [0.5, -1.5, 2],
            [1, 0.25, -0.75],
          ],
          undefined,
          "f32",
        ),
        bias: NDArray.of([0, 0.5, -1], undefined, "f32"),
      },
    ],
    scale: NDArray.of(1.5, undefined, "f64"),
    offsets: NDArray.of([2, -3], undefined, "f64"),
  },
  loss: (params) =>
    tensorsOf(params)
      .map((x, i) =>
        x
          .sub(0.3)
          .square()
          .mul(i + 1)
          .sum()
          .cast("f64"),
      )
      .reduce((total, part) => total.add(part)),
};

const isArray = (leaf: unknown): leaf is NDArray => leaf instanceof NDArray;

/** A copy with arrays of its own, as if read from disk. */
function copy(tree: Tree<NDArray>): Tree<NDArray> {
  const { leaves, structure } = flatten(tree, isArray);
  const copies = leaves.map(({ data, shape, dtype }) => new NDArray(data.slice(), shape, dtype));
  return unflatten(structure, copies);
}

const structureOf = (tree: Tree<NDArray>) => flatten(tree, isArray).structure;

const shapesOf = (tree: Tree<NDArray>): string[] =>
  arraysOf(tree).map(({ shape, dtype }) => `${dtype}[${shape.join()}]`);

describe.for(Object.entries(samples))("%s", ([name, rule]) => {
  test("is described by its own name and says what it costs", () => {
    const info = infos.get(name)!;
    expect(info.name).toBe(name);
    expect(priceInWords(info)).toMatch(info.kind === "rule" ? /^1 gradient|^\d gradients/ : /./);
    expect([info.summary, info.guarantee]).toEqual([
      expect.stringMatching(/\.$/),
      expect.stringMatching(/\.$/),
    ]);
  });

  test("keeps structure, shapes and dtypes of params and state", () => {
    const [start, , second] = progressOf(rule, mixed, 2);
    expect(shapesOf(second!.params)).toEqual(shapesOf(start!.params));
    expect(structureOf(second!.params)).toEqual(structureOf(start!.params));
    expect(shapesOf(second!.state)).toEqual(shapesOf(start!.state));
    expect(structureOf(second!.state)).toEqual(structureOf(start!.state));
    for (const value of [...numbersOf(second!.params), ...numbersOf(second!.state)]) {
      expect(value).toBeTypeOf("number");
      expect(Number.isFinite(value)).toBe(true);
    }
  });

  test("keeps as many tensors, and asks for as many gradients, as it says", () => {
    const info = infos.get(name)!;
    if (info.kind !== "rule" && info.kind !== "transform") throw new Error("what is it then?");
    const problem = bowl([1, 2, 3], [1, 1, 1]);
    const own = arraysOf(prepare(rule, problem, 10).start.state);
    expect(own.filter(({ shape }) => shape.length === 1)).toHaveLength(info.price.state);

    let evaluations = 0;
    const counted = {
      ...problem,
      loss: (params: Tree<Tensor>) => {
        evaluations++;
        return problem.loss(params);
      },
    };
    const run = prepare(rule, counted, 10);
    run.step(run.start);
    expect(evaluations).toBe(info.price.gradients + (info.kind === "transform" ? 1 : 0));
  });

  test("goes on from a saved state as if it had never stopped", () => {
    const whole = progressOf(rule, mixed, 12);
    const halfway = whole[6]!;
    const again = prepare(rule, mixed, 12);
    let at = { ...halfway, params: copy(halfway.params), state: copy(halfway.state) };
    for (let i = 0; i < 6; i++) at = again.step(at);
    expect(numbersOf(at.params)).toEqual(numbersOf(whole[12]!.params));
    expect(numbersOf(at.state)).toEqual(numbersOf(whole[12]!.state));
  });

  test("lowers the loss of a bowl, in f32 as in f64", () => {
    const curvatures = [1, 3, 0.5, 2];
    const start = [1, -2, 3, 0.5];
    const ends = (["f32", "f64"] as const).map((dtype) => {
      const problem = bowl(curvatures, start, dtype);
      const last = progressOf(rule, problem, 60)[60]!;
      expect(shapesOf(last.params)).toEqual([`${dtype}[4]`]);
      return numbersOf(last.params);
    });
    const loss = (x: readonly number[]): number =>
      x.reduce((sum, value, i) => sum + (curvatures[i]! * value ** 2) / 2, 0);
    expect(loss(ends[1]!)).toBeLessThan(0.9 * loss(start));
    ends[1]!.forEach((value, i) => {
      expect(Math.abs(ends[0]![i]! - value)).toBeLessThan(1e-3);
    });
  });
});

describe("joinable rules", () => {
  const joinable = Object.entries(samples).filter(([, rule]) => rule.joinable);
  test.for(joinable)("%s gives the same on params joined into one", ([, rule]) => {
    const start = [1, -2, 3, 0.5, -1];
    const split: TestProblem = {
      start: [NDArray.of(start.slice(0, 2)), NDArray.of(start.slice(2))],
      loss: (params) =>
        tensorsOf(params)
          .map((x) => x.sub(0.2).square().sum())
          .reduce((a, b) => a.add(b)),
    };
    const joined: TestProblem = { ...split, start: NDArray.of(start) };
    const [a, b] = [split, joined].map((problem) =>
      numbersOf(progressOf(rule, problem, 9)[9]!.params),
    );
    a!.forEach((value, i) => {
      expect(Math.abs(value - b![i]!)).toBeLessThan(1e-13);
    });
  });
});
