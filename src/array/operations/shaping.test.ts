import { describe, expect, test } from "vitest";
import { jit } from "../../runtime/jit.ts";
import { NDArray } from "../ndarray.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import * as c from "./creation.ts";
import * as s from "./shaping.ts";

/** 0, 1, 2, … in a shape. */
const counting = (shape: Shape): NDArray =>
  new NDArray(
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => i),
    shape,
  );
const of = (f: (x: Tensor) => Tensor, x: NDArray = counting([2, 3])) => jit(f)(x);

describe("reshape, transpose, broadcastTo", () => {
  test("reshape keeps the order, and finds one length", () => {
    expect(of((x) => x.reshape([3, 2])).toArray()).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(of((x) => x.reshape([-1])).shape).toEqual([6]);
    expect(of((x) => x.reshape([2, -1, 1])).shape).toEqual([2, 3, 1]);
    expect(of((x) => x.reshape([0, 7]), counting([3, 0])).shape).toEqual([0, 7]);
  });

  test("transpose reverses the axes, or orders them", () => {
    expect(of((x) => x.transpose()).toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    const cube = counting([2, 3, 4]);
    const moved = of((x) => x.transpose([2, 0, -2]), cube);
    expect(moved.shape).toEqual([4, 2, 3]);
    expect(moved.data[1 * 6 + 1 * 3 + 2]).toBe(1 * 12 + 2 * 4 + 1);
    expect(of((x) => x.transpose([2, 0, 1]).transpose([1, 2, 0]), cube).data).toEqual(cube.data);
  });

  test("broadcastTo repeats rows and columns", () => {
    expect(of((x) => s.broadcastTo(x, [2, 2]), counting([2])).toArray()).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(of((x) => s.broadcastTo(x, [2, 2]), counting([2, 1])).toArray()).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(of((x) => s.broadcastTo(x, [0, 2]), counting([1, 2])).shape).toEqual([0, 2]);
  });

  test("expandDims and squeeze are inverse", () => {
    expect(of((x) => x.expandDims(0)).shape).toEqual([1, 2, 3]);
    expect(of((x) => x.expandDims(-1)).shape).toEqual([2, 3, 1]);
    expect(of((x) => x.expandDims([0, 2])).shape).toEqual([1, 2, 1, 3]);
    expect(of((x) => x.expandDims([0, 2]).squeeze()).shape).toEqual([2, 3]);
    expect(of((x) => x.expandDims([0, -1]).squeeze(-1)).shape).toEqual([1, 2, 3]);
  });
});

describe("parts", () => {
  test.for([
    [[[1]], [[3, 4, 5]]],
    [[[0, 1]], [[0, 1, 2]]],
    [
      [null, [-2]],
      [
        [1, 2],
        [4, 5],
      ],
    ],
    [
      [null, [0, null, 2]],
      [
        [0, 2],
        [3, 5],
      ],
    ],
    [[[-1], [1, -1]], [[4]]],
    [
      [[0, 99]],
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [[[5]], []],
    [
      [null, [2, 1]],
      [[], []],
    ],
    [
      [],
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
  ] as const)("slice %j", ([ranges, expected]) => {
    expect(of((x) => x.slice(...ranges)).toArray()).toEqual(expected);
  });

  test("at drops the axes it fixes, and counts from the end", () => {
    expect(of((x) => x.at(1)).toArray()).toEqual([3, 4, 5]);
    expect(of((x) => x.at(-1, -3)).toArray()).toBe(3);
    expect(of((x) => x.at())).toMatchObject({ shape: [2, 3] });
  });

  test("split gives equal parts of any axis", () => {
    const parts = jit((x: Tensor) => s.split(x, 3, -1))(counting([2, 3]));
    expect(parts.map((part) => part.toArray())).toEqual([
      [[0], [3]],
      [[1], [4]],
      [[2], [5]],
    ]);
  });

  test("flip reverses all axes, or some", () => {
    expect(of((x) => s.flip(x)).toArray()).toEqual([
      [5, 4, 3],
      [2, 1, 0],
    ]);
    expect(of((x) => s.flip(x, 0)).toArray()).toEqual([
      [3, 4, 5],
      [0, 1, 2],
    ]);
    expect(of((x) => s.flip(x, [-1])).toArray()).toEqual([
      [2, 1, 0],
      [5, 4, 3],
    ]);
  });
});

describe("joining and padding", () => {
  test("concat joins along an axis, plain numbers too", () => {
    expect(of((x) => s.concat([x, x])).shape).toEqual([4, 3]);
    expect(of((x) => s.concat([x, [[9], [8]]], -1)).toArray()).toEqual([
      [0, 1, 2, 9],
      [3, 4, 5, 8],
    ]);
    const single = NDArray.of([1], undefined, "f32");
    expect(of((x) => s.concat([[2, 3], x]), single)).toMatchObject({ dtype: "f32" });
    expect(of((x) => s.concat([x, s.slice(x, [0, 0])])).shape).toEqual([2, 3]);
  });

  test("a part of a joined array is the part itself", () => {
    const f = (x: Tensor) => s.concat([x, x.mul(10)], 1).slice(null, [3, 5]);
    expect(of(f).toArray()).toEqual([
      [0, 10],
      [30, 40],
    ]);
    const across = (x: Tensor) => s.concat([x, x.mul(10)], 1).slice(null, [2, 4]);
    expect(of(across).toArray()).toEqual([
      [2, 0],
      [5, 30],
    ]);
  });

  test("stack makes a new axis", () => {
    const f = (axis: number) =>
      jit((x: Tensor, y: Tensor) => s.stack([x, y], axis))([1, 2], [3, 4]);
    expect(f(0).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(f(-1).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(jit((x: Tensor) => s.stack([x.at(0), 7, x.at(1)]))([1, 2]).toArray()).toEqual([1, 7, 2]);
  });

  test("pad surrounds with a number, also a negative one that is used further", () => {
    expect(
      of((x) =>
        s.pad(x, [
          [1, 0],
          [0, 2],
        ]),
      ).toArray(),
    ).toEqual([
      [0, 0, 0, 0, 0],
      [0, 1, 2, 0, 0],
      [3, 4, 5, 0, 0],
    ]);
    expect(of((x) => s.pad(x, [[1, 1]], -1).neg(), counting([2])).toArray()).toEqual([
      1, -0, -1, 1,
    ]);
    const long = of((x) => s.pad(x.add(1), [[2, 3]], -1).neg(), counting([40]));
    expect(Array.from(long.data.slice(0, 4))).toEqual([1, 1, -1, -2]);
    expect(Array.from(long.data.slice(-4))).toEqual([-40, 1, 1, 1]);
  });
});

describe("creation", () => {
  const made = (f: () => Tensor) => jit(f)();

  test("full, zeros, ones in any shape and dtype", () => {
    expect(made(() => c.full([2, 2], 7)).toArray()).toEqual([
      [7, 7],
      [7, 7],
    ]);
    expect(made(() => c.zeros([0, 2]))).toMatchObject({ shape: [0, 2], dtype: "f64" });
    expect(made(() => c.ones([], "i32"))).toMatchObject({ shape: [], dtype: "i32" });
    expect(made(() => c.full([1], 0.1, "f32")).data).toEqual(Float32Array.of(0.1));
    expect(made(() => c.full([1], 2.9, "i32").mul(1)).data).toEqual(Int32Array.of(2));
    expect(made(() => c.full([1], 2, "bool").cast("i32").mul(1)).toArray()).toEqual([1]);
  });

  test("array keeps the dtype of typed arrays, numbers take the trace's", () => {
    expect(made(() => c.array([[1, 2]]))).toMatchObject({ shape: [1, 2], dtype: "f64" });
    expect(made(() => c.array(Float32Array.of(1))).dtype).toBe("f32");
    expect(made(() => c.array(Float64Array.of(1.7), "i32")).data).toEqual(Int32Array.of(1));
    expect(made(() => c.array([1, 0, 2], "bool")).data).toEqual(Uint8Array.of(1, 0, 1));
  });

  test("arange, linspace, eye", () => {
    expect(made(() => c.arange(4)).data).toEqual(Int32Array.of(0, 1, 2, 3));
    expect(made(() => c.arange(0)).shape).toEqual([0]);
    expect(made(() => c.linspace(-1, 1, 5)).toArray()).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(made(() => c.linspace(0, 0.1, 11, "f32")).dtype).toBe("f32");
    expect(made(() => c.eye(2)).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });
});
