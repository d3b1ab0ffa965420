import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { answer } from "../../../linalg/ask.ts";
import { numbersFrom, randomSymmetric } from "../../../linalg/testing.ts";
import { dot, normInf } from "../../../linalg/vector.ts";
import type { Point, Solver } from "../solver.ts";
import { landscape, ofOne, oracleOf, quadratic, run } from "../testing.ts";
import { barzilaiBorwein, nextLength } from "./barzilaiBorwein.ts";
import { cgDescent, hagerZhangBeta } from "./cgDescent.ts";
import { conjugateGradient, polakRibierePlus } from "./conjugateGradient.ts";
import { steepestDescent } from "./steepestDescent.ts";

const vector = (...entries: number[]): Float64Array => Float64Array.from(entries);

const bowl = (n: number, next: () => number) => {
  const h = randomSymmetric(n, next);
  for (let i = 0; i < n; i++) h[i * n + i] = n + 1 + next();
  return quadratic(h, Float64Array.from({ length: n }, next));
};

const wrong = ofOne(
  (x) => x * x,
  (x) => -2 * x,
  () => 2,
);

describe.for([
  ["steepestDescent", steepestDescent],
  ["barzilaiBorwein", barzilaiBorwein],
  ["conjugateGradient", conjugateGradient],
  ["cgDescent", cgDescent],
] as const)("%s", ([name, make]) => {
  const solver = make() as Solver;

  property.prop([fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 1e6 })])(
    "reaches a stationary point of a rugged landscape, never above its start",
    (n, seed) => {
      const next = numbersFrom(seed);
      const f = landscape(n, next);
      const start = Array.from({ length: n }, () => 8 * next());
      const { values, point } = run(solver, f, start, { tolerance: 1e-6, maxIterations: 5000 });
      expect(normInf(point.gradient)).toBeLessThan(1e-4);
      values.forEach((value, i) => {
        const before = solver.monotone ? values[Math.max(0, i - 1)]! : values[0]!;
        expect(value).toBeLessThanOrEqual(
          before + (name === "cgDescent" ? 1e-6 : 0) * Math.abs(before),
        );
      });
    },
  );

  property.prop([fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 1e6 })])(
    "solves a random convex quadratic",
    (n, seed) => {
      const next = numbersFrom(seed);
      const f = bowl(n, next);
      const start = Array.from({ length: n }, () => 10 * next());
      expect(normInf(run(solver, f, start).point.gradient)).toBeLessThan(1e-6);
    },
  );

  test("resumes from a saved state with the same bits", () => {
    const f = landscape(4, numbersFrom(11));
    const { oracle } = oracleOf(f);
    const x = vector(3, -2, 5, 1);
    let at: { point: Point; state: unknown } = { point: { x, ...f.gradient(x) }, state: undefined };
    at = { ...at, state: solver.init(at.point) };
    let saved = structuredClone(at);
    for (let k = 0; k < 10; k++) {
      if (k === 4) saved = structuredClone(at);
      at = answer(solver.step(at.point, at.state), oracle);
    }
    for (let k = 4; k < 10; k++) saved = answer(solver.step(saved.point, saved.state), oracle);
    expect(saved.point).toEqual(at.point);
  });

  test("stalls with its line search where the gradient is wrong", () => {
    const { stop, point } = run(solver, wrong, [1]);
    expect(stop.criterion).toBe("line-search");
    expect(point.x[0]).toBe(1);
  });

  test("refuses what it does not know", () => {
    expect(() => make({ ...{ rate: 3 } } as object)).toThrow(/unknown option "rate"/);
    expect(() => make({ lineSearch: "exact" as "wolfe" })).toThrow(/lineSearch is exact/);
  });
});

describe("steepestDescent", () => {
  // On ½(x² + κy²) with exact searches from (κ, 1) each step multiplies f by ((κ − 1)/(κ + 1))², its worst rate.
  test("with nearly exact searches converges at the known worst rate", () => {
    const kappa = 9;
    const f = quadratic(vector(1, 0, 0, kappa), vector(0, 0));
    const solver = steepestDescent({ decrease: 1e-9, curvature: 1e-8 });
    const { values } = run(solver, f, [kappa, 1], { maxIterations: 12 });
    const rate = ((kappa - 1) / (kappa + 1)) ** 2;
    values.forEach((value, i) => {
      if (i > 0) expect(value / values[i - 1]!).toBeCloseTo(rate, 6);
    });
  });
});

describe("barzilaiBorwein", () => {
  // s = (1, 2), y = (2, 2): sᵀs/sᵀy = 5/6, sᵀy/yᵀy = 6/8.
  const [from, to] = [
    { x: vector(0, 0), gradient: vector(1, 1) },
    { x: vector(1, 2), gradient: vector(3, 3) },
  ];
  test.for([
    ["bb1", 1, 5 / 6],
    ["bb2", 1, 6 / 8],
    ["alternating", 1, 5 / 6],
    ["alternating", 2, 6 / 8],
    ["adaptive", 1, 5 / 6],
  ] as const)("%s at iteration %i takes the step %f", ([rule, iteration, length]) => {
    expect(nextLength(from, to, rule, iteration)).toEqual({ length, negative: false });
  });

  test("adapts to the shorter step where the two differ much, and to ‖s‖/‖y‖ along negative curvature", () => {
    // s = (3, 1), y = (1, 9): 10/12 and 12/82.
    const apart = { x: vector(3, 1), gradient: vector(2, 10) };
    expect(nextLength(from, apart, "adaptive", 1).length).toBeCloseTo(12 / 82, 14);
    const back = { x: vector(3, 4), gradient: vector(-2, -3) }; // y = (−3, −4)
    expect(nextLength(from, back, "bb1", 1)).toEqual({ length: 1, negative: true });
  });

  // Barzilai & Borwein (1988), §2: superlinear for n = 2; steepest descent needs thousands of steps here.
  test("needs few steps where steepest descent needs many", () => {
    const f = quadratic(vector(1, 0, 0, 1000), vector(0, 0));
    expect(run(barzilaiBorwein(), f, [1000, 1]).iterations).toBeLessThan(25);
    expect(run(steepestDescent(), f, [1000, 1]).iterations).toBeGreaterThan(100);
  });

  test("refuses an unknown step", () => {
    expect(() => barzilaiBorwein({ step: "long" as "bb1" })).toThrow(/one of bb1, bb2/);
  });
});

describe("conjugate directions", () => {
  test("have the β of Polak and Ribière, not below 0", () => {
    // ∇f⁺ᵀ(∇f⁺ − ∇f)/‖∇f‖² = (2·1 + 3·2)/2 and (1·(−1) + 0)/4.
    expect(polakRibierePlus(vector(1, 1), vector(2, 3))).toBe(4);
    expect(polakRibierePlus(vector(2, 0), vector(1, 0))).toBe(0);
  });

  test("have the β of Hager and Zhang", () => {
    // y = (1, 2), d = (−1, 2), dᵀy = 3, ‖y‖² = 5, yᵀ∇f⁺ = 8, dᵀ∇f⁺ = 4: (8 − 2·4·5/3)/3.
    const beta = hagerZhangBeta(vector(1, 1), vector(2, 3), vector(-1, 2));
    expect(beta).toBeCloseTo((8 - 40 / 3) / 3, 14);
    // Far below 0 it is held at −1/(‖d‖ min(0.01, ‖∇f‖)).
    const held = hagerZhangBeta(vector(1, 1), vector(1.001, 1e4), vector(-1, 1e-6));
    expect(held).toBeGreaterThanOrEqual(-100 / Math.hypot(1, 1e-6));
  });

  // Hager & Zhang (2005), theorem 1.1: dᵀ∇f ≤ −⅞‖∇f‖², whatever the line search.
  property.prop([fc.integer({ min: 2, max: 6 }), fc.integer({ min: 0, max: 1e6 })])(
    "of CG_DESCENT descend enough at every step",
    (n, seed) => {
      const next = numbersFrom(seed);
      const f = landscape(n, next);
      const { oracle } = oracleOf(f);
      const solver = cgDescent({ lineSearch: "armijo" });
      const x = Float64Array.from({ length: n }, () => 8 * next());
      let point: Point = { x, ...f.gradient(x) };
      let state = solver.init(point);
      for (let k = 0; k < 15; k++) {
        const step = answer(solver.step(point, state), oracle);
        if (step.stalled !== undefined) return;
        ({ point, state } = step);
        const square = dot(point.gradient, point.gradient);
        expect(dot(state.direction, point.gradient)).toBeLessThanOrEqual(-0.874 * square);
      }
    },
  );

  test("end on a quadratic of n unknowns in n steps, if searches are exact", () => {
    const n = 5;
    const f = bowl(n, numbersFrom(8));
    const solver = conjugateGradient({ decrease: 1e-9, curvature: 1e-8 });
    const { point } = run(solver, f, [3, -1, 4, -1, 5], { maxIterations: n });
    expect(normInf(point.gradient)).toBeLessThan(1e-4);
  });
});
