import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { answer } from "../../../linalg/ask.ts";
import { largestDifference, numbersFrom, randomSymmetric } from "../../../linalg/testing.ts";
import { normInf } from "../../../linalg/vector.ts";
import type { Point, Solver } from "../solver.ts";
import { landscape, ofOne, oracleOf, quadratic, run, shifted } from "../testing.ts";
import { bfgs } from "./bfgs.ts";
import { dfp } from "./dfp.ts";
import { sr1 } from "./sr1.ts";

/** A convex quadratic of n unknowns with condition number of some tens. */
function bowl(n: number, next: () => number) {
  const h = randomSymmetric(n, next);
  for (let i = 0; i < n; i++) h[i * n + i] = n + 1 + next();
  return { h, f: quadratic(h, Float64Array.from({ length: n }, next)) };
}

const steepWrongly = ofOne(
  (x) => x * x,
  (x) => -2 * x,
  () => 2,
);

describe.for([
  ["bfgs", bfgs],
  ["dfp", dfp],
  ["sr1", sr1],
] as const)("%s", ([name, make]) => {
  const solver = make() as Solver;
  const sizes = fc.integer({ min: 1, max: 8 });
  const seeds = fc.integer({ min: 0, max: 1e6 });

  property.prop([sizes, seeds])("never raises the value on a rugged landscape", (n, seed) => {
    const next = numbersFrom(seed);
    const f = landscape(n, next);
    const start = Array.from({ length: n }, () => 8 * next());
    const { values, point } = run(solver, f, start);
    values.forEach((value, i) => {
      if (i > 0) expect(value).toBeLessThanOrEqual(values[i - 1]!);
    });
    expect(normInf(point.gradient)).toBeLessThan(1e-5);
  });

  property.prop([sizes, seeds])("solves a random convex quadratic", (n, seed) => {
    const next = numbersFrom(seed);
    const { f } = bowl(n, next);
    const start = Array.from({ length: n }, () => 10 * next());
    expect(normInf(run(solver, f, start).point.gradient)).toBeLessThan(1e-6);
  });

  test.for([1, 2, 3, 4])("does not depend on the origin: landscape %i", (seed) => {
    const next = numbersFrom(seed);
    const f = landscape(3, next);
    const start = Array.from({ length: 3 }, () => 4 * next());
    const shift = Float64Array.from({ length: 3 }, () => 4 * next());
    const here = run(solver, f, start, { maxIterations: 6 });
    const moved = start.map((x, i) => x + shift[i]!);
    const there = run(solver, shifted(f, shift), moved, { maxIterations: 6 });
    expect(there.counts).toEqual(here.counts);
    expect(largestDifference(there.values, here.values)).toBeLessThan(1e-7);
  });

  test("resumes from a saved state with the same bits", () => {
    const f = landscape(4, numbersFrom(11));
    const { oracle } = oracleOf(f);
    const x = Float64Array.of(3, -2, 5, 1);
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

  test("stalls, and stays, where the gradient is wrong", () => {
    const { stop, point } = run(solver, steepWrongly, [1]);
    expect(["line-search", "radius-vanished", "rounding"]).toContain(stop.criterion);
    expect(point.x[0]).toBe(1);
  });

  test("refuses options it does not know", () => {
    expect(() => make({ ...{ memory: 3 } } as object)).toThrow(
      new RegExp(`${name}: unknown option "memory"`),
    );
  });
});

describe("bfgs", () => {
  // Nocedal & Wright (2006), §6.4: with exact line searches BFGS ends on a quadratic in n steps, with H = A⁻¹.
  test("finds the inverse Hessian of a quadratic with nearly exact searches", () => {
    const n = 4;
    const { h, f } = bowl(n, numbersFrom(3));
    const solver = bfgs({ curvature: 1e-6, decrease: 1e-7 });
    const { oracle } = oracleOf(f);
    const x = Float64Array.of(5, -3, 2, 7);
    let point: Point = { x, ...f.gradient(x) };
    let state = solver.init(point);
    for (let k = 0; k < n; k++) ({ point, state } = answer(solver.step(point, state), oracle));
    expect(normInf(point.gradient)).toBeLessThan(1e-5);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += state.inverse[i * n + k]! * h[k * n + j]!;
        expect(sum).toBeCloseTo(i === j ? 1 : 0, 4);
      }
    }
  });

  // −cos x has negative curvature beyond π/2; Armijo's rule does not see that sᵀy < 0.
  const wave = ofOne(
    (x) => -Math.cos(x),
    (x) => Math.sin(x),
    (x) => Math.cos(x),
  );
  test("leaves out or damps the pairs of negative curvature that Armijo's rule lets pass, and counts them", () => {
    const skipping = bfgs({ lineSearch: "armijo" });
    const damping = bfgs({ lineSearch: "armijo", negativeCurvature: "damp" });
    for (const [solver, key] of [
      [skipping, "skippedPairs"],
      [damping, "dampedPairs"],
    ] as const) {
      const { oracle } = oracleOf(wave);
      const x = Float64Array.of(3);
      let point: Point = { x, ...wave.gradient(x) };
      let state = solver.init(point);
      ({ point, state } = answer(solver.step(point, state), oracle));
      expect(state[key]).toBe(1);
      for (let k = 0; k < 30; k++) ({ point, state } = answer(solver.step(point, state), oracle));
      expect(point.value).toBeCloseTo(-1, 12);
    }
  });

  test("sets H back, and counts that, when its direction leads nowhere", () => {
    const f = landscape(2, numbersFrom(5));
    const { oracle } = oracleOf(f);
    const solver = bfgs();
    const x = Float64Array.of(2, 1);
    let point: Point = { x, ...f.gradient(x) };
    let state = solver.init(point);
    ({ point, state } = answer(solver.step(point, state), oracle));
    state.inverse.fill(Number.NaN);
    const before = point.value;
    ({ point, state } = answer(solver.step(point, state), oracle));
    expect(state.resets).toBe(1);
    expect(point.value).toBeLessThan(before);
  });

  test("refuses an unknown way with negative curvature", () => {
    expect(() => bfgs({ negativeCurvature: "dampen" as "damp" })).toThrow(/"skip" or "damp"/);
  });
});

describe("sr1", () => {
  // Nocedal & Wright (2006), theorem 6.1: after n independent steps B is the Hessian, indefinite or not.
  test("finds the Hessian of an indefinite quadratic, and uses its negative curvature", () => {
    const h = Float64Array.of(2, 1, 0, 1, -3, 0.5, 0, 0.5, 1);
    const f = quadratic(h, Float64Array.of(1, -1, 2));
    const { oracle } = oracleOf(f);
    const solver = sr1();
    const x = Float64Array.of(1, 0.5, -2);
    let point: Point = { x, ...f.gradient(x) };
    let state = solver.init(point);
    for (let k = 0; k < 12; k++) ({ point, state } = answer(solver.step(point, state), oracle));
    expect(largestDifference(state.matrix, [...h])).toBeLessThan(1e-6);
    expect(point.value).toBeLessThan(-100); // f has no lower bound
  });

  test("beyond 64 unknowns solves its model by conjugate gradients", () => {
    const n = 80;
    const next = numbersFrom(2);
    const h = new Float64Array(n * n);
    for (let i = 0; i < n; i++) h[i * n + i] = 1 + (i % 7);
    const f = quadratic(h, Float64Array.from({ length: n }, next));
    const { point, stop } = run(sr1(), f, Array.from({ length: n }, next));
    expect(stop.criterion).toBe("gradient");
    expect(normInf(point.gradient)).toBeLessThan(1e-8);
  });

  test("refuses a radius of 0", () => {
    expect(() => sr1({ initialRadius: 0 })).toThrow(/initialRadius is 0/);
  });
});
