import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { jit } from "../../runtime/jit.ts";
import type { Penalty } from "./penalty.ts";
import golden from "./prox.golden.json" with { type: "json" };
import * as penalties from "./registry.ts";

const vector = (...values: readonly number[]): Float64Array => Float64Array.from(values);

type Options = Readonly<Record<string, number>>;

/** A penalty of the golden file by its name and options. */
function made(name: string, strength: number, options: Options): Penalty {
  const { a = 3.7, gamma = 3, epsilon = 1, l1Ratio = 0.5, theta = 1 } = options;
  const all: Readonly<Record<string, () => Penalty>> = {
    l1: () => penalties.l1(strength),
    squaredL2: () => penalties.squaredL2(strength),
    elasticNet: () => penalties.elasticNet(strength, { l1Ratio }),
    l0: () => penalties.l0(strength),
    lHalf: () => penalties.lHalf(strength),
    lTwoThirds: () => penalties.lTwoThirds(strength),
    scad: () => penalties.scad(strength, { a }),
    mcp: () => penalties.mcp(strength, { gamma }),
    cappedL1: () => penalties.cappedL1(strength, { theta }),
    logSum: () => penalties.logSum(strength, { epsilon }),
  };
  return all[name]!();
}

const near = (got: number, wanted: number): boolean =>
  Math.abs(got - wanted) <= 1e-9 * (1 + Math.abs(wanted));

/** Whether x is one of the listed minimizers, or lies in their interval. */
function isMinimizer(
  x: number,
  { argmins, interval }: { argmins: readonly number[] | null; interval?: readonly number[] },
): boolean {
  if (argmins !== null) return argmins.some((other) => near(x, other));
  const [low = Number.NaN, high = Number.NaN] = interval ?? [];
  return x >= low - 1e-9 && x <= high + 1e-9;
}

describe("proximal operators of coordinates, against brute force", () => {
  const names = [...new Set(golden.scalar.map(({ penalty }) => penalty))];
  test.for(names)(
    "%s finds a global minimizer, also beyond the step where it is single-valued",
    (name) => {
      const cases = golden.scalar.filter(({ penalty }) => penalty === name);
      for (const one of cases) {
        const penalty = made(name, one.strength, one.params as Options);
        const [x = Number.NaN] = penalty.prox(vector(one.v), one.step);
        expect(isMinimizer(x, one), `${JSON.stringify(one)} gave ${x}`).toBe(true);
        const value = 0.5 * (x - one.v) ** 2 + one.step * penalty.value(vector(x));
        expect(near(value, one.value), `${JSON.stringify(one)}: value ${value}`).toBe(true);
      }
    },
  );

  test.for(names)("%s gives the same where it is traced into a step", (name) => {
    for (const one of golden.scalar.filter(({ penalty }) => penalty === name)) {
      const penalty = made(name, one.strength, one.params as Options);
      const traced = jit((v: Tensor, s: Tensor) => penalty.traced!(v, s))(
        new NDArray(vector(one.v), [1]),
        new NDArray(vector(one.step), []),
      );
      const x = traced.data[0]!;
      expect(isMinimizer(Number(x), one), `${JSON.stringify(one)} gave ${x}`).toBe(true);
    }
  });

  test("a step for each element, as adaptive rules need it", () => {
    const penalty = penalties.scad(1, { a: 3 });
    const [v, steps] = [vector(2.5, 2.5, -2.5), vector(0.5, 1, 4)];
    const traced = jit((x: Tensor, s: Tensor) => penalty.traced!(x, s))(
      new NDArray(v, [3]),
      new NDArray(steps, [3]),
    );
    const each = Array.from(v, (x, i) => penalty.prox(vector(x), steps[i]!)[0]!);
    expect(Array.from(traced.data, Number)).toEqual(each);
  });
});

describe("values and derivatives, against the golden file", () => {
  test.for(golden.values)("$penalty at $x", (one) => {
    const penalty = made(one.penalty, one.strength, one.params as Options);
    expect(near(penalty.value(vector(one.x)), one.value)).toBe(true);
    const sides = [one.derivLeft, one.derivRight].filter((side) => side !== undefined);
    const [slope = Number.NaN] = penalty.derivative(vector(one.x));
    if (one.x !== 0) expect(sides.some((side) => near(slope, side))).toBe(true);
    else if (sides.length === 2) {
      expect(slope).toBe(0);
      const { parts } = penalty;
      if (parts.kind !== "coordinates") throw new Error("these are all of coordinates");
      expect(near(parts.profile.slope(0), one.derivRight!)).toBe(true);
    }
  });
});

describe("groups", () => {
  test.for(golden.vector)(
    "$penalty of $v",
    ({ penalty: name, v, strength, step, params, argmins, value }) => {
      const options = { groups: v.length, weights: [1] };
      const penalty =
        name === "groupLasso"
          ? penalties.groupLasso(strength, options)
          : penalties.groupMcp(strength, { ...options, gamma: (params as Options)["gamma"]! });
      const x = penalty.prox(vector(...v), step);
      const matches = argmins.some((wanted) => wanted.every((w, i) => near(x[i]!, w)));
      expect(matches, `got [${x.join(", ")}]`).toBe(true);
      const distance = v.reduce((sum, w, i) => sum + (w - x[i]!) ** 2, 0);
      expect(near(distance / 2 + step * penalty.value(x), value)).toBe(true);
    },
  );

  const v = [
    [3, -1, 0.5],
    [0.2, 0.1, -0.3],
  ];
  const cuts = [
    {
      groups: 3,
      lists: [
        [0, 1, 2],
        [3, 4, 5],
      ],
    },
    {
      groups: "rows",
      lists: [
        [0, 1, 2],
        [3, 4, 5],
      ],
    },
    {
      groups: "columns",
      lists: [
        [0, 3],
        [1, 4],
        [2, 5],
      ],
    },
  ] as const;
  test.for(cuts)("are cut alike in a traced step: $groups", ({ groups, lists }) => {
    const pairs = [
      [penalties.groupLasso(0.4, { groups }), penalties.groupLasso(0.4, { groups: lists })],
      [penalties.groupMcp(0.4, { groups }), penalties.groupMcp(0.4, { groups: lists })],
      [penalties.groupScad(0.4, { groups }), penalties.groupScad(0.4, { groups: lists })],
      [
        penalties.sparseGroupLasso(0.4, { groups }),
        penalties.sparseGroupLasso(0.4, { groups: lists }),
      ],
    ] as const;
    for (const [inFit, flat] of pairs) {
      const traced = jit((x: Tensor, s: Tensor) => inFit.traced!(x, s))(
        NDArray.of(v),
        new NDArray(vector(0.7), []),
      );
      const wanted = flat.prox(vector(...v.flat()), 0.7);
      Array.from(traced.data, Number).forEach((x, i) => {
        expect(Math.abs(x - wanted[i]!)).toBeLessThan(1e-14);
      });
    }
  });

  test("a sparse group lasso's prox satisfies its own optimality conditions", () => {
    const penalty = penalties.sparseGroupLasso(1, { groups: 3, l1Ratio: 0.3 });
    const point = vector(3, 0.2, -2, 0.4, 0.1, -0.5);
    const step = 0.8;
    const x = penalty.prox(point, step);
    expect([...x].map((value) => value === 0)).toEqual([false, true, false, true, true, true]);
    const slope = penalty.derivative(x);
    for (const i of [0, 2]) expect(x[i]! - point[i]! + step * slope[i]!).toBeCloseTo(0, 14);
  });
});

describe("total variation", () => {
  const series = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), {
    minLength: 1,
    maxLength: 40,
  });
  property.prop([series, fc.double({ min: 0, max: 4, noNaN: true })])(
    "the prox comes with a dual point that proves it",
    (v, radius) => {
      const x = penalties.totalVariation(radius).prox(vector(...v), 1);
      // x = v − Dᵀu with |u| ≤ radius, and u = ±radius where x jumps (Condat 2013, eq. 3).
      let u = 0;
      for (let k = 0; k < v.length; k++) {
        u += v[k]! - x[k]!;
        if (k === v.length - 1) expect(Math.abs(u)).toBeLessThan(1e-11);
        else {
          expect(Math.abs(u)).toBeLessThan(radius + 1e-11);
          const jump = x[k + 1]! - x[k]!;
          if (Math.abs(jump) > 1e-9) expect(u).toBeCloseTo(-radius * Math.sign(jump), 10);
        }
      }
    },
  );

  test("denoises a step to the step, and a constant stays", () => {
    const tv = penalties.totalVariation(1);
    expect([...tv.prox(vector(0, 0, 4, 4), 1)]).toEqual([0.5, 0.5, 3.5, 3.5]);
    expect([...tv.prox(vector(2, 2, 2), 5)]).toEqual([2, 2, 2]);
  });
});

describe("singular values", () => {
  test.for(golden.matrix)("$penalty at τ = $tau", ({ penalty: name, A, tau, X, rank, value }) => {
    const shape = { rows: A.length, columns: A[0]!.length };
    const make = name === "nuclearNorm" ? penalties.nuclearNorm : penalties.rank;
    const penalty = make(tau, shape);
    const x = penalty.prox(vector(...A.flat()), 1);
    X.flat().forEach((wanted, i) => {
      expect(Math.abs(x[i]! - wanted)).toBeLessThan(1e-9);
    });
    const distance = A.flat().reduce((sum, a, i) => sum + (a - x[i]!) ** 2, 0);
    expect(near(distance / 2 + penalty.value(x), value)).toBe(true);
    if (name === "rank") expect(penalty.value(x)).toBeCloseTo(tau * rank, 12);
  });

  test("mcp of singular values keeps the large ones and drops the small", () => {
    const penalty = penalties.singularValues(penalties.mcp(1, { gamma: 2 }), {
      rows: 2,
      columns: 3,
    });
    const x = penalty.prox(vector(5, 0, 0, 0, 0.5, 0), 1);
    [5, 0, 0, 0, 0, 0].forEach((wanted, i) => {
      expect(x[i]).toBeCloseTo(wanted, 12);
    });
  });
});

const samples: readonly Penalty[] = [
  penalties.l1(0.7),
  penalties.squaredL2(0.7),
  penalties.elasticNet(0.7),
  penalties.l0(0.7),
  penalties.lHalf(0.7),
  penalties.lTwoThirds(0.7),
  penalties.scad(0.7),
  penalties.mcp(0.7),
  penalties.cappedL1(0.7),
  penalties.logSum(0.7, { epsilon: 0.6 }),
];

describe.for(samples.map((penalty) => [penalty.name, penalty] as const))("%s", ([, penalty]) => {
  const { weakConvexity: rho, singleValuedBelow } = penalty;
  const at = (x: number): number => penalty.value(vector(x)) + (rho / 2) * x * x;

  test("is convex with ρx²/2 added, for its stated ρ, and with nothing less", () => {
    if (!Number.isFinite(rho)) return;
    let least = Number.POSITIVE_INFINITY;
    for (let x = -5; x <= 5; x += 0.0625) {
      for (const h of [0.03125, 0.5, 2]) {
        const bend = (at(x + h) + at(x - h) - 2 * at(x)) / (h * h);
        least = Math.min(least, bend);
        expect(bend).toBeGreaterThan(-1e-9);
      }
    }
    if (rho > 0) expect(least).toBeLessThan(0.2 * rho); // no smaller ρ does, but for the steps taken here
  });

  test("has a continuous prox for steps below its stated bound, and jumps for some beyond", () => {
    const jump = (step: number): number => {
      let largest = 0;
      let last = penalty.prox(vector(-4), step)[0]!;
      for (let v = -4; v <= 4; v += 2 ** -12) {
        const [x = 0] = penalty.prox(vector(v), step);
        largest = Math.max(largest, Math.abs(x - last));
        last = x;
      }
      return largest;
    };
    const inside = Math.min(0.8 * singleValuedBelow, 10);
    if (inside > 0) expect(jump(inside)).toBeLessThan(0.02);
    if (Number.isFinite(singleValuedBelow))
      expect(jump(singleValuedBelow * 1.5 + 0.1)).toBeGreaterThan(0.05);
  });

  test("is the same penalty at another strength, and may write over its argument", () => {
    const v = vector(-3, 0.4, 2);
    const other = penalty.withStrength(0.2);
    expect(other.name).toBe(penalty.name);
    expect(other.strength).toBe(0.2);
    expect(other.withStrength(0.7).prox(v, 0.5)).toEqual(penalty.prox(v, 0.5));
    const same = v.slice();
    expect(penalty.prox(same, 0.5, same)).toBe(same);
    expect(same).toEqual(penalty.prox(v, 0.5));
  });

  test("with strength 0 changes nothing", () => {
    const v = vector(-3, 0.4, 2);
    expect(penalty.withStrength(0).prox(v, 0.5)).toEqual(v);
    expect(penalty.withStrength(0).weakConvexity).toBe(0);
  });
});

describe("refuses", () => {
  test.for([2, 1, Number.NaN])("SCAD with a = %s", (a) => {
    expect(() => penalties.scad(1, { a })).toThrow(/a is .*\n.*a number above 2/);
    expect(() => penalties.groupScad(1, { groups: 2, a })).toThrow(/above 2/);
  });
  test.for([1, 0, Number.NaN])("MCP with γ = %s", (gamma) => {
    expect(() => penalties.mcp(1, { gamma })).toThrow(/gamma is .*\n.*a number above 1/);
    expect(() => penalties.groupMcp(1, { groups: 2, gamma })).toThrow(/above 1/);
  });
  test.for(Object.entries(penalties))("%s with a negative strength", ([, make]) => {
    const any = make as (strength: unknown, options?: object) => Penalty;
    if (make !== penalties.singularValues) {
      expect(() => any(-1, { groups: 1, rows: 1, columns: 1 })).toThrow(/strength is -1/);
    }
  });
  test("groups that overlap, leave a gap, or do not divide the block", () => {
    const x = vector(1, 2, 3);
    const value = (groups: number | readonly (readonly number[])[]) => () =>
      penalties.groupLasso(1, { groups }).value(x);
    expect(
      value([
        [0, 1],
        [1, 2],
      ]),
    ).toThrow(/position 1 stands in two groups/);
    expect(value([[0, 1]])).toThrow(/position 2 is in no group/);
    expect(value([[0, 1, 2, 3]])).toThrow(/there is no position 3/);
    expect(value(2)).toThrow(/3 is no multiple of 2/);
  });
  test("singular values of a block whose shape nobody said", () => {
    expect(() => penalties.nuclearNorm(1).value(vector(1, 2))).toThrow(/block of 2 is no matrix/);
  });
  test("an unknown option, with the nearest", () => {
    expect(() => penalties.mcp(1, { gama: 3 } as object)).toThrow(/did you mean gamma/);
  });
});
