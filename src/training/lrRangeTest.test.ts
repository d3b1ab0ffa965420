import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import type { Tensor } from "../array/tensor.ts";
import { numbersFrom } from "../linalg/testing.ts";
import { adam, prodigy, rprop, sgd } from "../methods/rules/registry.ts";
import { cosine } from "../methods/schedules/cosine.ts";
import { dataset } from "./dataset.ts";
import { fit } from "./fit.ts";
import { lrRangeTest } from "./lrRangeTest.ts";

const rows = 64;
const next = numbersFrom(2);
const x = new NDArray(Float64Array.from({ length: 2 * rows }, next), [rows, 2]);
const y = Float64Array.from(
  { length: rows },
  (_, i) => 2 * x.data[2 * i]! - x.data[2 * i + 1]! + 0.2 * next(),
);
type Rows = { readonly x: Tensor; readonly y: Tensor };
const problem = {
  params: Float64Array.of(0, 0),
  loss: (w: Tensor, batch: Rows) => batch.x.matmul(w).sub(batch.y).square().mean(),
  data: dataset({ x, y }),
  batchSize: 16,
  dtype: "f64",
} as const;

/** The largest eigenvalue of the Hessian 2XᵀX/n: steps beyond 2 over it diverge. */
const largest = (() => {
  let [a, b, c] = [0, 0, 0];
  for (let i = 0; i < rows; i++) {
    const [u, v] = [x.data[2 * i]!, x.data[2 * i + 1]!];
    a += (2 * u * u) / rows;
    b += (2 * u * v) / rows;
    c += (2 * v * v) / rows;
  }
  return (a + c) / 2 + Math.sqrt(((a - c) / 2) ** 2 + b * b);
})();

describe("lrRangeTest", () => {
  test("suggests a rate that trains, and ends where steps are too long for the curvature", async () => {
    const found = await lrRangeTest({ ...problem, method: sgd(1) }, { from: 1e-4, to: 100 });
    expect(found.diverged).toBe(true);
    expect(found.suggestion).toBeGreaterThan(1e-3);
    expect(found.suggestion).toBeLessThan(2 / largest);
    expect(found.ceiling).toBeGreaterThan(found.suggestion!);
    expect(found.ceiling).toBeLessThan(5 / largest);
    const run = await fit({ ...problem, method: sgd(found.suggestion!), epochs: 200 });
    expect(run.ended).toBe("budget");
    expect(run.loss).toBeLessThan(0.1 * found.losses[0]!);
  });

  test("has geometric rates from the first to the last, whatever the rule's own schedule", async () => {
    const range = { from: 1e-5, to: 1e-3, steps: 41 };
    const [held, scheduled] = [
      await lrRangeTest({ ...problem, method: adam(0.3) }, range),
      await lrRangeTest({ ...problem, method: adam(cosine({ peak: 0.01 })) }, range),
    ];
    expect(held.rates[0]).toBeCloseTo(1e-5, 15);
    expect(held.rates[20]).toBeCloseTo(1e-4, 12);
    expect(held.rates[40]).toBeCloseTo(1e-3, 12);
    held.losses.forEach((loss, i) => {
      expect(scheduled.losses[i]).toBeCloseTo(loss, 10);
    });
    const again = await lrRangeTest({ ...problem, method: adam(0.3) }, range);
    expect(again).toEqual(held);
  });

  test("follows the batches and losses that training at such rates would see", async () => {
    const range = { from: 0.05, to: 0.05 * (1 + 1e-12), steps: 20 };
    const { losses } = await lrRangeTest({ ...problem, method: sgd(1) }, range);
    const seen: number[] = [];
    await fit({
      ...{ ...problem, method: sgd(0.05), steps: 20 },
      onEvent: (event) => {
        if (event.kind === "progress") seen.push(...event.series.values["loss"]!);
      },
    });
    expect(losses).toHaveLength(20);
    losses.forEach((loss, i) => {
      expect(loss).toBeCloseTo(seen[i]!, 9);
    });
  });

  test("smooths losses by a moving average that is right from its start", async () => {
    const range = { from: 1e-6, to: 1e-5, steps: 20, smoothing: 0.8 };
    const { losses, smoothed } = await lrRangeTest({ ...problem, method: sgd(1) }, range);
    expect(smoothed[0]).toBeCloseTo(losses[0]!, 12);
    expect(smoothed[1]).toBeCloseTo((0.8 * losses[0]! + losses[1]!) / 1.8, 12);
  });

  test("refuses rules without a rate, and ranges that are none", async () => {
    const run = (method: ReturnType<typeof rprop>, range = {}) =>
      lrRangeTest({ ...problem, method } as never, range);
    await expect(run(rprop())).rejects.toThrow(/rprop has no learning rate/);
    await expect(run(sgd(1) as never, { from: 1, to: 0.1 })).rejects.toThrow(/to is 0\.1/);
    await expect(run(sgd(1) as never, { steps: 5 })).rejects.toThrow(/steps is 5/);
    // Prodigy finds its own distance, but has a rate beside it: a pure number, 1 unless told.
    expect(prodigy().learningRate).toBe(1);
    expect((await run(prodigy() as never, { steps: 20, from: 0.1, to: 1 })).rates).toHaveLength(20);
  });
});
