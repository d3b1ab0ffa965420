import { describe, expect, test } from "vitest";
import { NDArray, type NestedNumbers } from "../array/ndarray.ts";
import type { Tensor } from "../array/tensor.ts";
import { relu, sigmoid, tanh } from "../models/layers/activations.ts";
import { batchNorm } from "../models/layers/batchNorm.ts";
import { dense } from "../models/layers/dense.ts";
import { crossEntropy } from "../models/losses/crossEntropy.ts";
import { mse } from "../models/losses/regression.ts";
import networks from "../models/networks.golden.json" with { type: "json" };
import { sequential } from "../models/sequential.ts";
import { flatNumbers } from "../models/testing.ts";
import { compositeLoss } from "../training/compositeLoss.ts";
import { dataset } from "../training/dataset.ts";
import { leastSquares } from "../training/leastSquares.ts";
import type { LossContext } from "../training/problem.ts";
import { flatness } from "./flatness.ts";
import golden from "./spectrum.golden.json" with { type: "json" };
import { spectrum } from "./spectrum.ts";

const activations = { relu, tanh, sigmoid };
type Activation = keyof typeof activations;

/** A golden network as a problem, in nadir's layers: `[in, out]` weights. */
function problemOf(key: string) {
  const found = networks.networks.find((network) => network.key === key)!;
  const inputs = found.inputs as Record<string, NestedNumbers>;
  const weights = found.params as Record<string, NestedNumbers>;
  const activation = activations[key.split("-")[1] as Activation]();
  const model = sequential(dense(4), activation, dense(3), activation, dense(3));
  const isCe = key.endsWith("ce");
  const doubles = (values: NestedNumbers) => NDArray.of(values, undefined, "f64");
  const data = dataset({
    x: doubles(inputs["X"]!),
    y: isCe ? Int32Array.from(flatNumbers(inputs["labels"]!)) : doubles(inputs["Y"]!),
  });
  const transposed = (w: NestedNumbers): number[][] => {
    const matrix = w as number[][];
    return matrix[0]!.map((_, j) => matrix.map((row) => row[j]!));
  };
  const params = ["1", "2", "3"].flatMap((layer, i) => [
    { weight: transposed(weights[`W${layer}`]!), bias: weights[`b${layer}`] as number[] },
    ...(i < 2 ? [{}] : []),
  ]);
  const loss = compositeLoss(
    (own: never, batch: { x: Tensor; y: Tensor }) => model.apply(own, batch.x),
    (output: Tensor, batch: { x: Tensor; y: Tensor }) =>
      isCe ? crossEntropy(output, batch.y) : mse(output, batch.y),
  );
  return { found, problem: { params, loss, data, dtype: "f64" as const }, params };
}

describe.for(golden.networks)("spectrum of $key", (expected) => {
  const { found, problem, params } = problemOf(expected.key);
  const top = found.hessEigTop5!;
  const size = Math.max(top[0]!, -found.hessEigBottom5![0]!);

  test("agrees with the golden Hessian eigenvalues and trace, by restarts of a small basis", async () => {
    const report = await spectrum(problem, {
      ...{ at: params, largest: 5, smallest: 5, basis: 16, trace: true },
      engine: "js",
    });
    report.largest.forEach(({ value, error }, i) => {
      expect(Math.abs(value - top[i]!)).toBeLessThanOrEqual(error + 1e-9 * size);
      expect(Math.abs(value - top[i]!)).toBeLessThan(1e-6 * size);
    });
    report.smallest.forEach(({ value }, i) => {
      expect(Math.abs(value - found.hessEigBottom5![i]!)).toBeLessThan(1e-6 * size);
    });
    expect(report.trace?.value).toBeCloseTo(found.hessTrace!, 8);
    expect(report).toMatchObject({ size: 43, rows: 5, ofRows: 5, matrix: "hessian" });
  });

  test("agrees with torch's Gauss–Newton matrix, which has no negative eigenvalue", async () => {
    const report = await spectrum(problem, {
      ...{ at: params, largest: 5, matrix: "gauss-newton", trace: true, engine: "js" },
    });
    report.largest.forEach(({ value }, i) => {
      expect(Math.abs(value - expected.gaussNewtonTop5[i]!)).toBeLessThan(1e-8 * size);
    });
    expect(report.trace?.value).toBeCloseTo(expected.gaussNewtonTrace, 8);
    expect(report.smallest[0]!.value).toBeGreaterThan(-1e-12 * size);
  });

  test("of one layer is that of the Hessian's own block", async () => {
    const report = await spectrum(problem, {
      ...{ at: params, layer: "2", largest: 2, smallest: 2, trace: true, engine: "js" },
    });
    expect(report.trace?.value).toBeCloseTo(expected.secondLayerTrace, 8);
    expect(report.paths).toEqual(["2.bias", "2.weight"]);
    report.largest.forEach(({ value }, i) => {
      expect(Math.abs(value - expected.secondLayerTop2[i]!)).toBeLessThan(1e-9 * size);
    });
    report.smallest.forEach(({ value }, i) => {
      expect(Math.abs(value - expected.secondLayerBottom2[i]!)).toBeLessThan(1e-9 * size);
    });
  });

  test("of one layer of the Gauss–Newton matrix likewise", async () => {
    const report = await spectrum(problem, {
      ...{ at: params, layer: "2", matrix: "gauss-newton", trace: true, engine: "js" },
    });
    expect(report.size).toBe(15);
    for (const [i, value] of expected.gaussNewtonSecondLayerTop2.entries())
      expect(Math.abs(report.largest[i]!.value - value)).toBeLessThan(1e-9 * size);
    expect(report.trace?.value).toBeCloseTo(expected.gaussNewtonSecondLayerTrace, 8);
  });

  test.for([
    ["hessian", found.hessTrace!, found.hessFrobenius!],
    ["gauss-newton", expected.gaussNewtonTrace, expected.gaussNewtonFrobenius],
  ] as const)(
    "its density has the mean and the mean square of all eigenvalues: %s",
    async ([matrix, trace, frobenius]) => {
      const probes = 200;
      const { density } = await spectrum(problem, {
        ...{ at: params, matrix, density: { probes, steps: 8 }, engine: "js" },
      });
      for (const [power, mean] of [trace / 43, frobenius ** 2 / 43].entries()) {
        const seen = density!.rules.map(({ nodes, weights }) =>
          nodes.reduce((sum, node, i) => sum + weights[i]! * node ** (power + 1), 0),
        );
        const middle = seen.reduce((sum, one) => sum + one, 0) / probes;
        const spread = seen.reduce((sum, one) => sum + (one - middle) ** 2, 0) / (probes - 1);
        // Within four standard errors, each of which is a seventh of the mean at most.
        const error = Math.sqrt(spread / probes);
        expect(Math.abs(middle - mean)).toBeLessThan(4 * error);
        expect(error).toBeLessThan(Math.abs(mean) / 7);
      }
    },
  );
});

test("is the same on ONNX Runtime in single precision, within the errors it tells", async () => {
  const { found, problem, params } = problemOf("mlp-tanh-ce");
  const options = { at: params, dtype: "f32", engine: "onnx" } as const;
  const { largest, engine } = await spectrum(problem, options);
  expect(engine).toBe("onnx");
  largest.slice(0, 3).forEach(({ value, error }, i) => {
    expect(Math.abs(value - found.hessEigTop5![i]!)).toBeLessThanOrEqual(error);
    expect(error).toBeLessThan(1e-4 * found.hessEigTop5![0]!);
  });
});

test("of a function: ends, condition number, exact trace, density", async () => {
  const diagonal = Array.from({ length: 200 }, (_, i) => 1 + i / 10);
  const report = await spectrum((x) => x.square().mul(diagonal).sum().div(2), {
    at: Array<number>(200).fill(0.5),
    ...{ trace: 30, density: { steps: 30, points: 300 } },
  });
  expect(report.largest[0]?.value).toBeCloseTo(20.9, 6);
  expect(report.conditionNumber).toBeCloseTo(20.9, 5);
  const [low, high] = report.trace!.interval;
  expect(low).toBeLessThan(2190);
  expect(high).toBeGreaterThan(2190);
  const { at, density } = report.density!;
  const mean = at.reduce((sum, t, i) => sum + t * density[i]!, 0) * (at[1]! - at[0]!);
  expect(mean).toBeCloseTo(10.95, 0);
  expect(report.cost.gradients).toBeGreaterThan(0);
});

test("of least squares: the Gauss–Newton matrix is 2JᵀJ", async () => {
  // r = (x² − y, x + y): J at (1, 2) is [[2, −1], [1, 1]], 2JᵀJ = [[10, −2], [−2, 4]].
  const problem = leastSquares((x: Tensor) => [
    x.at(0).square().sub(x.at(1)),
    x.at(0).add(x.at(1)),
  ]);
  const { largest, smallest } = await spectrum(problem, {
    ...{ at: [1, 2], matrix: "gauss-newton", largest: 1, smallest: 1 },
  });
  expect(largest[0]?.value).toBeCloseTo(7 + Math.sqrt(13), 10);
  expect(smallest[0]?.value).toBeCloseTo(7 - Math.sqrt(13), 10);
});

test("counts planted outliers, and none in a bulk", async () => {
  const planted = (values: readonly number[]) =>
    spectrum((x) => x.square().mul(values).sum().div(2), { at: values.map(() => 0), largest: 8 });
  const bulk = Array.from({ length: 60 }, (_, i) => i / 60);
  expect((await planted([...bulk, 20, 18, 30])).outliers).toMatchObject({ count: 3 });
  expect((await planted(bulk)).outliers).toMatchObject({ count: 0 });
});

test("of a model with batch norm is that of eval mode, at the state it is given", async () => {
  // One feature, one unit: with running mean 1 and variance 4 the loss in w of dense(1) is a parabola of
  // curvature 2·mean(((x − 0)·γ/√(4 + ε))²): independent of the batch's own statistics.
  const model = sequential(dense(1, { bias: false }), batchNorm());
  const data = dataset({ x: [[2], [4]], y: [[1], [0]] });
  const params = [{ weight: [[1]] }, { scale: [1], shift: [0] }];
  const loss = (own: never, { x, y }: { x: Tensor; y: Tensor }, context: LossContext<never>) =>
    mse(model.run(own, x, context).output, y);
  const { largest } = await spectrum(
    { params, state: [{}, { mean: [0], variance: [1] }], loss, data },
    { at: params, state: [{}, { mean: [1], variance: [4] }], layer: "0", dtype: "f64" },
  );
  expect(largest[0]?.value).toBeCloseTo((4 + 16) / 4, 3);
});

describe("spectrum refuses", () => {
  const { problem, params } = problemOf("mlp-tanh-ce");
  test.for([
    ["a loss in one piece", { at: params, matrix: "gauss-newton" }, /compositeLoss/],
    ["a layer that there is not", { at: params, layer: "layers.7" }, /fits no params/],
    ["more rows than there are", { at: params, rows: 6 }, /at most 5/],
    ["a point of another shape", { at: [1, 2, 3] }, /those of the point/],
    ["an option that it does not know", { at: params, top: 3 }, /unknown option "top"/],
  ] as const)("%s", async ([, options, message]) => {
    const whole = { ...problem, loss: (p: never, b: never) => problem.loss(p, b, {} as never) };
    await expect(spectrum(whole, options as never)).rejects.toThrow(message);
  });
});

test("curvature where the loss is no number is not told: neither spectrum nor flatness takes such a point", async () => {
  const logs = (x: Tensor): Tensor => x.log().sum(); // second derivatives −1/x² that look like numbers
  for (const ask of [spectrum, flatness] as const) {
    await expect(ask(logs, { at: [-1, 1] })).rejects.toThrow(/the loss at this point is NaN/);
  }
});
