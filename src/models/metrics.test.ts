import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { jit } from "../runtime/jit.ts";
import { accuracy, binaryAccuracy } from "./metrics.ts";

describe("accuracy", () => {
  const scores = [
    [1, 5, 2],
    [3, 0, 3],
    [0, 1, 9],
    [4, 0, 0],
  ];

  test("counts the examples whose largest score, the first of equals, is that of their class", () => {
    const got = jit((z: Tensor) => accuracy(z, Int32Array.of(1, 2, 2, 1)))(scores);
    expect(got.item()).toBe(0.5);
    expect(jit((z: Tensor) => accuracy(z, Int32Array.of(1, 0, 2, 0)))(scores).item()).toBe(1);
  });

  test("takes one-hot rows too", () => {
    const rows = [
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 1],
      [1, 0, 0],
    ];
    expect(jit((z: Tensor) => accuracy(z, rows))(scores).item()).toBe(0.75);
  });

  test("refuses labels of another batch", () => {
    expect(() => jit((z: Tensor) => accuracy(z, Int32Array.of(1, 2)))(scores)).toThrow(
      /scores \[4, 3\] for labels \[2\]/,
    );
  });
});

describe("binaryAccuracy", () => {
  test.each([
    ["0 and 1", [1, 0, 0, 1]],
    ["−1 and 1", [1, -1, -1, 1]],
  ])("counts right signs, labels %s", (_what, labels) => {
    const got = jit((z: Tensor) => binaryAccuracy(z, labels))([3, -1, 0, -2]);
    expect(got.item()).toBe(0.75);
  });

  test("refuses scores of another shape", () => {
    expect(() => jit((z: Tensor) => binaryAccuracy(z.reshape([2, 1]), [1, 0]))([1, 2])).toThrow(
      /scores \[2, 1\] for labels \[2\]/,
    );
  });
});
