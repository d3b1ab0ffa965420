import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { box } from "../methods/constraints/box.ts";
import { basinHopping } from "../methods/solvers/global/basinHopping.ts";
import { differentialEvolution } from "../methods/solvers/global/differentialEvolution.ts";
import { multiStart } from "../methods/solvers/global/multiStart.ts";
import { minimize } from "./minimize.ts";

const himmelblau = (x: Tensor): Tensor => {
  const [a, b] = [x.at(0), x.at(1)];
  return a.square().add(b).sub(11).square().add(a.add(b.square()).sub(7).square());
};

describe("minimize by a search", () => {
  test("says local minimum, with what was searched as evidence, and lists the minima in the start's form", async () => {
    const { verdict, search, value, x } = await minimize(({ p }: { p: Tensor }) => himmelblau(p), {
      x0: { p: [0, 0] },
      method: multiStart({ starts: 40 }),
      constraint: box(-5, 5),
    });
    expect(value).toBeLessThan(1e-12);
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict.evidence.join("\n")).toMatch(
      /40 starts.*\n.*about [45] minima.*\n40 local searches/s,
    );
    expect(search?.minima).toHaveLength(4);
    expect(search?.minima[0]?.x.p).toEqual(x.p);
  });

  test("goes on from a stationary start, which for other methods would be the end", async () => {
    const at = { x0: [3, 2], constraint: box(-5, 5) };
    const found = await minimize(himmelblau, { ...at, method: basinHopping({ hops: 60 }) });
    expect(found.iterations).toBe(61);
    expect(found.search?.minima.length).toBeGreaterThan(1);
  });

  test("needs a box where the method does, and says how to give one", async () => {
    const run = minimize(himmelblau, { x0: [0, 0], method: differentialEvolution() });
    await expect(run).rejects.toThrow(/differentialEvolution needs bounds[\s\S]*constraint: box/);
  });

  test("takes its randomness from the run's seed", async () => {
    const at = async (seed: number): Promise<readonly number[]> => {
      const options = { x0: [1, 1], method: "differentialEvolution", constraint: box(-5, 5) };
      return (await minimize(himmelblau, { ...options, seed })).history.map(({ value }) => value);
    };
    expect(await at(1)).toEqual(await at(1));
    expect(await at(1)).not.toEqual(await at(2));
  });
});

describe("a limit on evaluations", () => {
  test.for([
    ["lbfgs", 10],
    ["trustRegion", 30],
    ["multiStart", 100],
    ["differentialEvolution", 100],
  ] as const)("is not overstepped by %s, and is no convergence", async ([method, limit]) => {
    const rosenbrock = (x: Tensor): Tensor =>
      x.at(1).sub(x.at(0).square()).square().mul(100).add(x.at(0).neg().add(1).square());
    const { evaluations, verdict } = await minimize(rosenbrock, {
      ...{ x0: [-1.2, 1], method, maxEvaluations: limit, tolerance: 1e-14 },
      ...(method === "differentialEvolution" ? { constraint: box(-5, 5) } : {}),
    });
    const { value, gradient, hessian, hvp } = evaluations;
    // One gradient and one Hessian are the verdict's, and a search may ask for the gradient at its end.
    const spent = value / 3 + gradient + 2 * hvp + 4 * Math.max(0, hessian - 1) - 1;
    expect(spent).toBeLessThanOrEqual(limit + 1e-9);
    expect(spent).toBeGreaterThan(limit / 2);
    if (method === "lbfgs")
      expect(verdict).toMatchObject({ kind: "not-stationary", why: "budget" });
  });

  test("is above 0", async () => {
    const run = minimize(himmelblau, { x0: [0, 0], maxEvaluations: 0 });
    await expect(run).rejects.toThrow(/maxEvaluations is 0[\s\S]*above 0/);
  });
});
