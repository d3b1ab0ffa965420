import { describe, expect, test } from "vitest";
import { matmul } from "../array/operations/contraction.ts";
import { softplus } from "../array/operations/elementwise.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { linearModel } from "../estimators/linear/linearModel.ts";
import { numbersFrom } from "../linalg/testing.ts";
import { box } from "../methods/constraints/registry.ts";
import { l1, squaredL2 } from "../methods/penalties/registry.ts";
import { proximal } from "../methods/rules/proximal.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { dataset } from "./dataset.ts";
import { fit } from "./fit.ts";

const next = numbersFrom(3);
const rows = Array.from({ length: 40 }, () => Array.from({ length: 3 }, next));
const scores = rows.map(([a = 0, b = 0]) => 2 * a - b + 0.8 * next());
const signs = scores.map((score) => (score > 0 ? 1 : -1));

type Params = { readonly w: Tensor };
type Batch = { readonly x: Tensor; readonly y: Tensor };
const squares = ({ w }: Params, { x, y }: Batch): Tensor =>
  matmul(x, w).sub(y).square().mean().div(2);
const logistic = ({ w }: Params, { x, y }: Batch): Tensor =>
  softplus(matmul(x, w).mul(y).neg()).mean();

const options = {
  params: { w: [0, 0, 0] },
  batchSize: 40,
  steps: 3000,
  dtype: "f64",
  engine: "js",
  method: sgd(0.5),
  tolerance: 1e-7,
} as const;
const numbers = dataset({ x: rows, y: scores });
const labels = dataset({ x: rows, y: signs });
const plain = { intercept: false, standardize: false } as const;

function gapOf(verdict: Verdict): number {
  if (verdict.kind !== "global-minimum") throw new Error(`${verdict.kind}: ${verdict.evidence}`);
  return verdict.gap;
}

describe("a training loss that is proved convex", () => {
  test("least squares, curved everywhere as at the end: to a certificate", async () => {
    const { verdict, params } = await fit({ ...options, loss: squares, data: numbers });
    expect(gapOf(verdict)).toBeLessThan(1e-10);
    expect(verdict.evidence.join()).toMatch(/proved convex.*strongly convex/);
    linearModel(plain)
      .fit(rows, scores)
      .coefficients.forEach((w, j) => {
        expect(params.w.data[j]).toBeCloseTo(w, 6);
      });
  });

  test("logistic regression with weight decay in the loss: by the modulus of that", async () => {
    const ridge = (p: Params, batch: Batch): Tensor =>
      logistic(p, batch).add(p.w.square().sum().mul(0.05));
    const run = await fit({ ...options, loss: ridge, data: labels });
    expect(gapOf(run.verdict)).toBeLessThan(1e-10);
    const model = linearModel({ ...plain, loss: "logistic", penalty: squaredL2(0.1) });
    const { verdict } = model.fit(rows, signs);
    if (run.verdict.kind !== "global-minimum" || verdict.kind !== "global-minimum")
      throw new Error(verdict.kind);
    expect(run.verdict.primal).toBeCloseTo(verdict.primal, 9);
  });

  test("with proximal steps: by the penalty's dual norm; on a set: by its bounds", async () => {
    const sparse = await fit({
      ...options,
      loss: logistic,
      data: labels,
      method: proximal(sgd(0.5), l1(0.05)),
    });
    expect(gapOf(sparse.verdict)).toBeLessThan(1e-6);
    const within = await fit({
      ...options,
      loss: logistic,
      data: labels,
      constraint: box(-0.5, 0.5),
    });
    expect(gapOf(within.verdict)).toBeLessThan(1e-6);
  });

  test("says how far a run that was too short may be from the minimum", async () => {
    const run = { ...options, steps: 3, data: numbers };
    const ridge = (p: Params, batch: Batch): Tensor =>
      squares(p, batch).add(p.w.square().sum().mul(0.05));
    const { verdict } = await fit({ ...run, loss: ridge });
    expect(verdict.kind).toBe("not-stationary");
    expect(verdict.evidence.join()).toMatch(/no value anywhere is lower than this one by more/);
    const unbounded = await fit({ ...run, data: labels, loss: logistic });
    expect(unbounded.verdict.evidence.join()).toMatch(/proved convex.*by more than/);
  });

  test("in single precision the gap holds what rounding may hide", async () => {
    const { verdict } = await fit({
      ...options,
      ...{ loss: squares, data: numbers, dtype: "f32", engine: "onnx", tolerance: 1e-5 },
    });
    const gap = gapOf(verdict);
    expect(gap).toBeGreaterThan(1e-9);
    expect(gap).toBeLessThan(1e-6);
  });

  test("that is not quadratic is not taken to be curved everywhere as at its minimum", async () => {
    const robust = ({ w }: Params, { x, y }: Batch): Tensor => {
      const off = matmul(x, w).sub(y);
      return softplus(off).add(softplus(off.neg())).mean();
    };
    const { verdict } = await fit({ ...options, loss: robust, data: numbers, method: sgd(2) });
    expect(verdict).toMatchObject({ kind: "local-minimum" });
    expect(verdict.evidence.join()).toMatch(/proved convex/);
  });

  test("by the signs of its data: rows of weight 0 and more count, one below 0 does not", async () => {
    const weighted = ({ w }: Params, { x, y, c }: Batch & { readonly c: Tensor }): Tensor =>
      matmul(x, w).sub(y).square().mul(c).mean();
    const weights = rows.map((_, i) => i / 40);
    const of = (c: readonly number[]) =>
      fit({ ...options, loss: weighted, data: dataset({ x: rows, y: scores, c }) });
    expect(gapOf((await of(weights)).verdict)).toBeLessThan(1e-10);
    const { verdict } = await of([-0.01, ...weights.slice(1)]);
    expect(verdict).toMatchObject({ kind: "local-minimum" });
    expect(verdict.evidence.join()).not.toMatch(/convex/);
  });

  test("is proved on as many rows as it is written for", async () => {
    const pairs = ({ w }: Params, { x, y }: Batch): Tensor =>
      matmul(x, w).sub(y).reshape([20, 2]).square().sum({ axis: 1 }).mean();
    const { verdict } = await fit({ ...options, loss: pairs, data: numbers, method: sgd(0.2) });
    expect(gapOf(verdict)).toBeLessThan(1e-10);
  });

  test("one written for a batch that is not the whole is refused before it trains", async () => {
    const pairs = ({ w }: Params, { x, y }: Batch): Tensor =>
      matmul(x, w).sub(y).reshape([10, 2]).square().sum({ axis: 1 }).mean();
    const events: string[] = [];
    const run = fit({
      ...options,
      ...{ loss: pairs, data: numbers, batchSize: 20 },
      onEvent: ({ kind }) => events.push(kind),
    });
    await expect(run).rejects.toMatchObject({
      code: "fit/rows",
      message: expect.stringMatching(/batches of 20 rows.*not all 40/),
    });
    expect(events).toEqual([]);
  });

  test("a network is not claimed", async () => {
    const loss = ({ w, v }: { w: Tensor; v: Tensor }, { x, y }: Batch): Tensor =>
      matmul(matmul(x, w).tanh(), v).sub(y).square().mean();
    const params = { w: rows.slice(0, 3), v: [1, -1, 0.5] };
    const { verdict } = await fit({ ...options, params, loss, data: numbers, steps: 20 });
    expect(verdict.evidence.join()).not.toMatch(/convex/);
  });
});
