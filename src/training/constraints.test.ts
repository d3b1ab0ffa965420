import { describe, expect, test } from "vitest";
import { array } from "../array/operations/creation.ts";
import type { Tensor } from "../array/tensor.ts";
import { box, nonnegative } from "../methods/constraints/box.ts";
import { rankAtMost } from "../methods/constraints/rankAtMost.ts";
import { simplex } from "../methods/constraints/simplex.ts";
import { sphere } from "../methods/constraints/sphere.ts";
import { lbfgs } from "../methods/solvers/quasiNewton/lbfgs.ts";
import { minimize } from "./minimize.ts";

/** Rosenbrock's function: its minimum is at (1, 1). */
const banana = (x: Tensor): Tensor =>
  x.at(1).sub(x.at(0).square()).square().mul(100).add(x.at(0).sub(1).square());

describe("minimize on other sets", () => {
  test("finds the least eigenvector on a sphere, and leaves the others", async () => {
    const a = [
      [2, 1, 0],
      [1, 3, 1],
      [0, 1, 4],
    ];
    const rayleigh = (x: Tensor): Tensor => x.mul(array(a).matmul(x)).sum().div(2);
    const { verdict, value } = await minimize(rayleigh, { x0: [1, 1, 1], constraint: sphere() });
    expect(verdict.kind).toBe("local-minimum");
    expect(value).toBeCloseTo((3 - Math.sqrt(3)) / 2, 10);
    // The eigenvalues are 3 and 3 ± √3: on the tangent space, their distances from the least.
    expect(verdict).toMatchObject({ smallestEigenvalue: expect.closeTo(Math.sqrt(3), 7) });
    const middle = await minimize(rayleigh, { x0: [1, 1, -1], constraint: sphere() });
    expect(middle.verdict.kind).toBe("saddle"); // (1, 1, −1)/√3 is the eigenvector of 3
    expect(middle.verdict).toMatchObject({ smallestEigenvalue: expect.closeTo(-Math.sqrt(3), 7) });
  });

  test("finds the best portfolio on a simplex, and says what holds it", async () => {
    const { x, verdict } = await minimize(
      (x: Tensor) =>
        x
          .mul(array([1, 2, 4]))
          .mul(x)
          .sum()
          .div(2)
          .sub(x.at(2).mul(-9)),
      { x0: [1, 0, 0], constraint: simplex() },
    );
    expect(x[0]).toBeCloseTo(2 / 3, 8);
    expect(x[1]).toBeCloseTo(1 / 3, 8);
    expect(x[2]).toBe(0);
    // Convex, and no direction of the simplex descends: Frank and Wolfe's gap proves it.
    expect(verdict).toMatchObject({ kind: "global-minimum", gap: expect.closeTo(0, 7) });
    expect(verdict.held).toEqual([
      { name: "Σx = 1", multiplier: expect.closeTo(-2 / 3, 7) },
      { name: "x[2] ≥ 0", multiplier: expect.closeTo(9 - 2 / 3, 7) },
    ]);
  });

  test("completes a matrix of rank one", async () => {
    const seen = [
      [1, 1, 0],
      [1, 0, 1],
      [0, 1, 1],
    ];
    const entries = [
      [1, 2, 0],
      [2, 0, 6],
      [0, 6, 9],
    ];
    const { x, value, verdict } = await minimize(
      (x: Tensor) => x.sub(array(entries)).mul(array(seen)).square().sum(),
      {
        x0: [
          [1, 1, 1],
          [1, 1, 1],
          [1, 1, 1],
        ],
        constraint: rankAtMost(1),
      },
    );
    expect(value).toBeLessThan(1e-14);
    expect(x[0]![2]).toBeCloseTo(3, 6); // (1, 2, 3)ᵀ(1, 2, 3)
    expect(verdict.kind).toBe("local-minimum");
  });

  test("refuses a vector where a set holds matrices", async () => {
    const run = minimize((x: Tensor) => x.sum(), { x0: [1, 2], constraint: rankAtMost(1) });
    await expect(run).rejects.toThrow(/no matrix/);
  });
});

describe("minimize under a box", () => {
  test("names what holds the point, with its multiplier", async () => {
    const { x, verdict } = await minimize(banana, { x0: [-1, 1], constraint: box(-2, [0.5, 2]) });
    expect(x[0]).toBeCloseTo(0.5, 12);
    expect(x[1]).toBeCloseTo(0.25, 8); // on the valley's floor x₂ = x₁², where ∂f/∂x₁ = 2(x₁ − 1) = −1
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict.held).toEqual([{ name: "x[0] ≤ 0.5", multiplier: expect.closeTo(1, 6) }]);
    expect(verdict).toMatchObject({ smallestEigenvalue: expect.closeTo(200, 6) });
    expect(verdict.advice[0]).toMatch(/x\[0\] ≤ 0\.5 costs most/);
  });

  test("is the same as without where the minimum lies inside", async () => {
    const { x, verdict } = await minimize(banana, { x0: [-1, 1], constraint: box(-2, 2) });
    expect(x[0]).toBeCloseTo(1, 6);
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict.held).toEqual([]);
  });

  test("calls a strict saddle on a face a saddle, and leaves it where it is told to", async () => {
    // On the face x₁ = 0 it is −x₂² + x₂⁴: a saddle at 0, though the start is stationary.
    const f = (x: Tensor): Tensor => x.at(0).add(x.at(1).pow(4)).sub(x.at(1).square());
    const kept = await minimize(f, { x0: [0, 0], constraint: nonnegative() });
    expect(kept.verdict.kind).toBe("saddle");
    expect(kept.verdict).toMatchObject({ smallestEigenvalue: expect.closeTo(-2, 10) });
    const left = await minimize(f, { x0: [0, 0], constraint: nonnegative(), escapeSaddles: true });
    expect(left.saddlesLeft).toBe(1);
    expect(left.x[1]).toBeCloseTo(Math.SQRT1_2, 7);
    expect(left.verdict.kind).toBe("local-minimum");
  });

  test("ends at a vertex, where nothing is left free", async () => {
    const { x, verdict } = await minimize((x) => x.sum(), { x0: [3, 4], constraint: box(1, 5) });
    expect(x).toEqual([1, 1]);
    expect(verdict).toMatchObject({ kind: "global-minimum", gap: expect.closeTo(0, 12) });
    expect(verdict.held).toHaveLength(2);
  });

  test("holds named parts of a tree, and leaves the rest free", async () => {
    const { x, verdict } = await minimize(
      ({ w1, w2, b }) =>
        w1.sub(3).square().sum().add(w2.sub(0.5).square().sum()).add(b.sub(7).square().sum()),
      { x0: { w1: [0, 0], w2: [0], b: 0 }, constraint: { w1: box(0, 1), w2: box(0, 1) } },
    );
    expect(x.w1).toEqual([1, 1]);
    expect(x.w2[0]).toBeCloseTo(0.5, 8);
    expect(x.b).toBeCloseTo(7, 8);
    expect(verdict.held?.map(({ name }) => name)).toEqual(["w1[0] ≤ 1", "w1[1] ≤ 1"]);
  });

  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["an empty box", () => box(1, 0), /between 1 and 0: no number does/],
    ["bounds of NaN", () => box(Number.NaN, 0), /between NaN and 0/],
    ["bounds of two sizes", () => box([0, 0], [1, 1, 1]), /2 lower and 3 upper/],
    ["bounds of another size", () => box([0, 0, 0], 1), /3 lower bounds for 2 elements/],
    ["no constraint at all", () => 3, /constraint is 3/],
    ["a pattern that fits nothing", () => ({ v: box(0, 1) }), /"v" fits no params/],
  ];
  test.for(refused)("refuses %s before the first step", async ([, make, message]) => {
    const run = async (): Promise<unknown> =>
      minimize(banana, {
        x0: [0, 0],
        constraint: make() as never,
        onReady: async () => expect.unreachable(),
      });
    await expect(run()).rejects.toThrow(message);
  });

  test("refuses a method that would leave the box", async () => {
    const run = minimize(banana, { x0: [0, 0], constraint: box(0, 1), method: lbfgs() });
    await expect(run).rejects.toThrow(/lbfgs knows nothing of constraints/);
  });
});
