import { describe, expect, test } from "vitest";
import { matmul } from "../array/operations/contraction.ts";
import { array } from "../array/operations/creation.ts";
import type { Tensor } from "../array/tensor.ts";
import { numbersFrom } from "../linalg/testing.ts";
import type { Penalty } from "../methods/penalties/penalty.ts";
import { groupLasso, l1, lHalf, logSum, mcp, scad } from "../methods/penalties/registry.ts";
import { fista, proximalGradient, reweightedL1 } from "../methods/solvers/registry.ts";
import { minimize } from "./minimize.ts";

/** Logistic loss on 40 rows of 12 columns, two of which matter. */
function problem(seed: number): (x: Tensor) => Tensor {
  const next = numbersFrom(seed);
  const a = Array.from({ length: 40 }, () => Array.from({ length: 12 }, next));
  const signs = a.map((row) => (4 * row[0]! - 3 * row[1]! + 0.5 * next() > 0 ? 1 : -1));
  return (x) => matmul(array(a), x).mul(array(signs)).neg().exp().log1p().mean();
}
const x0 = new Array<number>(12).fill(0);
const penalties: readonly (readonly [string, Penalty])[] = [
  ["SCAD", scad(0.06)],
  ["MCP", mcp(0.06)],
  ["log-sum", logSum(0.03, { epsilon: 0.5 })],
];

describe("reweighted L1", () => {
  test.for(penalties)("%s: no round raises the value", async ([, penalty]) => {
    const f = problem(3);
    const values: number[] = [];
    for (let k = 0; k <= 5; k++) {
      const { value } = await minimize(f, {
        ...{ x0, penalty, maxIterations: k },
        method: reweightedL1(),
      });
      values.push(value);
    }
    expect(values[1]).toBeLessThan(values[0]!);
    values.slice(1).forEach((value, k) => {
      expect(value).toBeLessThanOrEqual(values[k]! + 1e-14);
    });
  });

  test.for([...penalties, ["L½", lHalf(0.01)] as const])(
    "%s: it ends where proximal gradients stand still",
    async ([name, penalty]) => {
      const f = problem(5);
      // Zero is for a root a local minimum of every loss.
      const start = name === "L½" ? x0.map(() => 0.5) : x0;
      const found = await minimize(f, { x0: start, penalty, method: reweightedL1() });
      expect(found.verdict.kind).not.toBe("not-stationary");
      expect(found.x.some((xi) => xi === 0)).toBe(true);
      expect(found.x.some((xi) => xi !== 0)).toBe(true);
      const after = await minimize(f, {
        x0: found.x,
        penalty,
        method: proximalGradient({ memory: 1 }),
      });
      expect(after.value).toBeCloseTo(found.value, 9);
      after.x.forEach((xi, i) => {
        expect(xi).toBeCloseTo(found.x[i]!, 5);
      });
    },
  );

  test("of L1 it is the lasso, in one round", async () => {
    const f = problem(1);
    const lasso = await minimize(f, { x0, penalty: l1(0.03), method: fista() });
    const found = await minimize(f, { x0, penalty: l1(0.03), method: reweightedL1() });
    found.x.forEach((xi, i) => {
      expect(xi).toBeCloseTo(lasso.x[i]!, 6);
    });
    expect(found.verdict.kind).toBe("global-minimum");
  });

  test("a penalty of groups has no slopes of coordinates", async () => {
    await expect(
      minimize(problem(1), { x0, penalty: groupLasso(0.1, { groups: 3 }), method: reweightedL1() }),
    ).rejects.toThrow(/reweightedL1 needs a penalty that is a sum over coordinates/);
  });
});
