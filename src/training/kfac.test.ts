import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { oneHot } from "../array/operations/indexing.ts";
import { categorical } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import { numbersFrom } from "../linalg/testing.ts";
import { adam } from "../methods/rules/adam.ts";
import { kfac } from "../methods/rules/kfac.ts";
import { conv2d } from "../models/layers/conv2d.ts";
import { dense } from "../models/layers/dense.ts";
import { flatten } from "../models/layers/flatten.ts";
import { crossEntropy } from "../models/losses/crossEntropy.ts";
import { mse } from "../models/losses/regression.ts";
import { tanh } from "../models/overloads.ts";
import { sequential } from "../models/sequential.ts";
import { jit } from "../runtime/jit.ts";
import { compositeLoss } from "./compositeLoss.ts";
import { dataset } from "./dataset.ts";
import { finiteSum } from "./finiteSum.ts";
import { fit } from "./fit.ts";
import { minimize } from "./minimize.ts";
import { drawnLoss, layersAt } from "./stepLayers.ts";

const draw = numbersFrom(21);
const random = (...shape: readonly number[]): NDArray =>
  new NDArray(Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, draw), shape);

const count = 24;
const x = random(count, 3);
const y = random(count, 2);

/** A linear layer with normal outputs, and draws whose squares are exactly the variance in the mean over two rows. */
const gaussian = compositeLoss(
  ({ w, b }: { readonly w: Tensor; readonly b: Tensor }, batch: { x: Tensor; y: Tensor }) =>
    batch.x.matmul(w).add(b),
  (outputs: Tensor, batch: { x: Tensor; y: Tensor }) => mse(outputs, batch.y),
  {
    // √(k/2) = 1 for two outputs: rows take turns in having √2 in the one and the other.
    drawTargets: (outputs, batch) => {
      const turn = outputs.graph.constant(
        new NDArray(
          Int32Array.from({ length: count }, (_, i) => i % 2),
          [count],
          "i32",
        ),
      );
      return { ...batch, y: outputs.add(oneHot(turn, 2, outputs.dtype).mul(Math.SQRT2)) };
    },
  },
);

describe("kfac in fit", () => {
  test("of one linear layer with normal outputs the Fisher matrix is the Hessian: one step is Newton's", async () => {
    const run = await fit({
      params: { w: new NDArray(new Float64Array(6), [3, 2]), b: new Float64Array(2) },
      loss: gaussian,
      data: dataset({ x, y }),
      method: kfac(1, { damping: 1e-16, klClip: 1e9, momentum: 0, part: 1 }),
      ...{
        steps: 2,
        batchSize: count,
        shuffle: false,
        dtype: "f64",
        engine: "js",
        tolerance: 1e-5,
      },
    });
    expect(run.verdict.kind).toBe("global-minimum");
  });

  test("draws of a softmax have the covariance of its Fisher matrix", () => {
    const logits = [
      [0.5, -1, 0.2],
      [2, 0, -0.5],
    ];
    const loss = compositeLoss(
      (w: Tensor) =>
        w.graph
          .constant(
            NDArray.of(
              [
                [1, 0],
                [0, 1],
              ],
              undefined,
              "f64",
            ),
          )
          .matmul(w),
      (outputs: Tensor, batch: { readonly label: Tensor }) => crossEntropy(outputs, batch.label),
      { drawTargets: (outputs, batch, key) => ({ ...batch, label: categorical(key, outputs) }) },
    );
    const products = jit((w: Tensor, key: Tensor) => {
      const context = { key, training: true, state: undefined };
      const { layers } = layersAt(w, (at) =>
        drawnLoss(loss, at, { label: undefined }, context, key),
      );
      const { cotangent, examples } = layers[0]!;
      return cotangent.transpose().matmul(cotangent).mul(examples);
    });
    const draws = 1000;
    const total = new Float64Array(9);
    for (let i = 0; i < draws; i++) {
      const { data } = products(
        NDArray.of(logits, undefined, "f64"),
        new NDArray(Int32Array.of(7, i), [2], "i32"),
      );
      for (let k = 0; k < 9; k++) total[k]! += data[k]! / draws;
    }
    const p = logits.map((row) => {
      const e = row.map(Math.exp);
      return e.map((value) => value / e.reduce((a, b) => a + b, 0));
    });
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const exact = p.reduce((sum, row) => sum + row[i]! * ((i === j ? 1 : 0) - row[j]!), 0) / 2;
        // Each draw's entry has a standard deviation below 0.35: five standard errors.
        expect(Math.abs(total[i * 3 + j]! - exact)).toBeLessThan((5 * 0.35) / Math.sqrt(draws));
      }
    }
  });

  const labels = Int32Array.from({ length: 200 }, (_, i) => i % 4);
  const pictures = new NDArray(
    Float32Array.from({ length: 200 * 36 }, (_, k) => {
      const [row, pixel] = [Math.floor(k / 36), k % 36];
      return Math.sin((1 + labels[row]!) * 0.4 * pixel) + 1.5 * draw();
    }),
    [200, 36],
  );
  const data = dataset({ x: pictures, label: labels });
  type Batch = { readonly x: Tensor; readonly label: Tensor };
  const classes = (model: ReturnType<typeof sequential>) =>
    compositeLoss(
      (params: Parameters<typeof model.apply>[0], batch: Batch) => model.apply(params, batch.x),
      (logits: Tensor, batch: Batch) => crossEntropy(logits, batch.label),
      { drawTargets: (logits, batch, key) => ({ ...batch, label: categorical(key, logits) }) },
    );

  test.for(["js", "onnx"] as const)("is below Adam after as many steps, on %s", async (engine) => {
    const model = sequential(dense(24), tanh(), dense(16), tanh(), dense(4));
    const losses: number[] = [];
    const rules = [adam(3e-3), adam(1e-2), adam(3e-2), kfac(0.1, { klClip: 1e-3 })];
    for (const method of rules) {
      const run = await fit({
        ...{ params: model.init([36]), loss: classes(model), data, method },
        ...{ steps: 40, batchSize: 100, seed: 2, engine },
      });
      losses.push(run.loss);
    }
    expect(losses[3]).toBeLessThan(Math.min(...losses.slice(0, 3)));
  });

  test("trains convolutions, and resumes from a snapshot between two inversions to the same bits", async () => {
    const model = sequential(conv2d(3, 3, { stride: 2 }), tanh(), flatten(), dense(4));
    const seen = dataset({ x: new NDArray(pictures.data, [200, 1, 6, 6]), label: labels });
    const problem = {
      ...{ params: model.init([1, 6, 6]), loss: classes(model), data: seen },
      ...{
        method: kfac(0.1, { klClip: 1e-3, every: 7 }),
        steps: 30,
        batchSize: 50,
        seed: 3,
        engine: "js" as const,
      },
    };
    const whole = await fit(problem);
    expect(whole.history.at(-1)!.loss).toBeLessThan(0.7 * whole.history[0]!.loss);
    const stop = new AbortController();
    let snapshot: unknown;
    await fit({
      ...problem,
      signal: stop.signal,
      checkpoints: {
        save: (taken) => {
          snapshot ??= structuredClone(taken);
          return undefined;
        },
      },
      onEvent: (event) => {
        if (event.kind === "progress" && event.step >= 10) stop.abort();
      },
    });
    const again = await fit({
      ...problem,
      resume: snapshot as never,
      checkpoints: { save: () => undefined },
    });
    expect(again.params).toEqual(whole.params);
  });

  test("steps on batches of a finite sum in minimize, too; a bare function it refuses", async () => {
    const { value, verdict } = await minimize(
      finiteSum(gaussian, dataset({ x, y }), { batchSize: count }),
      {
        x0: { w: new NDArray(new Float64Array(6), [3, 2]), b: new Float64Array(2) },
        method: kfac(1, { damping: 1e-12, klClip: 1e9, momentum: 0, part: 1 }),
        maxIterations: 5,
      },
    );
    expect([value > 0, verdict.kind]).toEqual([true, "local-minimum"]);
    const bare = minimize((w: Tensor) => w.square().sum(), { x0: [1, 2], method: kfac(1) });
    await expect(bare).rejects.toThrow(/a function without data has no layers/);
  });

  test("says how a loss tells of its targets, where it does not", async () => {
    const model = sequential(dense(4));
    const plain = fit({
      params: model.init([36]),
      loss: (params, batch: Batch) => crossEntropy(model.apply(params, batch.x), batch.label),
      ...{ data, method: kfac(0.1), steps: 2 },
    });
    await expect(plain).rejects.toThrow(/does not say how targets are drawn/);
  });
});
