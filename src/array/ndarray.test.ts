import { describe, expect, test } from "vitest";
import { NDArray } from "./ndarray.ts";

describe("NDArray.of", () => {
  test("reads numbers, nested numbers and booleans", () => {
    expect(NDArray.of(3)).toMatchObject({ shape: [], dtype: "f64", data: Float64Array.of(3) });
    expect(NDArray.of([[1, 2, 3]], undefined, "f32")).toMatchObject({
      shape: [1, 3],
      dtype: "f32",
    });
    expect(NDArray.of([[], []]).shape).toEqual([2, 0]);
    expect(NDArray.of([1, 0, 5], undefined, "bool").data).toEqual(Uint8Array.of(1, 0, 1));
  });

  test("does not copy a typed array of the right dtype", () => {
    const data = Float32Array.of(1, 2);
    expect(NDArray.of(data).data).toBe(data);
    expect(NDArray.of(data, [2, 1]).data).toBe(data);
    const array = new NDArray(data, [2]);
    expect(NDArray.of(array)).toBe(array);
    expect(NDArray.of(array, [1, 2])).toMatchObject({ shape: [1, 2], data });
  });

  test("converts to another dtype", () => {
    expect(NDArray.of(Float64Array.of(1.7, -1.7, 2 ** 31), undefined, "i32").data).toEqual(
      Int32Array.of(1, -1, -(2 ** 31)),
    );
    expect(NDArray.of(Float64Array.of(0.1, 0), undefined, "bool").data).toEqual(
      Uint8Array.of(1, 0),
    );
    expect(NDArray.of(Uint8Array.of(0, 255), undefined, "f32").data).toEqual(
      Float32Array.of(0, 255),
    );
    expect(NDArray.of(NDArray.of([0.1]), undefined, "f32").data).toEqual(Float32Array.of(0.1));
  });

  test.for([
    [[[1, 2], [3]], "array: rows differ: 1 entries on axis 1"],
    [[[1], 2], "array: rows differ: a number on axis 1"],
    [[1, [2]], "array: found 1 entries where a number belongs"],
    [new Int16Array(2), "array: cannot read a Int16Array"],
    [Uint8Array.of(2), "array: a bool array holds other numbers than 0 and 1"],
  ] as const)("refuses %j", ([value, message]) => {
    expect(() => NDArray.of(value)).toThrow(message);
  });
});

test("data must fill the shape", () => {
  expect(() => new NDArray(new Float64Array(3), [2])).toThrow(
    "array: 3 elements do not fill shape [2]",
  );
  expect(() => NDArray.of(new Float64Array(3), [2, 2])).toThrow(
    /do not fill shape \[2, 2\][\s\S]*4 elements/,
  );
});

test("toArray nests, item wants one element", () => {
  const cube = new NDArray(
    Float64Array.from({ length: 8 }, (_, i) => i),
    [2, 2, 2],
  );
  expect(cube.toArray()).toEqual([
    [
      [0, 1],
      [2, 3],
    ],
    [
      [4, 5],
      [6, 7],
    ],
  ]);
  expect(NDArray.zeros([2, 0], "i32").toArray()).toEqual([[], []]);
  expect(NDArray.of(7).toArray()).toBe(7);
  expect(NDArray.of([[7]]).item()).toBe(7);
  expect(() => cube.item()).toThrow("item: the array has shape [2, 2, 2]");
});
