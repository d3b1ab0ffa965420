import { expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { numbersFrom } from "../linalg/testing.ts";
import { dataset } from "../training/dataset.ts";
import { finiteSum } from "../training/finiteSum.ts";
import { noiseScale } from "./noiseScale.ts";

/** ℓ(x) = mean of ⟨x, row⟩: a row's gradient is the row itself. */
const linear = (rows: readonly (readonly number[])[]) =>
  finiteSum(
    (x: Tensor, batch: { row: Tensor }) => batch.row.matmul(x).mean(),
    dataset({ row: rows }),
  );

const next = numbersFrom(7);
const rows = Array.from({ length: 960 }, () => [0.5 + next(), next(), -0.3 + next()]);
const mean = [0, 1, 2].map((j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
const variance = [0, 1, 2]
  .map((j) => rows.reduce((sum, row) => sum + (row[j]! - mean[j]!) ** 2, 0) / (rows.length - 1))
  .reduce((sum, own) => sum + own, 0);
const square = mean.reduce((sum, own) => sum + own * own, 0);

test("with a batch a row it is the sample's own variance and unbiased gradient square", async () => {
  const report = await noiseScale(linear(rows), { at: [0, 0, 0], batches: 960 });
  expect(report.variance).toBeCloseTo(variance, 5);
  expect(report.gradientSquare).toBeCloseTo(square - variance / 960, 6);
  expect(report.noiseScale).toBeCloseTo(variance / (square - variance / 960), 4);
  expect(report).toMatchObject({ rowsOfBatch: 1, isResolved: true });
  expect(report.batchSize).toBe(Math.round(report.noiseScale));
});

test("from batches of many rows it is the same within its standard error, at the price of one gradient", async () => {
  const report = await noiseScale(linear(rows), { at: [0, 0, 0] });
  const exact = variance / square;
  expect(Math.abs(report.noiseScale - exact)).toBeLessThan(3 * report.standardError);
  expect(report.standardError).toBeLessThan(exact);
  expect(report).toMatchObject({ batches: 24, rowsOfBatch: 40 });
  expect(report.cost.gradients).toBeCloseTo(1, 1);
});

test("suggests no batch size where the noise hides the gradient", async () => {
  const centred = rows.map((row) => row.map((value, j) => value - mean[j]!));
  const report = await noiseScale(linear(centred), { at: [0, 0, 0] });
  expect(report).toMatchObject({ isResolved: false, batchSize: undefined });
});

test("refuses a function, and more batches than rows", async () => {
  const f = (x: Tensor) => x.square().sum();
  await expect(noiseScale(f, { at: [1] })).rejects.toThrow(/has no data/);
  const few = linear(rows.slice(0, 5));
  await expect(noiseScale(few, { at: [0, 0, 0], batches: 6 })).rejects.toThrow(/6 batches of 5/);
});
