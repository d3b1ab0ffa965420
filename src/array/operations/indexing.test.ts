import { describe, expect, test } from "vitest";
import { jit } from "../../runtime/jit.ts";
import { NDArray } from "../ndarray.ts";
import type { Tensor } from "../tensor.ts";
import * as i from "./indexing.ts";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const matrix = [
  [10, 11, 12],
  [20, 21, 22],
];
const whole = (...values: readonly number[]): NDArray => NDArray.of(values, undefined, "i32");

describe("take", () => {
  test("picks rows, or positions of any axis", () => {
    expect(jit((x: Tensor) => i.take(x, [1, 0, 1]))(matrix).toArray()).toEqual([
      matrix[1],
      matrix[0],
      matrix[1],
    ]);
    expect(
      jit((x: Tensor, at: Tensor) => i.take(x, at, -1))(matrix, whole(2, 0)).toArray(),
    ).toEqual([
      [12, 10],
      [22, 20],
    ]);
    expect(jit((x: Tensor) => i.take(x, 1))(matrix).toArray()).toEqual([20, 21, 22]);
    expect(
      jit((x: Tensor) =>
        i.take(
          x,
          [
            [0, 1],
            [1, 0],
          ],
          1,
        ),
      )(matrix).shape,
    ).toEqual([2, 2, 2]);
  });

  test("takeLast picks one element of each row", () => {
    const f = jit((x: Tensor, at: Tensor) => i.takeLast(x, at));
    expect(f(matrix, whole(2, 0)).toArray()).toEqual([12, 20]);
    expect(f([5, 6, 7], NDArray.of(1, [], "i32")).toArray()).toBe(6);
    expect(
      f(
        [matrix, matrix],
        NDArray.of(
          [
            [0, 1],
            [2, 0],
          ],
          undefined,
          "i32",
        ),
      ).toArray(),
    ).toEqual([
      [10, 21],
      [12, 20],
    ]);
  });
});

test("oneHot marks a class, and none for an index outside", () => {
  expect(jit((x: Tensor) => i.oneHot(x, 3))(whole(2, 0, 5, -1)).toArray()).toEqual([
    [0, 0, 1],
    [1, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(jit((x: Tensor) => i.oneHot(x, 2, "f32"))(whole(1))).toMatchObject({
    dtype: "f32",
    shape: [1, 2],
  });
});

test("scatterAdd sums repeated rows", () => {
  const f = jit((at: Tensor, rows: Tensor) => i.scatterAdd(at, rows, 3));
  expect(
    f(whole(2, 0, 2), [
      [1, 2],
      [3, 4],
      [5, 6],
    ]).toArray(),
  ).toEqual([
    [3, 4],
    [0, 0],
    [6, 8],
  ]);
  expect(f(whole(1, 1, 1), [1, 2, 4]).toArray()).toEqual([0, 7, 0]);
});

describe("sorting", () => {
  const sorted = (x: readonly number[], descending = false) => [
    jit((a: Tensor) => i.sort(a, { descending }))(x).toArray(),
    jit((a: Tensor) => i.argSort(a, { descending }))(x).toArray(),
  ];

  test("is stable, either way round, with NaN last", () => {
    expect(sorted([3, 1, 2, 1])).toEqual([
      [1, 1, 2, 3],
      [1, 3, 2, 0],
    ]);
    expect(sorted([3, 1, 2, 1], true)).toEqual([
      [3, 2, 1, 1],
      [0, 2, 1, 3],
    ]);
    expect(sorted([nan, 1, nan, -inf])).toEqual([
      [-inf, 1, nan, nan],
      [3, 1, 0, 2],
    ]);
    expect(sorted([nan, 1, nan, inf], true)).toEqual([
      [inf, 1, nan, nan],
      [3, 1, 0, 2],
    ]);
    expect(sorted([0, -0, 0])).toEqual([
      [0, -0, 0],
      [0, 1, 2],
    ]);
  });

  test("runs along any axis", () => {
    const x = [
      [3, 1],
      [2, 5],
      [1, 4],
    ];
    expect(jit((a: Tensor) => i.sort(a, { axis: 0 }))(x).toArray()).toEqual([
      [1, 1],
      [2, 4],
      [3, 5],
    ]);
    expect(jit((a: Tensor) => i.argSort(a, { axis: -2 }))(x).toArray()).toEqual([
      [2, 0],
      [1, 2],
      [0, 1],
    ]);
    expect(jit((a: Tensor) => i.sort(a))(x).toArray()).toEqual([
      [1, 3],
      [2, 5],
      [1, 4],
    ]);
  });

  test("topK gives the largest and where they are, the first of equals first", () => {
    const f = (x: readonly number[], k: number) => {
      const { values, indices } = jit((a: Tensor) => i.topK(a, k))(x);
      return [values.toArray(), indices.toArray()];
    };
    expect(f([1, 3, 2, 3], 3)).toEqual([
      [3, 3, 2],
      [1, 3, 2],
    ]);
    expect(f([1, nan, 2], 2)).toEqual([
      [2, 1],
      [2, 0],
    ]);
    const rows = jit((a: Tensor) => i.topK(a, 1).values)(matrix).toArray();
    expect(rows).toEqual([[12], [22]]);
  });
});
