import { describe, expect, test } from "vitest";
import { matmul } from "../array/operations/contraction.ts";
import { array } from "../array/operations/creation.ts";
import type { Tensor } from "../array/tensor.ts";
import * as solvers from "../methods/solvers/registry.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { constraints } from "./constraintFunctions.ts";
import { minimize } from "./minimize.ts";
import golden from "./programs.golden.json" with { type: "json" };

describe("linear and quadratic programs", () => {
  test.for(golden.programs)("$key agrees with cvxopt, multipliers too", async (program) => {
    const { P, q, G, h, A, b } = program;
    const f = (x: Tensor): Tensor => {
      const linear = x.mul(array(q)).sum();
      return P === undefined
        ? linear
        : linear.add(
            x
              .mul(matmul(array(P), x))
              .sum()
              .div(2),
          );
    };
    const { x, value, verdict } = await minimize(f, {
      x0: q.map(() => 0),
      constraint: constraints({
        inequalities: (x: Tensor) => matmul(array(G), x).sub(array(h)),
        ...(A.length === 0 ? {} : { equalities: (x: Tensor) => matmul(array(A), x).sub(array(b)) }),
      }),
    });
    expect(verdict.kind).not.toBe("not-stationary");
    expect(Math.abs(value - program.objective)).toBeLessThan(1e-6 * (1 + Math.abs(value)));
    const size = 1 + Math.hypot(...program.x);
    x.forEach((xi, i) => {
      expect(Math.abs(xi - program.x[i]!)).toBeLessThan(1e-5 * size);
    });
    const multiplier = (name: string): number =>
      verdict.held?.find((held) => held.name === name)?.multiplier ?? 0;
    program.z.forEach((z, i) => {
      expect(Math.abs(multiplier(`d[${i}] ≤ 0`) - z)).toBeLessThan(1e-5 * (1 + z));
    });
  });
});

/** min x₁ + x₂ on the unit disc: (−1, −1)/√2, with multiplier 1/√2. */
const disc = (x: Tensor): Tensor => x.square().sum().sub(1);
const methods: readonly (readonly [string, () => Solver, number])[] = [
  ["augmentedLagrangian", () => solvers.augmentedLagrangian() as Solver, 1e-8],
  ["quadraticPenalty", () => solvers.quadraticPenalty() as Solver, 1e-6],
  ["logBarrier", () => solvers.logBarrier() as Solver, 1e-6],
];

describe.each(methods)("%s", (_name, make, tolerance) => {
  test("ends at a KKT point, and names what holds it", async () => {
    const { x, verdict } = await minimize((x: Tensor) => x.sum(), {
      x0: [0.3, 0.2],
      tolerance,
      method: make(),
      constraint: constraints({ inequalities: (x: Tensor) => ({ disc: disc(x) }) }),
    });
    expect(x[0]).toBeCloseTo(-Math.SQRT1_2, 5);
    expect(x[1]).toBeCloseTo(-Math.SQRT1_2, 5);
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict.held).toEqual([
      { name: "disc ≤ 0", multiplier: expect.closeTo(Math.SQRT1_2, 5) },
    ]);
    // The Lagrangian's curvature along the circle: 2λ.
    expect(verdict).toMatchObject({ smallestEigenvalue: expect.closeTo(Math.SQRT2, 4) });
  });
});

describe("verdicts under constraint functions", () => {
  test("a strict saddle on a curve is a saddle, though the objective is convex", async () => {
    // The point of the parabola x₂ = x₁² nearest to (0, 2) is not its vertex, where distance is a maximum along it.
    const { verdict } = await minimize(
      (x: Tensor) =>
        x
          .sub(array([0, 2]))
          .square()
          .sum(),
      {
        x0: [0, 0],
        constraint: constraints({ equalities: (x: Tensor) => x.at(1).sub(x.at(0).square()) }),
      },
    );
    expect(verdict.kind).toBe("saddle");
    expect(verdict).toMatchObject({ smallestEigenvalue: expect.closeTo(-6, 6) });
  });

  test("leaves it where it is told to", async () => {
    const { x, verdict, saddlesLeft } = await minimize(
      (x: Tensor) =>
        x
          .sub(array([0, 2]))
          .square()
          .sum(),
      {
        x0: [0, 0],
        escapeSaddles: true,
        constraint: constraints({ equalities: (x: Tensor) => x.at(1).sub(x.at(0).square()) }),
      },
    );
    expect(saddlesLeft).toBe(1);
    expect(Math.abs(x[0]!)).toBeCloseTo(Math.sqrt(1.5), 6);
    expect(verdict.kind).toBe("local-minimum");
  });

  test.for([
    [
      "linear",
      (x: Tensor) => ({ high: x.at(0).mul(-1).add(3), low: x.at(0).sub(1) }),
      /high|low/,
      1,
    ],
    ["curved", (x: Tensor) => ({ never: x.square().sum().add(1) }), /never/, 1],
  ] as const)(
    "%s constraints that cannot be met are named",
    async ([, inequalities, name, size]) => {
      const { verdict } = await minimize((x: Tensor) => x.square().sum(), {
        x0: [4],
        constraint: constraints({ inequalities }),
      });
      expect(verdict.kind).toBe("infeasible");
      if (verdict.kind !== "infeasible") return;
      expect(verdict.constraint).toMatch(name);
      expect(verdict.violation).toBeCloseTo(size, 3);
      expect(verdict.evidence[0]).toMatch(name);
    },
  );

  test("what is not active is not named", async () => {
    const { x, verdict } = await minimize((x: Tensor) => x.sub(1).square().sum(), {
      x0: [0, 0],
      constraint: constraints({ inequalities: (x: Tensor) => x.sum().sub(10) }),
    });
    expect(x[0]).toBeCloseTo(1, 7);
    expect(verdict.held).toEqual([]);
    expect(verdict.kind).toBe("local-minimum");
  });
});

describe("bad constraint functions", () => {
  const on = (constraint: unknown, method?: Solver): Promise<unknown> =>
    minimize((x: Tensor) => x.sum(), {
      x0: [2, 2],
      constraint: constraint as never,
      ...(method === undefined ? {} : { method }),
    });

  test("are refused before the first step", async () => {
    expect(() => constraints({})).toThrow(/there are none/);
    expect(() => constraints({ equalitis: disc } as never)).toThrow(/did you mean equalities/);
    await expect(on(constraints({ inequalities: (x: Tensor) => x.less(1) }))).rejects.toThrow(
      /dtype bool/,
    );
    const fine = constraints({ inequalities: disc });
    await expect(on(fine, solvers.projectedGradient() as Solver)).rejects.toThrow(
      /needs a set to stay in/,
    );
    await expect(on(fine, solvers.lbfgs() as Solver)).rejects.toThrow(
      /knows nothing of constraints/,
    );
    await expect(on(fine, solvers.logBarrier() as Solver)).rejects.toThrow(
      /inequality 0 is 7 at the start/,
    );
    const tight = constraints({ equalities: disc });
    await expect(on(tight, solvers.logBarrier() as Solver)).rejects.toThrow(
      /an equality, which have no inside/,
    );
  });

  test("hyper-parameters outside their ranges are refused", () => {
    expect(() => solvers.augmentedLagrangian({ penalty: 0 })).toThrow(/penalty is 0/);
    expect(() => solvers.augmentedLagrangian({ growth: 1 })).toThrow(/growth is 1/);
    expect(() => solvers.quadraticPenalty({ inner: solvers.trustRegion() as Solver })).toThrow(
      /needs "h/,
    );
    expect(() => solvers.logBarrier({ shrink: 1 })).toThrow(/shrink is 1/);
    expect(() => solvers.logBarrier({ barrier: -1 })).toThrow(/barrier is -1/);
  });
});
