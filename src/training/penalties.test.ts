import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { matmul } from "../array/operations/contraction.ts";
import { array } from "../array/operations/creation.ts";
import type { Tensor } from "../array/tensor.ts";
import { numbersFrom } from "../linalg/testing.ts";
import { box } from "../methods/constraints/box.ts";
import {
  groupLasso,
  l0,
  l1,
  mcp,
  nuclearNorm,
  squaredL2,
  totalVariation,
} from "../methods/penalties/registry.ts";
import * as solvers from "../methods/solvers/registry.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { differenceOfConvex } from "./differenceOfConvex.ts";
import { minimize } from "./minimize.ts";

const target = [3, -0.4, 1.5, 0.2];
/** ½‖x − b‖²: under a penalty of coordinates each is its prox. */
const near = (x: Tensor): Tensor => x.sub(array(target)).square().sum().div(2);

const methods = {
  proximalGradient: solvers.proximalGradient,
  fista: solvers.fista,
  proximalLbfgs: solvers.proximalLbfgs,
  proximalNewton: solvers.proximalNewton,
  admm: solvers.admm,
} as const;
const named = Object.entries(methods).map(
  ([name, make]) => [name, () => make() as Solver] as const,
);

/** Least squares with more columns than rows. */
function regression(seed: number, rows: number, columns: number) {
  const next = numbersFrom(seed);
  const a = Array.from({ length: rows }, () => Array.from({ length: columns }, next));
  const b = a.map((row) => 3 * row[0]! - 2 * row[1]! + 0.1 * next());
  const f = (x: Tensor): Tensor =>
    matmul(array(a), x)
      .sub(array(b))
      .square()
      .sum()
      .div(2 * rows);
  const gradient = (x: readonly number[]): number[] => {
    const off = a.map((row, i) => row.reduce((sum, value, j) => sum + value * x[j]!, 0) - b[i]!);
    return x.map((_, j) => a.reduce((sum, row, i) => sum + row[j]! * off[i]!, 0) / rows);
  };
  return { f, gradient };
}

describe.each(named)("%s", (_name, make) => {
  test("thresholds where the answer is known", async () => {
    const { x, value, verdict } = await minimize(near, {
      x0: [0, 0, 0, 0],
      penalty: l1(0.5),
      method: make(),
    });
    expect(x[0]).toBeCloseTo(2.5, 7);
    expect(x[1]).toBe(0);
    expect(x[2]).toBeCloseTo(1, 7);
    expect(x[3]).toBe(0);
    expect(value).toBeCloseTo(0.25 + (0.4 ** 2 + 0.2 ** 2) / 2 + 0.5 * 3.5, 7);
    if (verdict.kind !== "global-minimum") throw new Error(verdict.kind);
    expect(verdict.primal).toBe(value);
    expect(verdict.gap).toBeLessThan(1e-7);
    expect(verdict.dual).toBeLessThanOrEqual(0.25 + (0.4 ** 2 + 0.2 ** 2) / 2 + 0.5 * 3.5);
  });

  property.prop([fc.integer({ min: 0, max: 1e6 })], { numRuns: 10 })(
    "meets the conditions of the lasso's minimum",
    async (seed) => {
      const { f, gradient } = regression(seed, 8, 12);
      const strength = 0.05;
      const { x, verdict } = await minimize(f, {
        x0: new Array<number>(12).fill(0),
        penalty: l1(strength),
        method: make(),
        maxIterations: 5000,
      });
      // Not strongly convex: there are more columns than rows. The penalty bounds how far a better point may lie.
      if (verdict.kind !== "global-minimum") throw new Error(verdict.kind);
      expect(verdict.gap).toBeLessThan(1e-6);
      gradient(x).forEach((g, j) => {
        if (x[j] === 0) expect(Math.abs(g)).toBeLessThan(strength + 1e-7);
        else expect(Math.abs(g + strength * Math.sign(x[j]!))).toBeLessThan(1e-7);
      });
    },
  );
});

describe("penalties that are not convex", () => {
  test("bend the curvature that the verdict tells", async () => {
    const { x, verdict } = await minimize(near, {
      x0: [3, 0, 1.4, 0],
      penalty: mcp(0.5, { gamma: 4 }),
    });
    expect(x[0]).toBeCloseTo(3, 8); // beyond γλ = 2 nothing is shrunk
    expect(x[2]).toBeCloseTo((1.5 - 0.5) / (1 - 1 / 4), 7);
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict).toMatchObject({ smallestEigenvalue: expect.closeTo(0.75, 6) });
  });

  test("with memory 1 no step raises the value", async () => {
    const { f } = regression(3, 10, 20);
    const { history } = await minimize(f, {
      x0: new Array<number>(20).fill(0.3),
      penalty: mcp(0.05),
      method: solvers.proximalGradient({ memory: 1 }) as Solver,
    });
    const values = history.map(({ value }) => value);
    expect(values).toEqual([...values].sort((a, b) => b - a));
  });

  test("may count elements", async () => {
    const { x } = await minimize(near, { x0: [1, 1, 1, 1], penalty: l0(0.3) });
    expect(x.map((xi) => Number(xi.toFixed(6)))).toEqual([3, 0, 1.5, 0]);
  });
});

test("penalties by path leave other tensors free", async () => {
  const { x } = await minimize(
    ({ w, b }: { w: Tensor; b: Tensor }) => near(w).add(b.sub(0.1).square().sum()),
    {
      x0: { w: [0, 0, 0, 0], b: [0] },
      penalty: {
        w: groupLasso(0.5, {
          groups: [
            [0, 1],
            [2, 3],
          ],
        }),
      },
    },
  );
  expect(x.b[0]).toBeCloseTo(0.1, 8);
  expect(x.w[3]! / x.w[2]!).toBeCloseTo(0.2 / 1.5, 7); // a group shrinks along itself
});

describe("where a run ends early, the bound", () => {
  property.prop([fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 6 })], {
    numRuns: 20,
  })("holds what is left, with a strongly convex loss or without", async (seed, maxIterations) => {
    const { f } = regression(seed, 6, 9);
    for (const loss of [f, (x: Tensor): Tensor => f(x).add(x.square().sum().mul(0.05))]) {
      for (const penalty of [l1(0.05), groupLasso(0.05, { groups: 3 })]) {
        const x0 = Array.from({ length: 9 }, numbersFrom(seed + 1));
        const early = await minimize(loss, { x0, penalty, maxIterations });
        const best = await minimize(loss, { x0, penalty, maxIterations: 5000 });
        const line = early.verdict.evidence.join(" ");
        const bound = Number(line.match(/lower than this one by more than ([\d.e+-]+)/)?.[1]);
        expect(bound * 1.01).toBeGreaterThanOrEqual(early.value - best.value - 1e-12);
      }
    }
  });
});

describe("what is 0 without a kink is free", () => {
  // ½(a² − 1)² has its top at a = 0, where nothing but a penalty with a kink could hold it.
  const hill = (a: Tensor): Tensor => a.square().sub(1).square().sum().div(2);

  test("in tensors that no penalty is meant for", async () => {
    const { x, verdict } = await minimize(
      ({ w, b }: { w: Tensor; b: Tensor }) => near(w).add(hill(b)),
      { x0: { w: [0, 0, 0, 0], b: [0] }, penalty: { w: l1(0.5) }, escapeSaddles: false },
    );
    expect(x.b[0]).toBe(0);
    expect(verdict.kind).toBe("saddle");
  });

  test("under a smooth penalty", async () => {
    const { verdict } = await minimize(hill, {
      x0: [0],
      penalty: squaredL2(0.1),
      escapeSaddles: false,
    });
    expect(verdict.kind).toBe("saddle");
  });

  test("in a group that is not 0", async () => {
    const loss = (x: Tensor): Tensor =>
      x
        .at(0)
        .sub(3)
        .square()
        .add(hill(x.at(1)).mul(4));
    const { verdict } = await minimize(loss, {
      x0: [1, 0],
      penalty: groupLasso(0.1, { groups: 2 }),
      escapeSaddles: false,
    });
    expect(verdict.kind).toBe("saddle");
  });
});

test("rows and columns of a tensor are groups by path", async () => {
  const { x, verdict } = await minimize(({ w }: { w: Tensor }) => near(w.reshape([4])), {
    x0: {
      w: [
        [1, 1],
        [1, 1],
      ],
    },
    penalty: { w: groupLasso(0.5, { groups: "columns" }) },
  });
  const columns = [0, 1].map((j) => Math.hypot(target[j]!, target[j + 2]!));
  const shrunk = columns.map((norm) => Math.max(0, 1 - (0.5 * Math.SQRT2) / norm));
  expect(x.w.flat()).toEqual(target.map((value, i) => expect.closeTo(value * shrunk[i % 2]!, 7)));
  expect(shrunk[1]).toBe(0);
  expect(verdict.kind).toBe("global-minimum");
});

test("kinks between coordinates are not taken for curvature: equal neighbours move as one", async () => {
  const bent = (x: Tensor): Tensor => near(x).sub(x.at(0).sin().mul(0.1));
  const run = { x0: [0, 0, 0, 0], tolerance: 1e-6 };
  const fused = await minimize(bent, { ...run, penalty: totalVariation(0.3) });
  expect(fused.verdict.kind).toBe("local-minimum");
  expect(fused.verdict.evidence.join()).toMatch(/kinks hold x in \d of 4 directions/);
  const matrix = nuclearNorm(0.3, { rows: 2, columns: 2 });
  const low = await minimize(bent, { ...run, penalty: matrix });
  expect(low.verdict.kind).toBe("degenerate");
  expect(low.verdict.evidence.join()).toMatch(/curvature was not measured/);
});

describe("differences of convex functions", () => {
  test("fall at each step of the convex–concave procedure, to a minimum", async () => {
    const double = differenceOfConvex(
      (x: Tensor) => x.pow(4).sum(),
      (x: Tensor) => x.square().sum().mul(2),
    );
    const { x, verdict, history } = await minimize(double, {
      x0: [0.3, -2],
      method: solvers.dca() as Solver,
    });
    expect(x[0]).toBeCloseTo(1, 7);
    expect(x[1]).toBeCloseTo(-1, 7);
    expect(verdict.kind).toBe("local-minimum");
    const values = history.map(({ value }) => value);
    expect(values).toEqual([...values].sort((a, b) => b - a));
  });

  test("are the difference for other methods, and needed by this one", async () => {
    const double = differenceOfConvex(
      (x: Tensor) => x.pow(4).sum(),
      (x: Tensor) => x.square().sum(),
    );
    expect((await minimize(double, { x0: [1] })).value).toBeCloseTo(-0.25, 10);
    const run = minimize(near, { x0: [0, 0, 0, 0], method: "dca" });
    await expect(run).rejects.toThrow(/needs a difference of convex functions/);
  });
});

describe("refuses before the first step", () => {
  const on = (options: object): Promise<unknown> =>
    minimize(near, { x0: [0, 0, 0, 0], ...options });

  test("what does not go together", async () => {
    await expect(on({ penalty: l1(1), constraint: box(0, 1) })).rejects.toThrow(
      /both a penalty and a constraint/,
    );
    await expect(on({ penalty: l1(1), method: "lbfgs" })).rejects.toThrow(
      /lbfgs knows nothing of penalties/,
    );
    await expect(on({ penalty: mcp(1), method: "fista" })).rejects.toThrow(
      /fista needs a convex penalty, and mcp/,
    );
    await expect(on({ method: "fista" })).rejects.toThrow(/fista needs a penalty/);
    await expect(on({ penalty: 3 })).rejects.toThrow(/penalty is 3/);
    await expect(on({ penalty: { v: l1(1) } })).rejects.toThrow(/fits no params/);
  });

  test("hyper-parameters outside their ranges", () => {
    expect(() => solvers.proximalGradient({ memory: 0 })).toThrow(/memory is 0/);
    expect(() => solvers.proximalGradient({ decrease: 0 })).toThrow(/decrease is 0/);
    expect(() => solvers.proximalNewton({ modelSteps: 0 })).toThrow(/modelSteps is 0/);
    expect(() => solvers.admm({ penalty: 0 })).toThrow(/penalty is 0/);
    expect(() => solvers.dca({ inner: solvers.trustRegion() as Solver })).toThrow(/needs "h/);
    expect(() => solvers.fista({ momentum: 1 } as never)).toThrow(/unknown option/);
  });
});
