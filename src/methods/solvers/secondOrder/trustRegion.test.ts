import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { answer } from "../../../linalg/ask.ts";
import { largestDifference, numbersFrom, randomSymmetric } from "../../../linalg/testing.ts";
import { distance, normInf } from "../../../linalg/vector.ts";
import type { Point } from "../solver.ts";
import { landscape, ofOne, oracleOf, quadratic, run, type Smooth, shifted } from "../testing.ts";
import { type TrustRegionOptions, trustRegion } from "./trustRegion.ts";

/** x² − y² + y⁴/4: a strict saddle at 0, minima of value −1 at (0, ±√2). */
const saddle: Smooth = {
  value: (x) => x[0]! ** 2 - x[1]! ** 2 + x[1]! ** 4 / 4,
  gradient: (x) => ({
    value: x[0]! ** 2 - x[1]! ** 2 + x[1]! ** 4 / 4,
    gradient: Float64Array.of(2 * x[0]!, -2 * x[1]! + x[1]! ** 3),
  }),
  hessian: (x) => Float64Array.of(2, 0, 0, -2 + 3 * x[1]! ** 2),
};

const rosenbrock: Smooth = {
  value: (x) => rosenbrock.gradient(x).value,
  gradient: ([a = 0, b = 0]) => ({
    value: 100 * (b - a * a) ** 2 + (1 - a) ** 2,
    gradient: Float64Array.of(-400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a)),
  }),
  hessian: ([a = 0, b = 0]) => Float64Array.of(1200 * a * a - 400 * b + 2, -400 * a, -400 * a, 200),
};

const sizes = fc.integer({ min: 1, max: 8 });
const seeds = fc.integer({ min: 0, max: 1e6 });
const subproblems: readonly TrustRegionOptions[] = [
  { subproblem: "exact" },
  { subproblem: "dogleg" },
  { subproblem: "steihaug" },
];

describe.for(subproblems)("trustRegion %o", (options) => {
  property.prop([sizes, seeds])("solves a random convex quadratic", (n, seed) => {
    const next = numbersFrom(seed);
    const h = randomSymmetric(n, next);
    for (let i = 0; i < n; i++) h[i * n + i] = n + 1 + next();
    const f = quadratic(h, Float64Array.from({ length: n }, next));
    const start = Array.from({ length: n }, () => 10 * next());
    const { point, stop, iterations } = run(trustRegion(options), f, start);
    expect(["gradient", "rounding"]).toContain(stop.criterion);
    expect(normInf(point.gradient)).toBeLessThan(1e-6);
    expect(iterations).toBeLessThanOrEqual(30);
  });

  property.prop([sizes, seeds])(
    "never raises the value on a rugged landscape, and ends where the curvature is not negative",
    (n, seed) => {
      const next = numbersFrom(seed);
      const f = landscape(n, next);
      const start = Array.from({ length: n }, () => 8 * next());
      const settings = { escapeSaddles: true, maxIterations: 300 };
      const { values, stop } = run(trustRegion(options), f, start, settings);
      values.forEach((value, i) => {
        if (i > 0) expect(value).toBeLessThanOrEqual(values[i - 1]!);
      });
      expect(["gradient", "rounding"]).toContain(stop.criterion);
    },
  );

  test.for([1, 2, 3, 4, 5, 6, 7, 8])("does not depend on the origin: landscape %i", (seed) => {
    const next = numbersFrom(seed);
    const f = landscape(3, next);
    const start = Array.from({ length: 3 }, () => 4 * next());
    const shift = Float64Array.from({ length: 3 }, () => 4 * next());
    const settings = { maxIterations: 5 };
    const here = run(trustRegion(options), f, start, settings);
    const there = run(
      trustRegion(options),
      shifted(f, shift),
      start.map((x, i) => x + shift[i]!),
      settings,
    );
    expect(there.counts).toEqual(here.counts);
    expect(largestDifference(there.values, here.values)).toBeLessThan(1e-7);
  });

  test.for([
    [0, 0],
    [1, 0],
    [1e-9, 0],
    [0, 1e-12],
    [-1e-3, 1e-200],
  ])("leaves the saddle of x² − y² + y⁴/4 when started at %s, %s", (start) => {
    const { point, stop } = run(trustRegion(options), saddle, start, { escapeSaddles: true });
    expect(["gradient", "rounding"]).toContain(stop.criterion);
    expect(point.value).toBeCloseTo(-1, 12);
    expect(Math.abs(point.x[1]!)).toBeCloseTo(Math.SQRT2, 7);
  });

  test("leaves a saddle at a height whose rounding would hide small steps", () => {
    const high: Smooth = {
      value: (x) => 1e6 + saddle.value(x),
      gradient: (x) => ({ ...saddle.gradient(x), value: 1e6 + saddle.value(x) }),
      hessian: saddle.hessian,
    };
    const { point } = run(trustRegion(options), high, [1e-9, 0], { escapeSaddles: true });
    expect(point.value).toBeCloseTo(1e6 - 1, 8);
  });

  test("converges quadratically at Rosenbrock's minimum", () => {
    const { point, iterations } = run(trustRegion(options), rosenbrock, [-1.2, 1]);
    expect(distance(point.x, Float64Array.of(1, 1))).toBeLessThan(1e-8);
    expect(iterations).toBeLessThanOrEqual(40);
  });

  test("resumes from a saved state with the same bits", () => {
    const { oracle } = oracleOf(rosenbrock);
    const solver = trustRegion(options);
    const x = Float64Array.of(-1.2, 1);
    let point: Point = { x, ...rosenbrock.gradient(x) };
    let state = solver.init(point);
    let saved: { point: Point; state: typeof state } = structuredClone({ point, state });
    for (let k = 0; k < 15; k++) {
      if (k === 6) saved = structuredClone({ point, state });
      ({ point, state } = answer(solver.step(point, state), oracle));
    }
    let resumed: typeof saved = saved;
    for (let k = 6; k < 15; k++)
      resumed = answer(solver.step(resumed.point, resumed.state), oracle);
    expect(resumed.point).toEqual(point);
  });

  test("backs off from a region where the function is NaN", () => {
    const f = ofOne(
      (x) => x - Math.log(x),
      (x) => 1 - 1 / x,
      (x) => 1 / (x * x),
    );
    const { point, stop } = run(trustRegion({ ...options, initialRadius: 100 }), f, [3]);
    expect(stop.criterion).toBe("gradient");
    expect(point.x[0]).toBeCloseTo(1, 8);
  });

  test("stalls, and says so, where the curvature is NaN", () => {
    const f = ofOne(
      (x) => x * x,
      (x) => 2 * x,
      () => Number.NaN,
    );
    expect(run(trustRegion(options), f, [1]).stop.criterion).toBe("non-finite");
    expect(run(trustRegion(options), f, [1e-7]).stop.criterion).toBe("non-finite");
  });

  test("lets its radius vanish where the gradient is wrong", () => {
    const f = ofOne(
      (x) => x * x,
      (x) => -2 * x,
      () => 2,
    );
    const { stop, point } = run(trustRegion(options), f, [1]);
    expect(["radius-vanished", "rounding"]).toContain(stop.criterion);
    expect(point.x[0]).toBe(1);
  });

  test("takes no step longer than maxRadius", () => {
    const { oracle } = oracleOf(rosenbrock);
    const solver = trustRegion({ ...options, maxRadius: 0.05 });
    const x = Float64Array.of(-1.2, 1);
    let point: Point = { x, ...rosenbrock.gradient(x) };
    let state = solver.init(point);
    for (let k = 0; k < 20; k++) {
      const step = answer(solver.step(point, state), oracle);
      expect(step.stepSize).toBeLessThanOrEqual(0.05 * 1.0001);
      expect(distance(step.point.x, point.x)).toBe(step.stepSize);
      ({ point, state } = step);
    }
    expect(point.value).toBeLessThan(4.2);
  });
});

describe("trustRegion", () => {
  test("takes the dense Hessian up to 64 unknowns and products beyond, unless told", () => {
    const counts = (n: number, options: TrustRegionOptions) => {
      const h = new Float64Array(n * n);
      for (let i = 0; i < n; i++) h[i * n + i] = 1 + i / n;
      const f = quadratic(h, new Float64Array(n).fill(1));
      return run(trustRegion(options), f, new Array(n).fill(3)).counts;
    };
    expect(counts(64, {})).toMatchObject({ hvp: 0 });
    expect(counts(65, {})).toMatchObject({ hessian: 0 });
    expect(counts(65, { subproblem: "exact" })).toMatchObject({ hvp: 0 });
    expect(counts(2, { subproblem: "steihaug" })).toMatchObject({ hessian: 0 });
  });

  test("keeps to its limit of products", () => {
    const n = 40;
    const h = new Float64Array(n * n);
    for (let i = 0; i < n; i++) h[i * n + i] = 1 + i * i;
    const f = quadratic(h, new Float64Array(n).fill(1));
    const solver = trustRegion({ subproblem: "steihaug", maxProducts: 3 });
    const { counts, iterations } = run(solver, f, new Array(n).fill(1), {
      escapeSaddles: false,
      tolerance: 1e-5,
    });
    // One more for the first radius.
    expect(counts.hvp).toBeLessThanOrEqual(3 * iterations + 1);
  });

  test("states what it needs, so that a loss without it is refused early", () => {
    expect(trustRegion({ subproblem: "exact" }).needs).toEqual(["gradient", "hessian"]);
    expect(trustRegion({ subproblem: "steihaug" }).needs).toEqual(["gradient", "hvp"]);
    expect(trustRegion().needs).toEqual(["gradient", "hessian", "hvp"]);
  });

  const refused: readonly (readonly [TrustRegionOptions, RegExp])[] = [
    [{ initialRadius: 0 }, /initialRadius is 0/],
    [{ maxRadius: Number.NaN }, /maxRadius is NaN/],
    [{ saddleGradient: -1 }, /saddleGradient is -1/],
    [{ maxProducts: 0 }, /maxProducts is 0/],
    [{ maxProducts: 2, ...{ radius: 1 } }, /unknown option "radius"/],
  ];
  test.for(refused)("refuses %o", ([options, message]) => {
    expect(() => trustRegion(options)).toThrow(message);
  });
});
