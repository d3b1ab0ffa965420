import { describe, expect, expectTypeOf, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import type { Tensor } from "../array/tensor.ts";
import { type Dataset, dataset, requireLabels, takeRows } from "./dataset.ts";

const x = Float32Array.from([1, 2, 3, 4, 5, 6]);

describe("dataset", () => {
  test("reads typed arrays without a copy, and nested numbers as f32", () => {
    const made = dataset({ x: new NDArray(x, [3, 2]), more: { y: [[1], [2], [3]] } });
    expect(made.size).toBe(3);
    expect(made.arrays.x.data).toBe(x);
    expect(made.arrays.more.y).toEqual(new NDArray(Float32Array.of(1, 2, 3), [3, 1]));
  });

  test("is typed by what a loss sees of it, and a function can infer that", () => {
    const made = dataset({ x: new NDArray(x, [3, 2]), label: Int32Array.of(0, 1, 0) });
    expectTypeOf(made).toEqualTypeOf<Dataset<{ readonly x: Tensor; readonly label: Tensor }>>();
    expectTypeOf(made.arrays.label).toEqualTypeOf<NDArray>();
    const batchOf = <B>(_data: Dataset<B>, loss: (batch: B) => Tensor): typeof loss => loss;
    expectTypeOf(batchOf(made, (batch) => batch.label))
      .parameter(0)
      .toEqualTypeOf<{
        readonly x: Tensor;
        readonly label: Tensor;
      }>();
  });

  test.for([
    ["no array at all", {}, "data/empty", /hold no array/],
    ["no rows", { x: [] }, "data/empty", /data\.x is empty/],
    ["a scalar", { x: 3 }, "data/scalar", /data\.x is one number/],
    ["unequal rows", { x: [1, 2], y: [1] }, "data/rows", /data\.x has 2 rows, data\.y has 1/],
    ["text", { x: "abc" }, "tree/leaf", /data\.x is the string "abc"/],
    [
      "a NaN",
      {
        x: [
          [1, 2],
          [3, Number.NaN],
        ],
      },
      "data/not-finite",
      /NaN in row 1, column 1/,
    ],
    ["an infinity", { x: [0, 1, -1 / 0, 1 / 0] }, "data/not-finite", /-Infinity in row 2$/m],
    ["bytes", { x: Uint8Array.of(0, 255) }, "data/bytes", /the byte 255 in row 1/],
  ] as const)("refuses %s", ([, arrays, code, message]) => {
    expect(() => dataset(arrays)).toThrow(expect.objectContaining({ code }));
    expect(() => dataset(arrays)).toThrow(message);
  });
});

test("takeRows copies the named rows of every array, in the order asked", () => {
  const made = dataset({ x: new NDArray(x, [3, 2]), label: Int32Array.of(7, 8, 9) });
  const taken = takeRows(made, [2, 0, 2]);
  expect(taken.size).toBe(3);
  expect(taken.arrays.x.toArray()).toEqual([
    [5, 6],
    [1, 2],
    [5, 6],
  ]);
  expect(taken.arrays.label.toArray()).toEqual([9, 7, 9]);
  taken.arrays.x.data[0] = 0;
  expect(x[4]).toBe(5);
});

describe("requireLabels", () => {
  test("admits every class", () => {
    expect(() => requireLabels(NDArray.of(Int32Array.of(0, 9)), 10)).not.toThrow();
  });

  test.for([
    [NDArray.of(Int32Array.of(0, 3, 10, -1)), /label of row 2 is 10/],
    [NDArray.of(Int32Array.of(0, -1)), /label of row 1 is -1/],
    [NDArray.of(Float32Array.of(0, 1)), /label is f32 \[2\]/],
    [new NDArray(Int32Array.of(0, 1), [2, 1]), /label is i32 \[2, 1\]/],
  ] as const)("refuses %s", ([labels, message]) => {
    expect(() => requireLabels(labels, 10)).toThrow(message);
  });
});
