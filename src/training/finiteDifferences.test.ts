import { describe, expect, test } from "vitest";
import { adam } from "../methods/rules/adam.ts";
import { finiteDifferences } from "./finiteDifferences.ts";
import { minimize } from "./minimize.ts";

const rosenbrock = (x: number[]): number => 100 * (x[1]! - x[0]! ** 2) ** 2 + (1 - x[0]!) ** 2;

describe("finiteDifferences", () => {
  test.for(["lbfgs", "bfgs", "trustRegion", "nelderMead", "auto"])(
    "lets %s minimize a plain function",
    async (method) => {
      const { x, verdict, evaluations } = await minimize(finiteDifferences(rosenbrock), {
        x0: [-1.2, 1],
        method,
      });
      expect(x[0]).toBeCloseTo(1, 4);
      expect(x[1]).toBeCloseTo(1, 4);
      expect(verdict.kind).toBe("local-minimum");
      expect(verdict.evidence.at(-1)).toMatch(/central differences of values/);
      expect(evaluations.gradient).toBe(0);
      expect(evaluations.value).toBeGreaterThan(20);
    },
  );

  test("gives x in the shape of the start", async () => {
    const f = ({ a, b }: { a: number; b: number[] }): number => (a - 2) ** 2 + (b[0]! + 1) ** 2;
    const { x } = await minimize(finiteDifferences(f), { x0: { a: 0, b: [0] } });
    expect(x).toEqual({ a: expect.closeTo(2, 5), b: [expect.closeTo(-1, 5)] });
  });

  test("calls no saddle a minimum, and leaves it", async () => {
    const f = (x: number[]): number => x[0]! ** 2 - x[1]! ** 2 + x[1]! ** 4 / 4;
    const stays = await minimize(finiteDifferences(f), {
      x0: [1, 0],
      method: "lbfgs",
      escapeSaddles: false,
    });
    expect(stays.verdict.kind).toBe("saddle");
    const leaves = await minimize(finiteDifferences(f), { x0: [0, 0], method: "trustRegion" });
    expect(leaves.value).toBeCloseTo(-1, 6);
  });

  test("steps further where values are noisy, and does not claim more than they show", async () => {
    const rounded = (x: number[]): number =>
      Math.round(1e6 * ((x[0]! - 1) ** 2 + 0.5 * x[1]! ** 2)) / 1e6;
    const { x, verdict } = await minimize(finiteDifferences(rounded, { noise: 1e-6 }), {
      ...{ x0: [3, -2], method: "bfgs", tolerance: 1e-3 },
    });
    expect(x[0]).toBeCloseTo(1, 1);
    expect(x[1]).toBeCloseTo(0, 1);
    if (verdict.kind === "local-minimum") expect(verdict.eigenvalueError).toBeGreaterThan(1e-3);
  });

  test("refuses what is no number, rules, engines and impossible noise", async () => {
    const bad = finiteDifferences(() => "3" as never);
    await expect(minimize(bad, { x0: [1] })).rejects.toThrow(/returned a string/);
    const good = finiteDifferences(rosenbrock);
    await expect(minimize(good, { x0: [1, 2], method: adam(0.1) })).rejects.toThrow(
      /adam is traced/,
    );
    await expect(minimize(good, { x0: [1, 2], engine: "onnx" })).rejects.toThrow(/not traced/);
    expect(() => finiteDifferences(rosenbrock, { noise: 0 })).toThrow(/noise/);
  });
});
