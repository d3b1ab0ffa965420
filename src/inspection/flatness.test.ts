import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { adam } from "../methods/rules/adam.ts";
import { relu } from "../models/layers/activations.ts";
import { dense } from "../models/layers/dense.ts";
import { mse } from "../models/losses/regression.ts";
import { sequential } from "../models/sequential.ts";
import { dataset } from "../training/dataset.ts";
import { fit } from "../training/fit.ts";
import { flatness } from "./flatness.ts";

describe("flatness of ½xᵀAx + gᵀx with A = diag(1, 9)", () => {
  const bowl = (x: Tensor) => x.square().mul([0.5, 4.5]).sum();

  test("its plain sharpness is 9, and the worst rise in a ball ½·9ρ²", async () => {
    const { plain, gradientNorm } = await flatness(bowl, { at: [0, 0], radius: 0.2 });
    expect(plain.largestEigenvalue).toBeCloseTo(9, 8);
    expect(plain.rise).toBeCloseTo(4.5 * 0.04, 8);
    expect(gradientNorm).toBe(0);
  });

  test("away from the minimum the worst rise is that of the trust region's own maximum", async () => {
    // At (0, 1) the gradient (0, 9) points along the steepest axis: rise 9ρ + 4.5ρ².
    const { plain, adaptive } = await flatness(bowl, {
      ...{ at: [0, 1], radius: 0.1, adaptiveRadius: 0.3 },
    });
    expect(plain.rise).toBeCloseTo(0.9 + 0.045, 8);
    // |x| = (0, 1): the ellipsoid is the segment (0, ±0.3).
    expect(adaptive.rise).toBeCloseTo(2.7 + 4.5 * 0.09, 8);
    expect(adaptive.largestEigenvalue).toBeCloseTo(9, 8);
  });
});

test("scaling a ReLU layer by α and the next by 1/α changes plain sharpness, and not the adaptive one", async () => {
  const model = sequential(dense(6), relu(), dense(1));
  const x = Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(2.3 * i)]);
  const problem = {
    params: model.init([2]),
    loss: (params: Parameters<typeof model.apply>[0], batch: { x: Tensor; y: Tensor }) =>
      mse(model.apply(params, batch.x), batch.y),
    data: dataset({ x, y: x.map(([a, b]) => [a! * b!]) }),
    ...({ dtype: "f64", engine: "js" } as const),
  };
  const run = await fit({ ...problem, method: adam(0.02), steps: 200, batchSize: 40 });
  const [first, , last] = run.params as unknown as [Layer, object, Layer]; // dense, relu, dense
  const alpha = 8; // a power of two: the function is the same to the last bit
  const scaled = [times(first, alpha, alpha), {}, times(last, 1 / alpha, 1)];
  const before = await flatness(problem, { at: run.params });
  const after = await flatness(problem, { at: scaled });
  expect(after.loss).toBeCloseTo(before.loss, 14);
  expect(after.adaptive.largestEigenvalue).toBeCloseTo(before.adaptive.largestEigenvalue, 6);
  expect(after.adaptive.rise / before.adaptive.rise).toBeCloseTo(1, 6);
  expect(after.plain.largestEigenvalue / before.plain.largestEigenvalue).toBeGreaterThan(4);
  expect(after.plain.rise / before.plain.rise).toBeGreaterThan(4);
});

interface Layer {
  readonly weight: { toArray(): unknown };
  readonly bias: { toArray(): unknown };
}

function times({ weight, bias }: Layer, ofWeight: number, ofBias: number) {
  const rows = weight.toArray() as number[][];
  return {
    weight: rows.map((row) => row.map((w) => w * ofWeight)),
    bias: (bias.toArray() as number[]).map((b) => b * ofBias),
  };
}

test("refuses a radius of 0, and a misspelt option", async () => {
  const f = (x: Tensor) => x.square().sum();
  await expect(flatness(f, { at: [1], radius: 0 })).rejects.toThrow(/above 0/);
  await expect(flatness(f, { at: [1], radus: 1 } as never)).rejects.toThrow(
    /unknown option "radus"/,
  );
});
