import { expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import type { Tensor } from "../array/tensor.ts";
import { numbersFrom } from "../linalg/testing.ts";
import { curvatureNoise } from "../methods/rules/curvatureNoise.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { dataset } from "./dataset.ts";
import { fit } from "./fit.ts";

// A linear network of two layers that starts at 0, its saddle, and could fit its targets exactly.
const rows = 64;
const next = numbersFrom(5);
const x = new NDArray(Float64Array.from({ length: 3 * rows }, next), [rows, 3]);
const y = Float64Array.from(
  { length: rows },
  (_, i) => x.data[3 * i]! - 2 * x.data[3 * i + 1]! + 0.5 * x.data[3 * i + 2]!,
);
const problem = {
  params: {
    first: new NDArray(new Float64Array(6), [3, 2]),
    second: new NDArray(new Float64Array(2), [2]),
  },
  loss: ({ first, second }: { first: Tensor; second: Tensor }, batch: { x: Tensor; y: Tensor }) =>
    batch.x.matmul(first).matmul(second).sub(batch.y).square().mean(),
  data: dataset({ x, y }),
  dtype: "f64",
  batchSize: 32,
  epochs: 200,
  seed: 1,
} as const;

test("in fit, plain descent stays on a saddle, with a verdict that shows the way down", async () => {
  const { loss, verdict } = await fit({ ...problem, method: sgd(0.1) });
  expect(loss).toBeGreaterThan(0.5);
  if (verdict.kind !== "saddle") throw new Error(verdict.kind);
  expect(Math.hypot(...verdict.direction)).toBeCloseTo(1, 10);
  expect(verdict.smallestEigenvalue).toBeLessThan(-verdict.eigenvalueError);
  expect(verdict.predictedDecrease).toBeGreaterThan(0);
  expect(verdict.evidence.join()).toMatch(/lowers the value by/);
});

test("with noise by curvature it reaches the minimum, and no noise is left there", async () => {
  const { loss, verdict } = await fit({ ...problem, method: curvatureNoise(sgd(0.1)) });
  expect(loss).toBeLessThan(1e-10);
  expect(verdict.kind).not.toBe("saddle");
});
