import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { testFunctions } from "../data/testFunctions/registry.ts";
import type { TestFunction } from "../data/testFunctions/testFunction.ts";
import { box } from "../methods/constraints/box.ts";
import { adam } from "../methods/rules/adam.ts";
import { gradientDescent } from "../methods/rules/gradientDescent.ts";
import { heavyBall } from "../methods/rules/heavyBall.ts";
import { perturbedGradientDescent } from "../methods/rules/perturbedGradientDescent.ts";
import type { Rule } from "../methods/rules/rule.ts";
import * as solvers from "../methods/solvers/registry.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { dataset } from "./dataset.ts";
import { finiteSum } from "./finiteSum.ts";
import { leastSquares } from "./leastSquares.ts";
import { type MinimizeOptions, type MinimizeResult, minimize } from "./minimize.ts";

type Method = NonNullable<MinimizeOptions<number[]>["method"]>;

const rules: readonly Rule[] = [
  gradientDescent(1e-3) as Rule,
  heavyBall(1e-3) as Rule,
  adam(1e-2) as Rule,
  perturbedGradientDescent(1e-3, { radius: 1e-2, gradientNorm: 1e-2 }) as Rule,
];
const registered = Object.values(solvers).map((make) => (make as () => Solver)());

/** The listed points of zero gradient that are no minima. */
const points = [...testFunctions.values()].flatMap((entry) =>
  (entry.stationary ?? []).map((point) => ({ entry, point })),
);

const needs = (solver: Solver, ...kinds: readonly string[]): boolean =>
  solver.needs.some((need) => kinds.includes(need));

/** Runs a method on a function from a point; in a box that holds all that matters, where it needs a set. */
function from(
  { f }: TestFunction,
  x0: readonly number[],
  method: Solver | Rule,
): Promise<MinimizeResult<number[]>> {
  const inSet = method.kind === "solver" && needs(method, "bounds", "project", "linear-minimum");
  return minimize((x) => f(x), {
    x0: [...x0],
    method: method as Method,
    maxIterations: method.kind === "rule" ? 50 : 200,
    ...(inSet ? { constraint: box(-60, 60) } : {}),
  });
}

/** Global searches take thousands of evaluations from anywhere: one point of each function is enough for them. */
const firstPoints = points.filter(
  ({ entry }, i) => points.findIndex((other) => other.entry === entry) === i,
);
const searches = ["basinHopping", "cmaes", "differentialEvolution", "dualAnnealing", "multiStart"];

const isMinimum = (kind: string): boolean => kind === "local-minimum" || kind === "global-minimum";

const smooth = registered.filter(
  (solver) =>
    !needs(
      solver,
      "rows",
      "residuals",
      "jacobian",
      "gnvp",
      "penalty",
      "constraints",
      "convex-part",
    ),
);

describe.for([...smooth, ...rules].map((method) => ({ method, name: method.name })))(
  "$name, started on exact saddles",
  ({ method, name }) => {
    test("calls none of them a minimum, and shows a way down from those it ends at", async () => {
      for (const { entry, point } of searches.includes(name) ? firstPoints : points) {
        const { f } = entry;
        const end = await from(entry, point.x, method);
        const stayed = end.value >= point.value - 1e-9 * (1 + Math.abs(point.value));
        if (stayed) expect(isMinimum(end.verdict.kind), entry.key).toBe(false);
        if (point.kind === "degenerate" || !stayed) continue;
        if (end.verdict.kind !== "saddle") throw new Error(`${entry.key}: ${end.verdict.kind}`);
        const { direction, smallestEigenvalue, eigenvalueError } = end.verdict;
        expect(Math.hypot(...direction)).toBeCloseTo(1, 12);
        expect(smallestEigenvalue).toBeLessThan(-eigenvalueError);
        const down = await Promise.all(
          [1e-2, -1e-2].map((t) =>
            minimize((x) => f(x), {
              x0: end.x.map((xi, i) => xi + t * direction[i]!),
              maxIterations: 0,
            }),
          ),
        );
        expect(Math.min(...down.map(({ value }) => value)), entry.key).toBeLessThan(end.value);
      }
    });

    const secondOrder = method.kind === "solver" && needs(method, "hvp", "hessian");
    test.runIf(secondOrder)("leaves every strict one of them", async () => {
      for (const { entry, point } of points) {
        if (point.kind === "degenerate" || entry.unboundedBelow) continue;
        const end = await from(entry, point.x, method);
        expect(end.value, entry.key).toBeLessThan(point.value);
        expect(end.verdict.kind, entry.key).not.toBe("saddle");
      }
    });
  },
);

// (xy − 1)²/2 and (xy)²/2: each with its minimum of 0 on a hyperbola, and the saddle (0, 0) of their mean.
const sums = registered.filter((solver) => needs(solver, "rows"));
test.for(sums.map((method) => ({ method, name: method.name })))(
  "$name, started on the exact saddle of a finite sum, does not call it a minimum",
  async ({ method }) => {
    const problem = finiteSum(
      (x: Tensor, { y }: { readonly y: Tensor }) => x.prod().sub(y).square().mul(0.5).mean(),
      dataset({ y: [1, 0, 1, 0.5] }),
    );
    const end = await minimize(problem, { x0: [0, 0], method, maxIterations: 20 });
    expect(isMinimum(end.verdict.kind) && end.value > 0.3).toBe(false);
  },
);

const squares = registered.filter((solver) => needs(solver, "residuals", "jacobian", "gnvp"));
test.for(squares.map((method) => ({ method, name: method.name })))(
  "$name, started on the exact saddle of a sum of squares, does not call it a minimum",
  async ({ method }) => {
    const problem = leastSquares<number[]>((x) => x.prod().sub(1));
    const end = await minimize(problem, { x0: [0, 0], method, maxIterations: 20 });
    expect(isMinimum(end.verdict.kind) && end.value > 0.9).toBe(false);
  },
);
