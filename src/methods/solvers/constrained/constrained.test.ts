import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../../array/tensor.ts";
import type { Vector } from "../../../linalg/ask.ts";
import { numbersFrom } from "../../../linalg/testing.ts";
import { dot, norm } from "../../../linalg/vector.ts";
import { setFeatures } from "../../../training/constraintFeatures.ts";
import { minimize } from "../../../training/minimize.ts";
import type { Constraint } from "../../constraints/constraint.ts";
import { holdParams } from "../../constraints/held.ts";
import { box, l1Ball, l2Ball, rankAtMost, simplex, sphere } from "../../constraints/registry.ts";
import { frankWolfe, projectedGradient, projectedLbfgs } from "../registry.ts";
import type { Solver } from "../solver.ts";
import { landscape, quadratic, run, type Smooth } from "../testing.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const convex = [box(-0.3, 0.4), simplex(), l1Ball(0.7), l2Ball(0.6)];

const hold = (constraint: Constraint, n: number) =>
  holdParams(constraint, { shapes: [[n]], paths: [""] });

/** Runs on a set from the projection of 0. */
function solve(solver: Solver, f: Smooth, constraint: Constraint, n: number, tolerance = 1e-7) {
  const set = hold(constraint, n);
  const start = Array.from(set.project(new Float64Array(n)));
  return {
    set,
    ...run(solver, f, start, { features: setFeatures(set), tolerance, maxIterations: 3000 }),
  };
}

/** ½xᵀAAᵀx + xᵀb with some curvature everywhere. */
function bowl(n: number, next: () => number): Smooth {
  const a = Float64Array.from({ length: n * n }, next);
  const h = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      h[i * n + j] =
        dot(a.subarray(i * n, (i + 1) * n), a.subarray(j * n, (j + 1) * n)) + (i === j ? 0.1 : 0);
    }
  }
  return quadratic(h, Float64Array.from({ length: n }, next));
}

describe.each(convex.map((constraint) => [constraint.name, constraint] as const))(
  "on %s",
  (_name, constraint) => {
    property.prop([seeds], { numRuns: 20 })(
      "three methods reach the minimum of a convex function",
      (seed) => {
        const [n, f] = [6, bowl(6, numbersFrom(seed))];
        const exact = solve(projectedLbfgs() as Solver, f, constraint, n);
        const { point } = exact;
        expect(exact.stop.criterion).toBe("gradient");
        expect(norm(exact.set.projectedGradient(point.x, point.gradient))).toBeLessThan(1e-7);
        const spectral = solve(projectedGradient() as Solver, f, constraint, n);
        expect(spectral.point.value).toBeCloseTo(point.value, 9);
        const conditional = solve(frankWolfe() as Solver, f, constraint, n, 1e-5);
        // On a ball its convergence is sublinear, and the budget may end it: then its gap is what it promises.
        const { x, value, gradient } = conditional.point;
        const gap = dot(gradient, x) - dot(gradient, conditional.set.linearMinimum!(gradient));
        expect(value - point.value).toBeLessThanOrEqual(gap + 1e-9);
        if (conditional.stop.criterion === "gradient") expect(value).toBeCloseTo(point.value, 6);
        for (const { set, point: end, values } of [exact, conditional]) {
          expect(set.residual(end.x)).toBeLessThan(1e-12);
          expect(values).toEqual([...values].sort((a, b) => b - a));
        }
      },
    );

    property.prop([seeds], { numRuns: 20 })(
      "the root of Frank and Wolfe's gap bounds the projected gradient",
      (seed) => {
        const n = 4;
        const f = landscape(n, numbersFrom(seed));
        const set = hold(constraint, n);
        const x = set.project(Float64Array.from({ length: n }, numbersFrom(seed + 1)));
        const { gradient } = f.gradient(x);
        const gap = dot(gradient, x) - dot(gradient, set.linearMinimum!(gradient));
        expect(norm(set.projectedGradient(x, gradient)) ** 2).toBeLessThanOrEqual(gap + 1e-12);
      },
    );
  },
);

test("with memory 1 the spectral method never raises the value, with more it may", () => {
  const f = landscape(5, numbersFrom(4));
  const { values } = solve(projectedGradient({ memory: 1 }) as Solver, f, box(-2, 2), 5);
  expect(values).toEqual([...values].sort((a, b) => b - a));
  expect(projectedGradient({ memory: 1 }).monotone).toBe(true);
  expect(projectedGradient().monotone).toBe(false);
});

test("curvature saves gradients on a narrow valley", () => {
  const n = 20;
  const h = new Float64Array(n * n);
  for (let i = 0; i < n; i++) h[i * n + i] = 10 ** ((4 * i) / (n - 1));
  const f = quadratic(h, new Float64Array(n).fill(-1));
  const spectral = solve(projectedGradient() as Solver, f, l1Ball(0.5), n);
  const curved = solve(projectedLbfgs({ memory: 30 }) as Solver, f, l1Ball(0.5), n);
  expect(curved.point.value).toBeCloseTo(spectral.point.value, 8);
  expect(curved.counts.gradient).toBeLessThan(spectral.counts.gradient);
});

test("away steps need fewer iterations than plain ones where the minimum lies on a face", () => {
  const f = bowl(8, numbersFrom(11));
  const away = solve(frankWolfe() as Solver, f, simplex(), 8, 1e-4);
  const plain = solve(frankWolfe({ variant: "plain" }) as Solver, f, simplex(), 8, 1e-4);
  expect(away.stop.criterion).toBe("gradient");
  expect(away.iterations).toBeLessThan(plain.iterations);
});

test("Frank and Wolfe's gap is a certificate", async () => {
  const { verdict } = await minimize((x: Tensor) => x.sub(1).square().sum(), {
    x0: [1, 0, 0],
    constraint: simplex(),
    method: frankWolfe() as Solver,
    tolerance: 1e-5,
  });
  expect(verdict.kind).toBe("global-minimum");
  if (verdict.kind === "global-minimum") expect(verdict.gap).toBeLessThan(1e-7); // about √ε: values show no more
});

test("bounds move with the origin", () => {
  const shift = 3;
  const f = landscape(3, numbersFrom(9));
  const moved: Smooth = {
    value: (x) => f.value(x.map((xi) => xi - shift)),
    gradient: (x) => f.gradient(x.map((xi) => xi - shift)),
    hessian: (x) => f.hessian(x.map((xi) => xi - shift)),
  };
  const at = (g: Smooth, by: number): Vector => {
    const features = setFeatures(hold(box(by - 1, by + 1), 3));
    return run(projectedLbfgs() as Solver, g, [by, by, by], { features }).point.x;
  };
  const there = at(moved, shift);
  at(f, 0).forEach((xi, i) => {
    expect(there[i]).toBeCloseTo(xi + shift, 6);
  });
});

describe("refuses before the first step", () => {
  const on = (constraint: Constraint, method: Solver): Promise<unknown> =>
    minimize((x: Tensor) => x.square().sum(), {
      x0: [
        [1, 0],
        [0, 1],
      ],
      constraint,
      method,
    });

  test("sets that are not convex, or not bounded", async () => {
    await expect(on(sphere(), frankWolfe() as Solver)).rejects.toThrow(
      /frankWolfe needs a convex set, and sphere\(1\) is not convex/,
    );
    await expect(on(rankAtMost(1), projectedLbfgs() as Solver)).rejects.toThrow(
      /needs a convex set/,
    );
    await expect(on(box(0, Number.POSITIVE_INFINITY), frankWolfe() as Solver)).rejects.toThrow(
      /a bounded set/,
    );
  });

  test("hyper-parameters outside their ranges", () => {
    expect(() => projectedGradient({ memory: 0 })).toThrow(/memory is 0/);
    expect(() => projectedGradient({ decrease: 1 })).toThrow(/decrease is 1/);
    expect(() => projectedLbfgs({ projections: 0 })).toThrow(/projections is 0/);
    expect(() => frankWolfe({ variant: "fast" as never })).toThrow(/variant is fast/);
    expect(() => frankWolfe({ steps: 3 } as never)).toThrow(/unknown option "steps"/);
  });
});
