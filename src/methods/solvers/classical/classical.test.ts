import { describe, expect, test } from "vitest";
import { symmetricEigen } from "../../../linalg/symmetricEigen.ts";
import { largestDifference } from "../../../linalg/testing.ts";
import { normInf } from "../../../linalg/vector.ts";
import { bfgs } from "../quasiNewton/bfgs.ts";
import { lbfgs } from "../quasiNewton/lbfgs.ts";
import { sr1 } from "../quasiNewton/sr1.ts";
import { trustRegion } from "../secondOrder/trustRegion.ts";
import { derivatives } from "../sumOfSquares/testing.ts";
import { type Outcome, run } from "../testing.ts";
import golden from "./classical.golden.json" with { type: "json" };
import { type Classical, classical } from "./testing.ts";

const find = (key: string): Classical => {
  const problem = classical.find((candidate) => candidate.key === key);
  if (problem === undefined) throw new Error(`no problem ${key}`);
  return problem;
};

describe("the classical problems", () => {
  test.for(golden.problems)("$key has the golden values and derivatives", ({ key, x0, points }) => {
    expect(largestDifference(find(key).x0, x0)).toBeLessThan(1e-15);
    const f = derivatives(find(key));
    for (const point of points) {
      const x = Float64Array.from(point.x);
      const { value, gradient } = f.gradient(x);
      expect(f.value(x)).toBe(value);
      expect(Math.abs(value - point.f)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(point.f)));
      const slope = normInf(Float64Array.from(point.grad));
      expect(largestDifference(gradient, point.grad)).toBeLessThanOrEqual(1e-9 * slope);
      const { values } = symmetricEigen(f.hessian(x), x.length);
      const curvature = normInf(Float64Array.from(point.hessEig));
      expect(largestDifference(values, point.hessEig)).toBeLessThanOrEqual(1e-8 * curvature);
    }
  });
});

// Watson's minima in 9 and 12 variables: Moré, Garbow & Hillstrom (1981), problem 20.
const minima = new Map<string, readonly number[]>([
  ...golden.problems.map(({ key, minima: known }): [string, number[]] => [key, known]),
  ["watson9", [1.39976e-6]],
  ["watson12", [4.72238e-10]],
]);

/** At a known minimum's value to 1e-6 relative or 1e-8 absolute, or where the gradient vanishes. */
function isSolved(key: string, { point, stop }: Outcome): boolean {
  const near = (f: number): boolean =>
    Math.abs(point.value - f) <= Math.max(1e-8, 1e-6 * Math.abs(f));
  return (minima.get(key) ?? []).some(near) || stop.criterion === "gradient";
}

const neverRises = (values: readonly number[]): boolean =>
  values.every((value, i) => i === 0 || value <= values[i - 1]!);

const runs = {
  exact: (problem: Classical) => run(trustRegion(), derivatives(problem), problem.x0),
  steihaug: (problem: Classical) =>
    run(trustRegion({ subproblem: "steihaug" }), derivatives(problem), problem.x0),
  bfgs: (problem: Classical) => run(bfgs(), derivatives(problem), problem.x0),
  sr1: (problem: Classical) =>
    run(sr1(), derivatives(problem), problem.x0, { maxIterations: 4000 }),
  lbfgs: (problem: Classical) =>
    run(lbfgs(), derivatives(problem), problem.x0, { maxIterations: 4000 }),
};

describe.for(Object.entries(runs))("%s", ([, solve]) => {
  test.for(classical)("solves $key from its standard start, never rising", (problem) => {
    const outcome = solve(problem);
    expect(isSolved(problem.key, outcome)).toBe(true);
    expect(neverRises(outcome.values)).toBe(true);
    expect(["gradient", "rounding"]).toContain(outcome.stop.criterion);
  });
});

test("the default solver asks for at most half of what SciPy's trust-exact does", () => {
  // SciPy 1.17 on these 36 cases with tight tolerances: 2,149 values, 2,009 gradients, 2,149 Hessians.
  const cases = classical.filter(({ key }) => key !== "watson12");
  expect(cases).toHaveLength(36);
  const counts = cases.map((problem) => runs.exact(problem).counts);
  const total = (kind: "gradient" | "hessian") => counts.reduce((sum, c) => sum + c[kind], 0);
  expect(total("gradient")).toBeLessThan(2009 / 2);
  expect(total("hessian")).toBeLessThan(2149 / 2);
});
