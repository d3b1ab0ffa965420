import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { matmul } from "../array/operations/contraction.ts";
import { array } from "../array/operations/creation.ts";
import type { Tensor } from "../array/tensor.ts";
import { box } from "../methods/constraints/box.ts";
import { halfspace } from "../methods/constraints/halfspace.ts";
import { minimize } from "./minimize.ts";

const design = NDArray.of([
  [1, 2],
  [0, 1],
  [3, -1],
]);
const ridge = (x: Tensor): Tensor =>
  matmul(design, x)
    .sub(NDArray.of([1, 2, 3]))
    .square()
    .sum()
    .add(x.square().sum().mul(0.5));

describe("minimize on a function that is proved convex", () => {
  test("certifies the minimum of a strongly convex function with a dual bound", async () => {
    const { verdict, x, value } = await minimize(ridge, { x0: [0, 0] });
    if (verdict.kind !== "global-minimum") throw new Error(verdict.kind);
    // (AᵀA + ½I)x = Aᵀb, solved by hand: [[10.5, -1], [-1, 6.5]] x = [10, 1]
    expect(x[0]).toBeCloseTo(66 / 67.25, 8);
    expect(x[1]).toBeCloseTo(20.5 / 67.25, 8);
    expect(verdict.dual).toBeLessThanOrEqual(value);
    expect(verdict.gap).toBeLessThan(1e-10);
    expect(verdict.primal).toBe(value);
  });

  test("certifies by a distant gradient only what it bounds", async () => {
    const { verdict, value } = await minimize(ridge, {
      x0: [50, 50],
      method: "lbfgs",
      maxIterations: 1,
    });
    expect(verdict.kind).toBe("not-stationary");
    const bound = verdict.evidence.find((line) =>
      line.includes("lower than this one by more than"),
    );
    const best = (await minimize(ridge, { x0: [0, 0] })).value;
    expect(Number(bound?.match(/than ([\d.e+]+)$/)?.[1])).toBeGreaterThanOrEqual(value - best);
  });

  test("says of a convex function without a modulus that local is global, and keeps the verdict", async () => {
    const { verdict } = await minimize((x) => x.exp().sum().sub(x.sum()), { x0: [1, 2] });
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict.evidence.at(-1)).toMatch(
      /proved convex .* every stationary point is a global minimum; within a distance of 10 no value is lower .* by more than/,
    );
  });

  test("takes a value that the operations can give none below", async () => {
    const hinge = (x: Tensor): Tensor =>
      x
        .mul(array([1, -2]))
        .mul(-1)
        .add(1)
        .maximum(0)
        .sum();
    const { verdict, value } = await minimize(hinge, { x0: [0, 0] });
    expect(value).toBeCloseTo(0, 12);
    expect(verdict).toMatchObject({ kind: "global-minimum", dual: 0 });
  });

  test("adds up what open and closed sides of a box leave", async () => {
    const line = (x: Tensor): Tensor => x.at(0).mul(2).add(x.at(1).sub(3).square());
    const bounds = { x0: [1, 1], constraint: box(0, Number.POSITIVE_INFINITY) };
    const { x, verdict } = await minimize(line, bounds);
    expect(x[0]).toBe(0);
    expect(x[1]).toBeCloseTo(3, 8);
    expect(verdict).toMatchObject({ kind: "global-minimum", gap: expect.closeTo(0, 8) });
  });

  test("claims nothing global of a function that is not convex", async () => {
    const { verdict } = await minimize((x) => x.square().sub(1).square().sum(), { x0: [2, 0.5] });
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict.evidence.join()).not.toMatch(/global/);
  });
});

test("a linear function under an inequality: what lies near is bounded, where the set is not", async () => {
  const { verdict } = await minimize((x) => x.at(0).neg().sub(x.at(1).mul(2)), {
    x0: [0.1, 0.9],
    constraint: halfspace([1, 2], 1),
  });
  const evidence = verdict.evidence.join();
  expect(evidence).toMatch(/every stationary point is a global minimum; within a distance of 10/);
  const [, room = "1"] = /by more than (\S+), and of what lies farther/.exec(evidence) ?? [];
  expect(Number(room)).toBeLessThan(1e-12);
});
