import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { Program, ProgramConstraint } from "./program.ts";
import golden from "./programs.golden.json" with { type: "json" };
import { solveProgram } from "./solveProgram.ts";

const dotOf = (a: readonly number[], x: ArrayLike<number>): number =>
  a.reduce((sum, v, j) => sum + v * x[j]!, 0);

describe("linear and quadratic programs, against cvxopt and SciPy", () => {
  test.for(golden.programs)("$key", async (one) => {
    const upper = one.G.map((coefficients, i) => ({ coefficients, upper: one.h[i]! }));
    const equal = one.A.map((coefficients, i) => ({ coefficients, equals: one.b[i]! }));
    const quadratic = "P" in one ? { quadratic: one.P! } : {};
    const { x, value, duals, verdict } = await solveProgram({
      minimize: { linear: one.q, ...quadratic },
      constraints: [...upper, ...equal],
    });
    expect(Math.abs(value - one.objective)).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)));
    one.x.forEach((wanted, j) => {
      expect(x[j]).toBeCloseTo(wanted, 6);
    });
    expect(verdict).toMatchObject({ kind: "global-minimum" });
    if (verdict.kind === "global-minimum") {
      expect(verdict.gap).toBeLessThan(1e-8 * Math.max(1, Math.abs(value)));
      expect(verdict.dual).toBeLessThanOrEqual(verdict.primal);
    }
    // z of the golden file multiplies Gx − h, and is at least 0; those of equalities may not be unique.
    one.z.forEach((wanted, i) => {
      if (one.A.length === 0) expect(-duals!.constraints[i]!).toBeCloseTo(wanted, 6);
      else expect(duals!.constraints[i]!).toBeLessThanOrEqual(0);
    });
  });

  test.for(golden.random)("a random program with bounds and equalities", async (one) => {
    const { value, duals, verdict } = await solveProgram({
      minimize: { linear: one.c },
      constraints: [
        ...one.G.map((coefficients, i) => ({ coefficients, upper: one.h[i]! })),
        ...one.A.map((coefficients, i) => ({ coefficients, equals: one.b[i]! })),
      ],
      bounds: { lower: 0, upper: one.upper },
    });
    expect(value).toBeCloseTo(one.objective, 8);
    expect(verdict.kind).toBe("global-minimum");
    [...one.dualsUpper, ...one.dualsEquals].forEach((wanted, i) => {
      expect(duals!.constraints[i]).toBeCloseTo(wanted, 6);
    });
  });
});

property.prop(
  [
    fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 }), {
      minLength: 1,
      maxLength: 5,
    }),
    fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 5, maxLength: 5 }),
    fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 }),
  ],
  { numRuns: 100 },
)("whatever a program is, its certificate can be checked by hand", async (rows, right, linear) => {
  const constraints = rows.map((coefficients, i) => ({ coefficients, upper: right[i]! }));
  const { x, value, duals, verdict } = await solveProgram({ minimize: { linear }, constraints });
  const meets = (point: ArrayLike<number>, slack: number): boolean =>
    rows.every((a, i) => dotOf(a, point) <= right[i]! + slack);
  if (verdict.kind === "global-minimum") {
    expect(meets(x, 1e-7)).toBe(true);
    const y = duals!.constraints;
    linear.forEach((c, j) => {
      expect(c - rows.reduce((sum, a, i) => sum + a[j]! * y[i]!, 0)).toBeCloseTo(0, 7);
    });
    expect(Math.max(...y)).toBeLessThanOrEqual(0);
    expect(dotOf(right.slice(0, rows.length), y)).toBeCloseTo(value, 6);
  } else if (verdict.kind === "unbounded") {
    expect(meets(x, 1e-7)).toBe(true);
    expect(rows.every((a) => dotOf(a, verdict.along) <= 1e-9)).toBe(true);
    expect(dotOf(linear, verdict.along)).toBeLessThan(-1e-9);
  } else {
    expect(verdict.kind).toBe("infeasible");
    if (verdict.kind !== "infeasible") return;
    const y = verdict.certificate.subarray(0, rows.length);
    expect(Math.max(...y)).toBeLessThanOrEqual(0);
    linear.forEach((_, j) => {
      expect(rows.reduce((sum, a, i) => sum + a[j]! * y[i]!, 0)).toBeCloseTo(0, 9);
    });
    expect(dotOf(right.slice(0, rows.length), y)).toBeGreaterThan(1e-9);
  }
});

describe("whole numbers", () => {
  const weights = [12, 7, 11, 8, 9, 6, 5, 14];
  const worth = [24, 13, 23, 15, 16, 11, 9, 28];
  const knapsack = (extra: readonly ProgramConstraint[] = []): Program => ({
    minimize: { linear: worth.map((v) => -v) },
    constraints: [{ coefficients: weights, upper: 35 }, ...extra],
    bounds: { lower: 0, upper: 1 },
    integer: true,
  });

  test("a knapsack is packed as trying all packings packs it", async () => {
    let best = 0;
    for (let set = 0; set < 256; set++) {
      const bits = weights.map((_, j) => (set >> j) & 1);
      if (dotOf(weights, bits) <= 35) best = Math.max(best, dotOf(worth, bits));
    }
    const { x, value, duals, verdict } = await solveProgram(knapsack());
    expect(value).toBe(-best);
    expect([...x].every((v) => v === 0 || v === 1)).toBe(true);
    expect(duals).toBeUndefined();
    expect(verdict).toMatchObject({ kind: "global-minimum", primal: -best });
    expect(verdict.evidence.join(" ")).toMatch(/that is its word/);
  });

  test("fractions beside whole numbers are optimal for them", async () => {
    // min x + y, x whole, x + y ≥ 2.5, y ≤ 0.3, so x = 3, y = 0 or x = 2.2…: x must be 3.
    const { x, value } = await solveProgram({
      minimize: { linear: [1, 2] },
      constraints: [{ coefficients: [1, 1], lower: 2.5 }],
      bounds: { lower: 0, upper: [9, 0.3] },
      integer: [0],
    });
    expect([...x]).toEqual([3, 0]);
    expect(value).toBe(3);
  });

  test("fractions alone may satisfy what whole numbers cannot", async () => {
    const odd = { coefficients: new Array(8).fill(2), equals: 5 };
    const { verdict } = await solveProgram(knapsack([odd]));
    expect(verdict).toMatchObject({ kind: "infeasible", constraint: "whole numbers" });
  });

  test("an unbounded program of whole numbers", async () => {
    const { verdict } = await solveProgram({
      minimize: { linear: [-1, 0] },
      constraints: [{ coefficients: [2, -2], upper: 1 }],
      integer: true,
    });
    expect(verdict.kind).toBe("unbounded");
  });
});

describe("programs without an answer", () => {
  test("contradicting constraints are named, with Farkas multipliers", async () => {
    const { x, verdict } = await solveProgram({
      minimize: { linear: [1, 1] },
      constraints: [
        { coefficients: [1, 1], lower: 4, name: "demand" },
        { coefficients: [1, 0], upper: 1, name: "mill" },
        { coefficients: [0, 1], upper: 2, name: "mine" },
        { coefficients: [1, -1], upper: 50, name: "idle" },
      ],
      bounds: { lower: 0 },
    });
    // 1 + 2 = 3 < 4: each must give way by 1/3.
    expect(verdict).toMatchObject({ kind: "infeasible" });
    if (verdict.kind !== "infeasible") return;
    expect(verdict.violation).toBeCloseTo(1 / 3, 9);
    expect([...verdict.certificate.subarray(0, 4)]).toEqual([1 / 3, -1 / 3, -1 / 3, 0]);
    expect(verdict.evidence[0]).toMatch(/demand, mill, mine contradicts/);
    expect(4 - x[0]! - x[1]!).toBeCloseTo(1 / 3, 9);
  });

  test("HiGHS's presolve calls this one infeasible: it is unbounded", async () => {
    const rows = [
      [-2, -1, 1],
      [0, 1, 0],
      [1, 1, 0],
      [0, 0, 1],
    ];
    const { x, verdict } = await solveProgram({
      minimize: { linear: [0, 1, -1] },
      constraints: rows.map((coefficients, i) => ({ coefficients, upper: i === 3 ? -1 : 0 })),
    });
    expect(verdict.kind).toBe("unbounded");
    expect(rows.every((a, i) => dotOf(a, x) <= (i === 3 ? -1 : 0))).toBe(true);
  });

  test("a quadratic program is unbounded along a direction in which it is flat", async () => {
    const { verdict } = await solveProgram({
      minimize: {
        quadratic: [
          [1, 1],
          [1, 1],
        ],
        linear: [1, 0],
      },
    });
    expect(verdict.kind).toBe("unbounded");
    if (verdict.kind !== "unbounded") return;
    expect(verdict.along[0]! + verdict.along[1]!).toBeCloseTo(0, 9);
    expect(verdict.along[0]!).toBeLessThan(0);
  });

  test("a quadratic program that is flat and bounded is solved", async () => {
    const { value, verdict } = await solveProgram({
      minimize: {
        quadratic: [
          [1, 1],
          [1, 1],
        ],
        linear: [-1, -1],
        constant: 3,
      },
    });
    expect(value).toBeCloseTo(2.5, 9);
    expect(verdict.kind).toBe("global-minimum");
  });

  test("a limit of time is told", async () => {
    // Sums that must be met exactly: hard to prove, never done in a microsecond.
    const coefficients = Array.from({ length: 40 }, (_, j) => 1e5 + ((j * 7919) % 1000) * 97);
    const { verdict } = await solveProgram(
      {
        minimize: { linear: coefficients.map((c) => -c) },
        constraints: [{ coefficients, upper: 2_345_677.5 }],
        bounds: { lower: 0, upper: 1 },
        integer: true,
      },
      { timeLimit: 1e-6 },
    );
    expect(verdict).toMatchObject({ kind: "not-stationary", why: "budget" });
  });
});

describe("what is no program", () => {
  const linear = [1, 1];
  const wrong: readonly (readonly [string, Program, RegExp])[] = [
    ["nothing to minimize", {} as Program, /no minimize.linear/],
    ["no unknowns", { minimize: { linear: [] } }, /no unknowns/],
    [
      "NaN in the objective",
      { minimize: { linear: [1, Number.NaN] } },
      /minimize.linear holds NaN at 1/,
    ],
    [
      "rows of another length",
      { minimize: { linear }, constraints: [{ coefficients: [1, 2, 3], upper: 1 }] },
      /constraint 0 has 3 numbers\n {2}expected: 2/,
    ],
    [
      "an index twice",
      {
        minimize: { linear },
        constraints: [{ coefficients: { indices: [1, 1], values: [1, 2] }, upper: 1 }],
      },
      /constraint 0 has the index 1\n {2}expected: whole numbers from 0 to 1, none of them twice/,
    ],
    [
      "a constraint without a bound",
      { minimize: { linear }, constraints: [{ coefficients: linear }] },
      /no bound/,
    ],
    [
      "bounds that cross",
      {
        minimize: { linear },
        constraints: [{ coefficients: linear, lower: 3, upper: 1, name: "mill" }],
      },
      /mill has the lower bound 3 and the upper 1/,
    ],
    [
      "a NaN bound",
      { minimize: { linear }, bounds: { lower: [0, Number.NaN] } },
      /a bound of unknown 1 is NaN/,
    ],
    [
      "an integer position",
      { minimize: { linear }, integer: [2] },
      /integer holds 2\n {2}expected: positions/,
    ],
    [
      "a saddle",
      {
        minimize: {
          linear,
          quadratic: [
            [1, 2],
            [2, 1],
          ],
        },
      },
      /eigenvalue -1\.00\n {2}expected: a positive semidefinite matrix/,
    ],
    [
      "a lopsided matrix",
      {
        minimize: {
          linear,
          quadratic: [
            [1, 2],
            [0, 1],
          ],
        },
      },
      /not symmetric: 0 at \(1, 0\), 2 at/,
    ],
    [
      "whole numbers beside a quadratic part",
      {
        minimize: {
          linear,
          quadratic: [
            [1, 0],
            [0, 1],
          ],
        },
        integer: true,
      },
      /whole numbers and a quadratic part/,
    ],
  ];
  test.for(wrong)("%s", async ([, program, message]) => {
    await expect(solveProgram(program)).rejects.toThrow(message);
  });

  test("a misspelt option names the right one", async () => {
    // @ts-expect-error: the option is misspelt
    await expect(solveProgram({ minimize: { linear }, bound: {} })).rejects.toThrow(
      /did you mean bounds/,
    );
  });
});
