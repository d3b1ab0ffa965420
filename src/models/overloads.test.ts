import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { jit } from "../runtime/jit.ts";
import { avgPool, conv2d, maxPool, relu, sigmoid, softplus, tanh } from "./overloads.ts";

describe("a name that is a layer and an operation", () => {
  test.for([
    ["relu", relu, (x: number) => Math.max(x, 0)],
    ["tanh", tanh, Math.tanh],
    ["sigmoid", sigmoid, (x: number) => 1 / (1 + Math.exp(-x))],
    ["softplus", softplus, (x: number) => Math.log1p(Math.exp(x))],
  ] as const)("%s", ([name, both, expected]) => {
    expect([both().kind, both().name]).toEqual(["layer", name]);
    const results = jit((x: Tensor) => both(x))([-1.5, 0, 2]).data;
    [-1.5, 0, 2].forEach((x, i) => {
      expect(results[i]).toBeCloseTo(expected(x), 12);
    });
  });

  test("pools and convolutions", () => {
    expect(maxPool(2).outputShape([1, 4, 6])).toEqual([1, 2, 3]);
    expect(avgPool([2, 3]).outputShape([1, 4, 6])).toEqual([1, 2, 2]);
    expect(conv2d(5, 3).outputShape([1, 4, 6])).toEqual([5, 2, 4]);
    const x = [[[[1, 2], [3, 6]]]]; // biome-ignore format: a picture
    const all = jit((pictures: Tensor) => ({
      largest: maxPool(pictures, 2),
      mean: avgPool(pictures, 2),
      sum: conv2d(pictures, [
        [
          [
            [1, 1],
            [1, 1],
          ],
        ],
      ]),
    }))(x);
    expect([all.largest.item(), all.mean.item(), all.sum.item()]).toEqual([6, 3, 12]);
  });
});
