import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import type { Tensor } from "../array/tensor.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { constantInit, type Initialiser } from "../models/initialisers.ts";
import { relu, sigmoid } from "../models/layers/activations.ts";
import { batchNorm } from "../models/layers/batchNorm.ts";
import { conv2d } from "../models/layers/conv2d.ts";
import { dense } from "../models/layers/dense.ts";
import { flatten } from "../models/layers/flatten.ts";
import { sequential } from "../models/sequential.ts";
import { dataset } from "../training/dataset.ts";
import { fit } from "../training/fit.ts";
import type { LossContext } from "../training/problem.ts";
import { layerHealth } from "./layerHealth.ts";

const rows = 1500;
const width = 4;
const numbers = Float32Array.from({ length: rows * width }, (_, i) =>
  Math.sin(1 + 1.7 * i + 0.01 * i * i),
);
const x = new NDArray(numbers, [rows, width]);
const data = dataset({ x, y: Float32Array.from({ length: rows }, (_, i) => Math.cos(i)) });
type Rows = { readonly x: Tensor; readonly y: Tensor };
const engine = "js" as const;

describe("layerHealth", () => {
  test("counts the units that are 0 on every row, over all rows, and tells norms", async () => {
    type Net = { readonly first: Layer; readonly last: { readonly weight: Tensor } };
    type Layer = { readonly weight: Tensor; readonly bias: Tensor };
    // Five units of twelve never see a positive sum; the sixth does on a single row, the last of 1500.
    const bias: number[] = Array.from({ length: 12 }, (_, i) => (i < 5 ? -100 : 1));
    const lone = numbers.slice((rows - 1) * width).reduce((sum, value) => sum + value * value, 0);
    const weight = Array.from({ length: width }, (_, i) =>
      Array.from({ length: 12 }, (_, j) =>
        j === 5 ? numbers[(rows - 1) * width + i]! : 0.1 * (i - j),
      ),
    );
    bias[5] = -lone * 0.9999;
    const at = {
      first: { weight, bias },
      last: { weight: Array.from({ length: 12 }, (_, i) => [i - 6]) },
    };
    const problem = {
      params: at,
      loss: ({ first, last }: Net, batch: Rows) =>
        batch.x
          .matmul(first.weight)
          .add(first.bias)
          .relu()
          .matmul(last.weight)
          .reshape([-1])
          .sub(batch.y)
          .square()
          .mean(),
      data,
      engine,
    };
    const all = await layerHealth(problem, { at });
    const larger = rowsAbove(lone * 0.9999);
    expect(all.layers[0]).toMatchObject({ layer: "first", kind: "dense", parameters: 60 });
    expect(all.layers[0]!.activation).toMatchObject({ of: "relu", isLast: false });
    expect(larger).toBeGreaterThan(0);
    expect(all.layers[0]!.activation!.deadFraction).toBe(5 / 12);
    const norm = Math.sqrt(
      [...weight.flat(), ...bias].reduce((sum, value) => sum + value * value, 0),
    );
    expect(all.layers[0]!.weightNorm).toBeCloseTo(norm, 4);
    expect(all.layers[1]!.weightNorm).toBeCloseTo(Math.sqrt(146), 5);
    expect(all.layers[1]!.activation).toMatchObject({ of: "output", isLast: true });
    expect(all.rows).toBe(rows);
  });

  /** Rows whose product with the last row is above a number. */
  const rowsAbove = (least: number): number => {
    let count = 0;
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let i = 0; i < width; i++)
        sum += numbers[row * width + i]! * numbers[(rows - 1) * width + i]!;
      if (sum > least) count++;
    }
    return count;
  };

  test("gradients are those of the mean over all rows: by hand for a line", async () => {
    const at = { slope: { weight: [[1], [0], [0], [0]] } };
    const problem = {
      params: at,
      loss: ({ slope }: { readonly slope: { readonly weight: Tensor } }, batch: Rows) =>
        batch.x.matmul(slope.weight).reshape([-1]).square().mean(),
      ...{ data, engine },
    };
    const gradient = Array.from({ length: width }, (_, i) => {
      let sum = 0;
      for (let row = 0; row < rows; row++)
        sum += 2 * numbers[row * width]! * numbers[row * width + i]!;
      return sum / rows;
    });
    const report = await layerHealth(problem, { at });
    expect(report.layers[0]!.gradientNorm).toBeCloseTo(Math.hypot(...gradient), 5);
    expect(report.layers[0]!.updateRatio).toBeUndefined();
  });

  test("saturated are values of a sigmoid above 0.985 or below 0.015", async () => {
    const at = { only: { weight: [[0], [0], [0], [0]], bias: [4.1] } };
    const lossAt = (
      { only }: { readonly only: { readonly weight: Tensor; readonly bias: Tensor } },
      batch: Rows,
    ) => batch.x.matmul(only.weight).add(only.bias).sigmoid().mean();
    const share = async (bias: number) => {
      const point = { only: { ...at.only, bias: [bias] } };
      const { layers } = await layerHealth(
        { params: at, loss: lossAt, data, engine },
        { at: point },
      );
      return layers[0]!.activation!.saturatedFraction;
    };
    // ln(0.985/0.015) = 4.18.
    expect(await share(4.1)).toBe(0);
    expect(await share(4.3)).toBe(1);
    expect(await share(-4.3)).toBe(1);
  });

  test("tells how far batch norm's running statistics are from the batch's own", async () => {
    const model = sequential(batchNorm(), dense(1, { bias: false }));
    const problem = {
      params: model.init([width]),
      state: model.state([width]),
      loss: (
        params: Parameters<typeof model.run>[0],
        batch: Rows,
        context: LossContext<Parameters<typeof model.run>[2]["state"]>,
      ) => {
        const { output, state } = model.run(params, batch.x, context);
        return { loss: output.reshape([-1]).sub(batch.y).square().mean(), state };
      },
      ...{ data, engine },
    };
    const weight = [[1], [1], [1], [1]];
    const norm = { scale: [1, 1, 1, 1], shift: [0, 0, 0, 0] };
    // Near-uniform phases of a sine: mean 0, variance ½.
    const state = (mean: number, variance: number) => [
      { mean: [mean, mean, mean, mean], variance: [variance, variance, variance, variance] },
      {},
    ];
    const at = [norm, { weight }];
    const good = await layerHealth(problem, { at, state: state(0, 0.5), rows: 1000 });
    expect(good.layers[0]).toMatchObject({ layer: "0", kind: "batchNorm" });
    expect(good.layers[0]!.batchNorm!.drift).toBeLessThan(0.1);
    expect(good.layers[0]!.batchNorm!.spreadDrift).toBeLessThan(0.05);
    const off = await layerHealth(problem, { at, state: state(1.5, 0.25), rows: 1000 });
    expect(off.layers[0]!.batchNorm!.drift).toBeCloseTo(1.5 / 0.5, 1);
    expect(off.layers[0]!.batchNorm!.spreadDrift).toBeCloseTo(Math.log(2), 1);
  });

  test("units of pictures are channels", async () => {
    const model = sequential(conv2d(4, 1, { init: constantInit(1) }), relu(), flatten(), dense(1));
    const problem = {
      params: model.init([1, 2, 2]),
      loss: (params: Parameters<typeof model.run>[0], batch: Rows) =>
        model.apply(params, batch.x.reshape([-1, 1, 2, 2])).mean(),
      ...{ data, engine },
    };
    const filter = new NDArray(Float32Array.of(1, -1, 1, 1), [4, 1, 1, 1]);
    const at = [
      { filter, bias: [0, -9, -9, 0] },
      {},
      {},
      { weight: new NDArray(new Float32Array(16).fill(1), [16, 1]), bias: [0] },
    ];
    const { layers } = await layerHealth(problem, { at, rows: 100 });
    expect(layers[0]).toMatchObject({ layer: "0", kind: "conv" });
    expect(layers[0]!.activation!.deadFraction).toBe(0.5);
  });

  const deep = (init: Initialiser | undefined, layer: typeof relu | typeof sigmoid) => {
    const hidden = Array.from({ length: 9 }, () => [dense(16, init && { init }), layer()]).flat();
    const model = sequential(dense(16), ...hidden, dense(1));
    const params = model.init([width]);
    return {
      params,
      loss: (own: Parameters<typeof model.run>[0], batch: Rows) =>
        model.apply(own, batch.x).reshape([-1]).sub(batch.y).square().mean(),
      ...{ data, engine },
    };
  };

  test.for([
    ["even", deep(undefined, relu)],
    ["vanishing", deep(undefined, sigmoid)],
    ["vanishing", deep(constantInit(0.01), relu)],
  ] as const)("says %s gradients of networks of eleven layers", async ([verdict, problem]) => {
    const drawn = await fit({ ...problem, method: sgd(1e-12), steps: 1, batchSize: 10 });
    const { depth } = await layerHealth(problem, { at: drawn.params, rows: 200 });
    expect(depth.verdict).toBe(verdict);
    expect(depth.layers).toHaveLength(11);
    if (verdict === "vanishing") expect(depth.factor).toBeLessThan(0.5);
  });
});
