import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { numbersFrom } from "../../linalg/testing.ts";
import { dataset } from "../../training/dataset.ts";
import { fit } from "../../training/fit.ts";
import { sgd } from "./sgd.ts";
import golden from "./storm.golden.json" with { type: "json" };
import { storm } from "./storm.ts";

type Rows = { readonly a: Tensor; readonly c: Tensor };

/** The mean over rows of a/2·(x₀ − c)² + a/4·(x₁ + c)². */
const loss = (x: Tensor, { a, c }: Rows): Tensor =>
  a.mul(x.at(0).sub(c).square().div(2).add(x.at(1).add(c).square().div(4))).mean();

describe("storm", () => {
  const data = dataset({
    a: Float64Array.from(golden.rows, ([a]) => a!),
    c: Float64Array.from(golden.rows, ([, c]) => c!),
  });
  test.for(golden.cases)("agrees with its paper's algorithm, $name", async (each) => {
    const { learningRate, offset, forget, start, path } = each;
    const run = await fit({
      ...{ params: Float64Array.from(start), loss, data, dtype: "f64", shuffle: false },
      ...{ method: storm(learningRate, { offset, forget }), batchSize: 1, steps: path.length },
    } as const);
    path.at(-1)!.forEach((value, i) => {
      expect(run.params.data[i]).toBeCloseTo(value, 12);
    });
  });

  test("ends nearer to the minimum than SGD after as many gradients, where batches are noisy", async () => {
    const next = numbersFrom(5);
    const count = 400;
    const noisy = dataset({
      x: new NDArray(Float64Array.from({ length: 2 * count }, next), [count, 2]),
      y: Float64Array.from({ length: count }, () => 3 * next()),
    });
    type Line = { readonly x: Tensor; readonly y: Tensor };
    const squares = (w: Tensor, batch: Line): Tensor =>
      batch.x.matmul(w).sub(batch.y).square().mean().add(w.square().sum());
    const end = async (method: ReturnType<typeof storm> | ReturnType<typeof sgd>, epochs: number) =>
      (
        await fit({
          ...{ params: Float64Array.of(1, -1), loss: squares, data: noisy, dtype: "f64" },
          ...{ method, epochs, batchSize: 2, seed: 1 },
        } as const)
      ).verdict.gradientNorm;
    const recursive = await end(storm(0.5, { offset: 1, forget: 2 }), 20);
    const plain = await end(sgd(0.05), 40);
    expect(recursive).toBeLessThan(plain / 2);
  });

  test("refuses an offset and a rate of forgetting that are not above 0", () => {
    expect(() => storm(0.1, { offset: 0 })).toThrow(/offset is 0/);
    expect(() => storm(0.1, { forget: -1 })).toThrow(/forget is -1/);
  });
});
