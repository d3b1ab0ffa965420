import { describe, expect, test } from "vitest";
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
    const results = jit((x: ReturnType<typeof both>) => both(x))([-1.5, 0, 2]).data;
    [-1.5, 0, 2].forEach((x, i) => {
      expect(results[i]).toBeCloseTo(expected(x), 12);
    });
  });

  test("pools", () => {
    expect(maxPool(2).outputShape([1, 4, 6])).toEqual([1, 2, 3]);
    expect(avgPool([2, 3]).outputShape([1, 4, 6])).toEqual([1, 2, 2]);
    const x = [
      [
        [
          [1, 2],
          [3, 6],
        ],
      ],
    ]; // prettier keeps a picture as it is drawn
    const pools = jit(
      (pictures: Parameters<typeof relu>[0] & { readonly kind?: never }) => pictures,
    );
    void pools;
    void x;
  });
});
