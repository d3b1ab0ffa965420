import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import type { Tensor } from "../array/tensor.ts";
import { type Ask, askGradient, type Evaluation, type Vector } from "../linalg/ask.ts";
import { numbersFrom } from "../linalg/testing.ts";
import { dot } from "../linalg/vector.ts";
import { lbfgs, trustRegion } from "../methods/solvers/registry.ts";
import type { Point, Solver, Step } from "../methods/solvers/solver.ts";
import { batchNorm } from "../models/layers/batchNorm.ts";
import { dense } from "../models/layers/dense.ts";
import { dropout } from "../models/layers/dropout.ts";
import { crossEntropy } from "../models/losses/crossEntropy.ts";
import { tanh } from "../models/overloads.ts";
import { sequential } from "../models/sequential.ts";
import { compositeLoss } from "./compositeLoss.ts";
import { dataset } from "./dataset.ts";
import type { RunEvent } from "./events.ts";
import { fit } from "./fit.ts";
import type { LossContext } from "./problem.ts";
import type { Snapshot } from "./snapshot.ts";

const rows = 90;
const next = numbersFrom(3);
const x = new NDArray(Float64Array.from({ length: 4 * rows }, next), [rows, 4]);
const label = Int32Array.from({ length: rows }, (_, i) =>
  x.data[4 * i]! + 0.5 * x.data[4 * i + 1]! ** 2 + 0.4 * next() > 0.1 ? 1 : 0,
);
const data = dataset({ x, label });
type Rows = { readonly x: Tensor; readonly label: Tensor };
const model = sequential(dense(5), tanh(), dense(2));
type Weights = ReturnType<typeof model.init> extends (key: never) => infer P ? P : never;
const decay = (params: Weights): Tensor =>
  [params[0].weight, params[2].weight]
    .map((weight) => weight.square().sum().mul(0.01))
    .reduce((a, b) => a.add(b));
const loss = (params: Weights, batch: Rows): Tensor =>
  crossEntropy(model.apply(params, batch.x), batch.label).add(decay(params));
const problem = { params: model.init([4]), loss, data, dtype: "f64" } as const;

describe("fit by a solver", () => {
  test.for([lbfgs(), trustRegion()])(
    "$name trains a network to a stationary point",
    async (method) => {
      const run = await fit({ ...problem, method, tolerance: 1e-7, epochs: 5000 });
      expect(run.ended).toBe("stationary");
      expect(run.verdict.kind).toMatch(/local-minimum|degenerate/);
      expect(run.verdict.gradientNorm).toBeLessThan(1e-7);
      expect(run.loss).toBeLessThan(0.5);
      expect(run.cost.gradients).toBeGreaterThanOrEqual(run.steps);
      expect(run.cost.examples).toBeGreaterThanOrEqual(rows * run.steps);
      expect(run.cost.flops).toBeGreaterThan(0);
    },
  );

  test("tells its progress and measures held-out data as a rule does", async () => {
    const events: RunEvent[] = [];
    const measured = (params: Weights, batch: Rows) => ({
      loss: loss(params, batch),
      metrics: { decay: decay(params) },
    });
    const run = await fit({
      ...{ ...problem, loss: measured, validation: data, test: data },
      ...{ method: lbfgs(), steps: 5, onEvent: (event: RunEvent) => events.push(event) },
    });
    expect(run).toMatchObject({ ended: "budget", steps: 5 });
    expect(run.verdict).toMatchObject({ kind: "not-stationary", why: "budget" });
    expect(run.metrics["validationLoss"]).toBeCloseTo(run.loss, 12);
    expect(run.metrics["testDecay"]).toBeGreaterThan(0);
    expect(run.history.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    const kinds = new Set(events.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(["start", "progress", "evaluation", "end"]));
  });

  test("stops early, when validation no longer improves", async () => {
    const few = dataset({ x: new NDArray(x.data.slice(0, 8), [2, 4]), label: label.slice(0, 2) });
    const run = await fit({
      ...{ ...problem, loss: unregularized, data: few, validation: data },
      ...{ method: lbfgs(), tolerance: 0, earlyStopping: { patience: 3 } },
    });
    expect(run.ended).toBe("early");
  });

  test("ends at its budget of passes, the iteration finished", async () => {
    const run = await fit({ ...problem, method: trustRegion(), epochs: 8 });
    expect(run.ended).toBe("budget");
    expect(run.cost.gradients).toBeGreaterThanOrEqual(8);
  });

  test.for([lbfgs(), trustRegion()])(
    "$name goes on from a snapshot, bit for bit",
    async (method) => {
      const whole = await fit({ ...problem, method, steps: 9 });
      const snapshots: Snapshot[] = [];
      const save = (snapshot: Snapshot): undefined => void snapshots.push(snapshot);
      const half = await fit({ ...problem, method, steps: 4, checkpoints: { save } });
      expect(half.steps).toBe(4);
      const resume = snapshots.at(-1)!;
      expect(Object.keys(resume.tensors)).toContain("params.0.weight");
      const run = await fit({ ...problem, method, steps: 9, resume });
      expect(run.steps).toBe(9);
      expect(run.loss).toBe(whole.loss);
      expect(run.params[0].weight.data).toEqual(whole.params[0].weight.data);
      expect(run.cost.gradients).toBe(whole.cost.gradients);
    },
  );

  test("refuses a snapshot of another run", async () => {
    const snapshots: Snapshot[] = [];
    const save = (snapshot: Snapshot): undefined => void snapshots.push(snapshot);
    await fit({ ...problem, method: lbfgs(), steps: 1, checkpoints: { save } });
    const [resume] = snapshots;
    await expect(fit({ ...problem, method: trustRegion(), resume: resume! })).rejects.toThrow(
      /method is trustRegion, and was lbfgs/,
    );
  });

  test("refuses a loss that is another at each evaluation", async () => {
    const dropping = sequential(dense(5), tanh(), dropout(0.5), dense(2));
    type Dropping = ReturnType<typeof dropping.init> extends (key: never) => infer P ? P : never;
    const random = fit({
      params: dropping.init([4]),
      loss: (params: Dropping, batch: Rows, context: LossContext<undefined>) =>
        crossEntropy(dropping.apply(params, batch.x, context), batch.label),
      ...{ data, method: lbfgs() },
    });
    await expect(random).rejects.toThrow(/lbfgs needs the same loss at each evaluation/);
    const normed = sequential(dense(5), batchNorm(), tanh(), dense(2));
    type Norms = ReturnType<typeof normed.init> extends (key: never) => infer P ? P : never;
    type Statistics = ReturnType<typeof normed.state> extends (key: never) => infer P ? P : never;
    const stateful = fit({
      params: normed.init([4]),
      state: normed.state([4]),
      loss: (params: Norms, batch: Rows, context: LossContext<Statistics>) => {
        const { output, state } = normed.run(params, batch.x, context);
        return { loss: crossEntropy(output, batch.label), state };
      },
      ...{ data, method: lbfgs() },
    });
    await expect(stateful).rejects.toThrow(/without a state: batch norm's statistics/);
  });

  test("refuses what only rules have a use for", async () => {
    await expect(fit({ ...problem, method: lbfgs(), batchSize: 8 })).rejects.toThrow(
      /batchSize is given, and lbfgs is a solver/,
    );
    await expect(fit({ ...problem, method: asking("gnvp") })).rejects.toThrow(/compositeLoss/);
    await expect(fit({ ...problem, method: asking("prox") })).rejects.toThrow(/needs a penalty/);
  });

  test("answers about rows: their mean over all batches is the whole, for uneven batches too", async () => {
    let checked = 0;
    const method = asking("rows", function* ({ x: at, gradient, value }) {
      const count = (yield { kind: "row-count" }) as number;
      const mean = new Float64Array(at.length);
      let meanValue = 0;
      for (let from = 0; from < count; from += 40) {
        const own = Int32Array.from({ length: Math.min(40, count - from) }, (_, i) => from + i);
        const some = (yield { kind: "rows", x: at, rows: own }) as Evaluation;
        meanValue += (some.value * own.length) / count;
        some.gradient.forEach((g, i) => {
          mean[i]! += (g * own.length) / count;
        });
      }
      expect(meanValue).toBeCloseTo(value, 12);
      gradient.forEach((g, i) => {
        expect(mean[i]).toBeCloseTo(g, 12);
      });
      checked++;
    });
    const run = await fit({ ...problem, method, steps: 1 });
    expect(checked).toBe(1);
    expect(run.cost.gradients).toBeCloseTo(3, 12); // the start's, the rows', the last point's
  });

  test("gives Gauss–Newton products of a composite loss: symmetric, positive, the Hessian of a linear model", async () => {
    const linear = sequential(dense(2));
    type Linear = ReturnType<typeof linear.init> extends (key: never) => infer P ? P : never;
    let checked = 0;
    const method = asking("gnvp", function* ({ x: at }) {
      const v = at.map((_, i) => Math.sin(i + 1));
      const u = at.map((_, i) => Math.cos(3 * i));
      const product = Float64Array.from((yield { kind: "gnvp", x: at, direction: v }) as Vector);
      const exact = Float64Array.from((yield { kind: "hvp", x: at, direction: v }) as Vector);
      product.forEach((p, i) => {
        expect(p).toBeCloseTo(exact[i]!, 12);
      });
      const other = (yield { kind: "gnvp", x: at, direction: u }) as Vector;
      expect(dot(u, product)).toBeCloseTo(dot(v, other), 12);
      const parts = [
        [0, 45],
        [45, 45],
      ].map(([from, count]) => Int32Array.from({ length: count! }, (_, i) => from! + i));
      const halves: Vector[] = [];
      for (const own of parts) {
        const half = (yield { kind: "gnvp", x: at, direction: v, rows: own }) as Vector;
        halves.push(Float64Array.from(half));
      }
      product.forEach((p, i) => {
        expect((halves[0]![i]! + halves[1]![i]!) / 2).toBeCloseTo(p, 12);
      });
      checked++;
    });
    await fit({
      params: linear.init([4]),
      loss: compositeLoss(
        (params: Linear, batch: Rows) => linear.apply(params, batch.x),
        (logits, batch) => crossEntropy(logits, batch.label),
      ),
      ...{ data, dtype: "f64", method, steps: 1 },
    });
    expect(checked).toBe(1);
  });

  test("is the same on both engines to rounding", async () => {
    const [js, onnx] = await Promise.all(
      (["js", "onnx"] as const).map((engine) =>
        fit({ ...problem, dtype: "f32", method: lbfgs(), steps: 4, engine }),
      ),
    );
    expect(onnx!.engine).toBe("onnx");
    expect(onnx!.loss).toBeCloseTo(js!.loss, 4);
  });

  test("ends on request, with what there is", async () => {
    const controller = new AbortController();
    const run = await fit({
      ...{ ...problem, method: lbfgs(), tolerance: 0, signal: controller.signal },
      onEvent: ({ kind }) => {
        if (kind === "progress") controller.abort();
      },
    });
    expect(run).toMatchObject({ ended: "stopped", steps: 1 });
    expect(run.verdict).toMatchObject({ kind: "not-stationary", why: "stopped" });
  });
});

const unregularized = (params: Weights, batch: Rows): Tensor =>
  crossEntropy(model.apply(params, batch.x), batch.label);

/** A solver that asks what it is told to, and steps a little along the gradient. */
function asking(need: Solver["needs"][number], ask: (point: Point) => Ask<void> = nothing): Solver {
  return {
    ...{ kind: "solver", name: `asks ${need}`, needs: [need, "row-count"], monotone: false },
    init: () => ({}),
    *step(point, state): Ask<Step<unknown>> {
      yield* ask(point);
      const to = point.x.map((xi, i) => xi - 1e-3 * point.gradient[i]!);
      return { point: { x: to, ...(yield* askGradient(to)) }, state, stepSize: 1 };
    },
  };
}

function* nothing(): Ask<void> {}
