import { describe, expect, test } from "vitest";
import { jit } from "../../runtime/jit.ts";
import { NDArray } from "../ndarray.ts";
import type { Tensor } from "../tensor.ts";
import { avgPool, type ConvOptions, conv2d, maxPool, type WindowOptions } from "./convolution.ts";

/** One image of one channel, 1 … 9, and a filter that picks corners. */
const image = [
  [
    [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ],
  ],
];
const corners = [
  [
    [
      [1, 0],
      [0, 10],
    ],
  ],
];

const conv = (options: ConvOptions = {}) =>
  jit((x: Tensor, w: Tensor) => conv2d(x, w, options))(image, corners);
const plane = (found: NDArray) => found.toArray() as number[][][][]; // images have four axes

describe("conv2d", () => {
  test("correlates, and does not flip the filter", () => {
    expect(plane(conv())[0]?.[0]).toEqual([
      [51, 62],
      [84, 95],
    ]);
  });

  test.for<readonly [ConvOptions, readonly (readonly number[])[]]>([
    [{ stride: 2 }, [[51]]],
    [{ dilation: 2 }, [[91]]],
    [
      { padding: 1 },
      [
        [10, 20, 30, 0],
        [40, 51, 62, 3],
        [70, 84, 95, 6],
        [0, 7, 8, 9],
      ],
    ],
    [
      { padding: [0, 1] },
      [
        [40, 51, 62, 3],
        [70, 84, 95, 6],
      ],
    ],
    [
      {
        padding: [
          [1, 0],
          [0, 0],
        ],
      },
      [
        [20, 30],
        [51, 62],
        [84, 95],
      ],
    ],
    [
      { padding: "same" },
      [
        [51, 62, 3],
        [84, 95, 6],
        [7, 8, 9],
      ],
    ],
    [
      { padding: "same", stride: 2 },
      [
        [51, 3],
        [7, 9],
      ],
    ],
    [{ padding: "valid", stride: [1, 2] }, [[51], [84]]],
  ])("%j", ([options, expected]) => {
    expect(plane(conv(options))[0]?.[0]).toEqual(expected);
  });

  test("groups keep channels apart", () => {
    const two = [[...image[0]!, ...image[0]!.map((rows) => rows.map((row) => row.map((v) => -v)))]];
    const filters = [corners[0]!, corners[0]!];
    const found = jit((x: Tensor, w: Tensor) => conv2d(x, w, { groups: 2 }))(two, filters);
    expect(plane(found)[0]).toEqual([
      [
        [51, 62],
        [84, 95],
      ],
      [
        [-51, -62],
        [-84, -95],
      ],
    ]);
  });

  test("keeps single precision", () => {
    const x = NDArray.of(image, undefined, "f32");
    expect(jit((a: Tensor) => conv2d(a, corners))(x).dtype).toBe("f32");
  });
});

describe("pooling", () => {
  const pooled = (
    f: (x: Tensor, window: number | readonly [number, number], options?: WindowOptions) => Tensor,
    window: number | readonly [number, number],
    options?: WindowOptions,
  ) => plane(jit((x: Tensor) => f(x, window, options))(image))[0]?.[0];

  test("windows stand side by side, and a rest that fills none is dropped", () => {
    expect(pooled(maxPool, 2)).toEqual([[5]]);
    expect(pooled(avgPool, 2)).toEqual([[3]]);
    expect(pooled(maxPool, [1, 3])).toEqual([[3], [6], [9]]);
  });

  test("strides overlap them, padding adds what never wins and counts as 0", () => {
    expect(pooled(maxPool, 2, { stride: 1 })).toEqual([
      [5, 6],
      [8, 9],
    ]);
    expect(pooled(avgPool, 2, { stride: 1 })).toEqual([
      [3, 4],
      [6, 7],
    ]);
    expect(pooled(avgPool, 2, { padding: 1 })).toEqual([
      [0.25, 1.25],
      [2.75, 7],
    ]);
    expect(pooled((x, w, o) => maxPool(x.neg(), w, o), 2, { padding: 1 })).toEqual([
      [-1, -2],
      [-4, -5],
    ]);
    expect(pooled(maxPool, 2, { padding: "same" })).toEqual([
      [5, 6],
      [8, 9],
    ]);
  });

  test("NaN wins every window it is in", () => {
    const bad = [[[[Number.NaN, 2, 3, 4]]]];
    const f = jit((x: Tensor) => maxPool(x, [1, 2]));
    expect(f(bad).toArray()).toEqual([[[[Number.NaN, 4]]]]);
    expect(f([[[[1, Number.NaN, 3, 4]]]]).toArray()).toEqual([[[[Number.NaN, 4]]]]);
  });
});
