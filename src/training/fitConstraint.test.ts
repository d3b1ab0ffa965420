import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { box, l2Ball, psd, rankAtMost, simplex } from "../methods/constraints/registry.ts";
import { adam } from "../methods/rules/adam.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { lbfgs } from "../methods/solvers/quasiNewton/lbfgs.ts";
import { dataset } from "./dataset.ts";
import { fit } from "./fit.ts";

const rows = dataset({
  x: [
    [1, 0],
    [0, 1],
    [1, 1],
    [1, -1],
  ],
  y: [3, -2, 1, 5],
});

const options = {
  params: { w: [0.2, 0.2], b: [0] },
  loss: ({ w, b }: { w: Tensor; b: Tensor }, batch: { x: Tensor; y: Tensor }): Tensor =>
    batch.x.mul(w).sum({ axis: 1 }).add(b.at(0)).sub(batch.y).square().mean(),
  data: rows,
  batchSize: 4,
  steps: 400,
  dtype: "f64",
  engine: "js",
} as const;

describe("fit under a constraint", () => {
  test("projects after each step, and says what holds the end", async () => {
    const { params, verdict } = await fit({
      ...options,
      method: sgd(0.1),
      constraint: { w: box(-1, 1) },
      tolerance: 1e-6,
    });
    expect(params.w.toArray()).toEqual([1, -1]);
    expect(params.b.toArray()).toEqual([expect.closeTo(1.25, 6)]); // the mean of y − x·w
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict.held?.map(({ name }) => name)).toEqual(["w[0] ≤ 1", "w[1] ≥ -1"]);
  });

  test("holds tensors one by one by path, and all together without", async () => {
    const norm = (numbers: Float64Array | Float32Array | Int32Array | Uint8Array): number =>
      Math.hypot(...numbers);
    const apart = await fit({ ...options, method: adam(0.05), constraint: { "*": l2Ball(0.5) } });
    expect(norm(apart.params.w.data)).toBeCloseTo(0.5, 12);
    expect(norm(apart.params.b.data)).toBeCloseTo(0.5, 12);
    const together = await fit({ ...options, method: adam(0.05), constraint: simplex() });
    const { w, b } = together.params;
    const all = [...w.data, ...b.data];
    expect(all.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
  });

  test("has the host project where no formula does, on either engine", async () => {
    // The nearest matrix of the set to [[1, 2], [2, 1]], by its eigenvalues 3 and −1.
    const away = [
      [1, 2],
      [2, 1],
    ];
    const params = {
      w: [
        [1, 0],
        [0, 1],
      ],
      b: [0],
    };
    const loss = ({ w, b }: { w: Tensor; b: Tensor }): Tensor =>
      w.sub(away).square().sum().add(b.sub(2).square().sum());
    for (const engine of ["js", "onnx"] as const) {
      const shared = { ...options, loss, params, engine, steps: 100, tolerance: 1e-6 };
      const cone = await fit({ ...shared, method: sgd(0.1), constraint: { w: psd() } });
      for (const entry of cone.params.w.data) expect(entry).toBeCloseTo(1.5, 7);
      expect(cone.params.b.data[0]).toBeCloseTo(2, 7);
      expect(cone.verdict.kind).toBe("local-minimum");
      const low = await fit({ ...shared, method: adam(0.05), constraint: { w: rankAtMost(1) } });
      const [a = 0, b = 0, c = 0, d = 0] = low.params.w.data;
      expect(Math.abs(a * d - b * c)).toBeLessThan(1e-12);
    }
  });

  test("refuses solvers, and patterns that fit nothing, before the first step", async () => {
    const onReady = async (): Promise<void> => expect.unreachable();
    const solver = fit({ ...options, method: lbfgs(), constraint: box(0, 1), onReady });
    await expect(solver).rejects.toThrow(/a constraint with the solver lbfgs/);
    const typo = fit({ ...options, method: sgd(0.1), constraint: { weight: box(0, 1) }, onReady });
    await expect(typo).rejects.toThrow(/"weight" fits no params/);
  });
});
