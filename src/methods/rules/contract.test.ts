import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { array } from "../../array/operations/creation.ts";
import type { Tensor } from "../../array/tensor.ts";
import { tensorsOf } from "../../array/tensorTree.ts";
import { flatten, type Tree, unflatten } from "../../array/tree.ts";
import { type MethodInfo, priceInWords } from "../method.ts";
import * as rules from "./registry.ts";
import {
  arraysOf,
  bowl,
  layersOnly,
  matricesOnly,
  numbersOf,
  prepare,
  problemFor,
  progressOf,
  samples,
  type TestProblem,
} from "./testing.ts";

const infos = new Map<string, MethodInfo>(
  Object.entries(rules).map(([name, make]) => [name, make.info]),
);

/** ½Σcᵢxᵢ² over a vector, or a matrix of two columns. */
function bowlFor(name: string, curvatures: readonly number[], dtype: "f32" | "f64"): TestProblem {
  const start = [1, -2, 3, 0.5];
  if (layersOnly.has(name)) {
    // The mean over four rows √4cᵢ·eᵢ of a data set: ½Σcᵢxᵢ².
    const rows = curvatures.map((c, i) =>
      curvatures.map((_, j) => (i === j ? 2 * Math.sqrt(c) : 0)),
    );
    return {
      start: NDArray.of(
        start.map((x) => [x]),
        undefined,
        dtype,
      ),
      loss: (params) => {
        const x = tensorsOf(params)[0]!;
        return array(rows).cast(x.dtype).matmul(x).square().mean().mul(0.5);
      },
    };
  }
  if (!matricesOnly.has(name)) return bowl(curvatures, start, dtype);
  return {
    start: new NDArray(
      dtype === "f32" ? Float32Array.from(start) : Float64Array.from(start),
      [2, 2],
    ),
    loss: (params) => {
      const x = tensorsOf(params)[0]!.reshape([4]);
      return x.mul(x).mul(curvatures).sum().mul(0.5);
    },
  };
}

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
  const mixed = problemFor(name);

  test("is described by its own name and says what it costs", () => {
    const info = infos.get(name)!;
    expect(info.name).toBe(name);
    expect(priceInWords(info)).toMatch(info.kind === "rule" ? /^[\d.]+ gradients?/ : /./);
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
    const problem = bowlFor(name, [1, 2, 3, 4], "f64");
    const { params, state } = prepare(rule, problem, 10).start;
    const [shape] = shapesOf(params);
    expect(shapesOf(state).filter((other) => other === shape)).toHaveLength(info.price.state);

    let evaluations = 0;
    const counted = {
      ...problem,
      loss: (x: Tree<Tensor>) => {
        evaluations++;
        return problem.loss(x);
      },
    };
    const run = prepare(rule, counted, 10);
    run.step(run.start);
    // The test itself asks for one, of which frozen has no need; one on a part of the batch is one here.
    const own = Math.ceil(info.price.gradients) + (info.kind === "transform" ? 1 : 0);
    expect(evaluations).toBe(Math.max(1, own));
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
    const runs = (["f32", "f64"] as const).map((dtype) => {
      const problem = bowlFor(name, curvatures, dtype);
      const all = progressOf(rule, problem, 60);
      expect(shapesOf(all[60]!.params)).toEqual(shapesOf(problem.start));
      return [all[0]!, all[60]!].map(({ params }) => numbersOf(params));
    });
    const loss = (x: readonly number[]): number =>
      x.reduce((sum, value, i) => sum + (curvatures[i]! * value ** 2) / 2, 0);
    const [start, end] = runs[1]!;
    if (name === "frozen") expect(end).toEqual(start);
    else expect(loss(end!)).toBeLessThan(0.9 * loss(start!));
    end!.forEach((value, i) => {
      expect(Math.abs(runs[0]![1]![i]! - value)).toBeLessThan(2e-3);
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
