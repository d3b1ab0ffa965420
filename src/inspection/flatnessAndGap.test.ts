import { describe, expect, test } from "vitest";
import { matmul } from "../array/operations/contraction.ts";
import { relu } from "../array/operations/elementwise.ts";
import type { Tensor } from "../array/tensor.ts";
import { mse } from "../models/losses/regression.ts";
import { dataset } from "../training/dataset.ts";
import { type FlatnessAndGapReport, flatnessAndGap, summaryOf } from "./flatnessAndGap.ts";

interface Rows {
  readonly x: Tensor;
  readonly y: Tensor;
}
interface Net {
  readonly v: Tensor;
  readonly w: Tensor;
}
const js = { dtype: "f64", engine: "js" } as const;

describe("a function that is w⁴/4 where trained and (w⁴ + 4w)/4 where tested", () => {
  // Loss mean(w⁴x/4 + wy): curvature 3w², gap w, so that both grow together on w > 0.
  const problem = {
    params: [1],
    loss: (w: Tensor, { x, y }: Rows) =>
      w.square().square().mul(x.mean()).div(4).add(w.mul(y.mean())).sum(),
    data: dataset({ x: [1, 1], y: [0, 0] }),
    test: dataset({ x: [1, 1], y: [1, 1] }),
    ...js,
  };
  const ask = (ws: readonly number[]) => flatnessAndGap(problem, { minima: ws.map((w) => [w]) });

  test("has curvature and gap by hand, and their order with its exact p", async () => {
    const { minima, relations, summary } = await ask([0.5, 1, 1.5, 2, 2.5, 3]);
    expect(minima[1]).toMatchObject({ trainingLoss: 0.25, testLoss: 1.25, gap: 1 });
    for (const [i, w] of [0.5, 1, 1.5, 2, 2.5, 3].entries())
      expect(minima[i]?.flatness.plain.largestEigenvalue).toBeCloseTo(3 * w * w, 8);
    for (const { correlation } of relations)
      expect(correlation).toMatchObject({ kendall: 1, kendallP: 2 / 720, permutations: 720 });
    expect(summary).toMatch(
      /Over these 6 minima the gap grows with .*Kendall's τ 1\.00, p = 0\.0028/,
    );
    expect(summary).toMatch(/no cause\.$/);
  });

  test("over five, or four, nothing is claimed of the same perfect order", async () => {
    const { relations, summary } = await ask([0.5, 1, 1.5, 2]);
    expect(relations[0]?.correlation?.kendall).toBe(1);
    expect(summary).toMatch(/4 minima are too few to tell.*p = 0\.083/);
    expect(summaryOf(5, [])).toMatch(/5 minima are too few/);
  });
});

test("of one ReLU network whose layers are scaled, raw sharpness changes and neither the gap nor the adaptive one does", async () => {
  const x = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(2.3 * i)]);
  const problem = {
    params: {
      v: [
        [0, 0, 0],
        [0, 0, 0],
      ],
      w: [[0], [0], [0]],
    },
    loss: ({ v, w }: Net, batch: Rows) => mse(matmul(relu(matmul(batch.x, v)), w), batch.y),
    data: dataset({ x: x.slice(0, 8), y: x.slice(0, 8).map(([a, b]) => [a! * b!]) }),
    test: dataset({ x: x.slice(8), y: x.slice(8).map(([a, b]) => [a! * b!]) }),
    ...js,
  };
  // Powers of two: the function is the same to the last bit, and so are its gaps.
  const scaled = (alpha: number) => ({
    v: [
      [1, -0.5, 0.75],
      [0.5, 1, -1],
    ].map((row) => row.map((entry) => entry * alpha)),
    w: [[0.5], [-0.25], [1]].map((row) => row.map((entry) => entry / alpha)),
  });
  const { minima, relations, summary } = await flatnessAndGap(problem, {
    minima: [1, 2, 4, 8, 16, 32].map(scaled),
  });
  const [first, ...rest] = minima;
  for (const { gap, flatness } of rest) {
    expect(gap).toBe(first!.gap);
    const adaptive = flatness.adaptive.largestEigenvalue;
    expect(adaptive / first!.flatness.adaptive.largestEigenvalue).toBeCloseTo(1, 6);
  }
  const [plain, last] = [first!, rest[4]!].map((m) => m.flatness.plain.largestEigenvalue);
  expect(last! / plain!).toBeGreaterThan(10);
  for (const { correlation } of relations) expect(correlation).toBeUndefined();
  expect(summary).toMatch(/^Nothing to order/);
});

describe("in words", () => {
  type Relations = FlatnessAndGapReport["relations"];
  const relation = (measure: Relations[number]["measure"], kendall: number, kendallP: number) => ({
    measure,
    correlation: { kendall, kendallP, spearman: kendall, spearmanP: kendallP, permutations: 9999 },
  });

  test("p = 0.03 is not enough where four measures were tried, and no proof of the contrary", () => {
    const said = summaryOf(12, [
      relation("adaptive.rise", 0.48, 0.03),
      relation("plain.rise", 0.1, 0.7),
    ]);
    expect(said).toMatch(
      /no order by sharpness can be told from chance.*adaptive\.rise.*p = 0\.03/,
    );
    expect(said).toMatch(/does not show that there is no relation/);
  });

  test("plain sharpness alone is told with its weakness; a falling gap as falling", () => {
    const said = summaryOf(12, [
      relation("adaptive.rise", 0.2, 0.4),
      relation("plain.rise", -0.9, 0.0001),
    ]);
    expect(said).toMatch(/the gap falls with plain\.rise \(Kendall's τ -0\.90, p = 0\.0001\)/);
    expect(said).toMatch(/No adaptive measure shows it/);
  });
});

test("refuses one minimum, minima of other shapes, and a problem without test data", async () => {
  const problem = {
    params: [1, 1],
    loss: (w: Tensor, { x }: Rows) => w.square().sum().mul(x.mean()),
    data: dataset({ x: [1, 1], y: [0, 0] }),
    ...js,
  };
  const ask = (more: object, minima: unknown[]) =>
    flatnessAndGap({ ...problem, ...more }, { minima });
  const both = [
    [1, 0],
    [0, 1],
  ];
  await expect(ask({}, both)).rejects.toThrow(/no test data/);
  await expect(ask({ test: problem.data }, [[1, 0]])).rejects.toThrow(/at least two/);
  await expect(ask({ test: problem.data }, [[1, 0], [1]])).rejects.toThrow(
    /minima\[1\] has arrays/,
  );
  await expect(ask({ test: problem.data, state: [0] }, both)).rejects.toThrow(
    /0 states of 2 minima/,
  );
});
