import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { matmul } from "../array/operations/contraction.ts";
import type { Tensor } from "../array/tensor.ts";
import { adam } from "../methods/rules/adam.ts";
import { averagedSgd } from "../methods/rules/averagedSgd.ts";
import { clipByGlobalNorm, gradientDescent, sgd } from "../methods/rules/registry.ts";
import { exponentialDecay } from "../methods/schedules/exponentialDecay.ts";
import { dataset } from "./dataset.ts";
import type { RunEvent } from "./events.ts";
import { fit } from "./fit.ts";

/** y = 2a − 3b + 1 exactly, on a grid. */
const rows = 64;
const x = new NDArray(
  Float32Array.from({ length: 2 * rows }, (_, i) => Math.sin(1 + i * 1.7)),
  [rows, 2],
);
const y = Float32Array.from(
  { length: rows },
  (_, i) => 2 * x.data[2 * i]! - 3 * x.data[2 * i + 1]! + 1,
);
const data = dataset({ x, y });
const start = { w: new Float32Array(2), b: 0 };
type Line = { readonly w: Tensor; readonly b: Tensor };
type Rows = { readonly x: Tensor; readonly y: Tensor };
const residual = (params: Line, batch: Rows): Tensor =>
  matmul(batch.x, params.w).add(params.b).sub(batch.y);
const loss = (params: Line, batch: Rows): Tensor => residual(params, batch).square().mean();

/** Numbers as a constant of the graph that `like` is part of. */
const stack = (numbers: readonly number[], like: Tensor): Tensor =>
  like.graph.constant(NDArray.of(Float32Array.from(numbers)));

describe("fit", () => {
  test.for(["js", "onnx"] as const)(
    "writes over no array that it was given, though it uses its own again (%s)",
    async (engine) => {
      const params = { w: Float32Array.of(0.25, -1), b: Float32Array.of(3) };
      const options = { loss, data, batchSize: 8, engine, test: data, epochs: 5 } as const;
      const run = await fit({ ...options, params, method: adam(0.1) });
      expect(params).toEqual({ w: Float32Array.of(0.25, -1), b: Float32Array.of(3) });
      // Drawn params are the run's own: the same numbers lead to the same end.
      const drawn = await fit<Line, Rows>({
        ...options,
        params: (key) => {
          const zero = key.cast("f32").sum().mul(0);
          return { w: zero.add(stack([0.25, -1], zero)), b: zero.add(3).reshape([1]) };
        },
        method: adam(0.1),
      });
      expect(drawn.params).toEqual(run.params);
      expect(drawn.history).toEqual(run.history);
    },
  );

  test("finds the least-squares line by full batches, and proves that nothing is lower", async () => {
    const run = await fit({
      params: start,
      loss,
      data,
      method: gradientDescent(0.4),
      epochs: 400,
      batchSize: rows,
      dtype: "f64",
      tolerance: 1e-6,
    });
    expect([...run.params.w.data]).toEqual([expect.closeTo(2, 5), expect.closeTo(-3, 5)]);
    expect(run.params.b.item()).toBeCloseTo(1, 5);
    expect(run.verdict.kind).toBe("global-minimum");
    expect(run.steps).toBe(400);
    expect(run.cost.gradients).toBe(400);
    expect(run.cost.examples).toBe(400 * rows);
  });

  test("ends at a noise floor when the labels are noisy and the rate is held", async () => {
    const noisy = dataset({ x, y: y.map((value, i) => value + (i % 2 === 0 ? 1 : -1)) });
    const run = await fit({
      params: start,
      loss,
      data: noisy,
      method: sgd(0.3),
      epochs: 40,
      batchSize: 4,
    });
    if (run.verdict.kind !== "noise-floor") throw new Error(`the verdict is ${run.verdict.kind}`);
    expect(run.verdict.gradientNoise).toBeGreaterThan(run.verdict.gradientNorm);
    expect(run.verdict.learningRate).toBeCloseTo(0.3, 6);
  });

  test("says that the budget ended it while the loss was falling", async () => {
    const run = await fit({
      params: start,
      loss,
      data,
      method: sgd(0.01),
      epochs: 3,
      batchSize: 16,
    });
    expect(run.verdict).toMatchObject({ kind: "not-stationary", why: "budget" });
  });

  test("calls a level loss with a gradient above the tolerance a plateau, and says since when", async () => {
    // Flat to the left of 0 but for a slope of 1e-3: nothing that steps of this size would notice.
    const run = await fit({
      params: Float64Array.of(-2),
      loss: (w: Tensor, batch: Rows) => w.at(0).mul(-1e-3).add(batch.y.mul(0).mean()).add(1),
      ...{ data, method: sgd(1e-3), epochs: 100, batchSize: rows, dtype: "f64" },
    } as const);
    expect(run.verdict).toMatchObject({ kind: "plateau", since: 0 });
    expect(run.verdict.gradientNorm).toBeCloseTo(1e-3, 9);
    expect(run.verdict.evidence.join()).toMatch(/it is level since step 0/);
  });

  test("tries the rate of half-way again where the rate has vanished, and tells what it does", async () => {
    const run = await fit({
      ...{ params: start, loss, data, epochs: 30, batchSize: 8, dtype: "f64" },
      method: sgd(exponentialDecay({ peak: 0.05, factor: 0.9, every: 1 })),
    } as const);
    expect(run.verdict).toMatchObject({ kind: "not-stationary", why: "rate-vanished" });
    const told = run.verdict.evidence.join();
    const [, before, after] =
      /20 more steps with the rate of half-way take the loss on 64 training rows from (\S+) to (\S+?)(?:,|$)/.exec(
        told,
      ) ?? [];
    expect(Number(after)).toBeLessThanOrEqual(Number(before));
    const again = await fit({
      ...{ params: start, loss, data, epochs: 30, batchSize: 8, dtype: "f64" },
      method: sgd(exponentialDecay({ peak: 0.05, factor: 0.9, every: 1 })),
    } as const);
    expect(again.params).toEqual(run.params); // the steps tried are no part of the result
  });

  test("measures held-out data by its metrics, and stops early when validation no longer improves", async () => {
    const measured = (params: Line, batch: Rows) => ({
      loss: loss(params, batch),
      metrics: { worst: residual(params, batch).abs().max() },
    });
    const events: RunEvent[] = [];
    const run = await fit({
      params: start,
      loss: measured,
      data,
      validation: data,
      test: data,
      method: sgd(0.4),
      epochs: 1000,
      batchSize: rows,
      earlyStopping: { patience: 3, minImprovement: 1e-6 },
      onEvent: (event) => events.push(event),
    });
    expect(Object.keys(run.metrics).sort()).toEqual([
      "testLoss",
      "testWorst",
      "validationLoss",
      "validationWorst",
    ]);
    expect(run.metrics["testWorst"]).toBeLessThan(0.1);
    expect(run.steps).toBeLessThan(900);
    expect(events.filter(({ kind }) => kind === "evaluation").length).toBe(run.history.length);
    // What a call does not measure in each of its steps is told of its last.
    for (const event of events)
      if (event.kind === "progress")
        expect(event.atStep).toEqual({ gradientNorm: event.gradientNorm, learningRate: 0.4 });
  });

  test("gives the same bits on a second run, and others for another seed", async () => {
    const run = (seed: number) =>
      fit({
        params: start,
        loss,
        data,
        method: adam(0.05),
        epochs: 5,
        batchSize: 10,
        seed,
        engine: "js",
      });
    const [first, second, other] = [await run(1), await run(1), await run(2)];
    expect(second.params.w.data).toEqual(first.params.w.data);
    expect(other.params.w.data).not.toEqual(first.params.w.data);
  });

  test("trains alike on both engines", async () => {
    const run = (engine: "js" | "onnx") =>
      fit({ params: start, loss, data, method: adam(0.05), epochs: 5, batchSize: 10, engine });
    const [js, onnx] = [await run("js"), await run("onnx")];
    expect(onnx.engine).toBe("onnx");
    expect(onnx.params.w.data[0]).toBeCloseTo(js.params.w.data[0]!, 4);
  });

  test("returns the average that a rule answers with", async () => {
    const run = (averaged: boolean) =>
      fit({
        params: start,
        loss,
        data,
        method: averaged ? averagedSgd(0.3, { averageFrom: 1 }) : sgd(0.3),
        steps: 30,
        batchSize: 4,
        engine: "js",
      });
    expect((await run(true)).params.w.data).not.toEqual((await run(false)).params.w.data);
  });

  test.for([
    ["a batch larger than the data", { batchSize: 65 }, /a batch of 65 from 64 rows/],
    ["no batch", { batchSize: 0 }, /batchSize is 0/],
    ["an unknown option", { learningRate: 1 }, /unknown option "learningRate"/],
    ["a method by its name", { method: "lbfgs" }, /method is "lbfgs"/],
    ["a rule that makes no step", { method: clipByGlobalNorm(1) }, /makes no step/],
    ["params that are not finite", { params: { w: [Number.NaN, 0], b: 0 } }, /params\.w holds NaN/],
    ["params without a number", { params: new Float32Array(0) }, /params hold no number/],
    [
      "a loss of many numbers",
      { loss: (p: Line, b: Rows) => residual(p, b) },
      /returned an array of shape \[/,
    ],
    ["a loss of nothing", { loss: () => undefined }, /returned nothing/],
    ["data that are none", { data: { x } }, /data is no data set/],
    ["epochs and steps", { epochs: 1, steps: 1 }, /both epochs and steps/],
    ["early stopping without validation", { earlyStopping: { patience: 1 } }, /without validation/],
  ] as const)("refuses %s before any work", async ([, wrong, message]) => {
    const options = { params: start, loss, data, method: sgd(0.1), ...wrong };
    await expect(fit(options as never)).rejects.toThrow(message);
  });
});
