import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { answer, type Features } from "../../../linalg/ask.ts";
import { largestDifference, numbersFrom, randomSymmetric } from "../../../linalg/testing.ts";
import { axpy, matrixVector, scaled } from "../../../linalg/vector.ts";
import type { Point } from "../solver.ts";
import { landscape, oracleOf, quadratic, run } from "../testing.ts";
import { cauchyPoint } from "./boundedModel.ts";
import {
  addTimesW,
  compactHessian,
  gramOfW,
  rowOfW,
  timesMiddle,
  timesWt,
  updateCompact,
} from "./compactHessian.ts";
import golden from "./lbfgsb.golden.json" with { type: "json" };
import { lbfgsb } from "./lbfgsb.ts";
import { bfgsUpdate } from "./updates.ts";

const within = (lower: readonly number[], upper: readonly number[]): Features => {
  const bounds = { lower: Float64Array.from(lower), upper: Float64Array.from(upper) };
  return { bounds: () => bounds };
};

describe("the compact Hessian", () => {
  // Byrd, Nocedal & Schnabel (1994), theorem 2.3: the same matrix as by the updates, one after another.
  test("is the BFGS updates of θI by the pairs it holds, the oldest first", () => {
    const [n, memory, next] = [5, 3, numbersFrom(7)];
    const b = compactHessian(memory, n);
    const h = randomSymmetric(n, next);
    for (let i = 0; i < n; i++) h[i * n + i] = n + next();
    const pairs: [Float64Array, Float64Array][] = [];
    const zero = new Float64Array(n);
    for (let k = 0; k < 5; k++) {
      const s = Float64Array.from({ length: n }, next);
      const y = new Float64Array(n);
      matrixVector(y, h, s);
      expect(updateCompact(b, zero, zero, s, y)).toBe(true);
      pairs.push([s, y]);
    }
    const expected = new Float64Array(n * n);
    for (let i = 0; i < n; i++) expected[i * n + i] = b.theta;
    for (const [s, y] of pairs.slice(-memory)) bfgsUpdate(expected, s, y, new Float64Array(n));
    const v = Float64Array.from({ length: n }, next);
    const [product, wanted] = [new Float64Array(n), new Float64Array(n)];
    scaled(product, b.theta, v);
    addTimesW(b, timesMiddle(b, timesWt(b, v)), -1, product);
    matrixVector(wanted, expected, v);
    expect(largestDifference(product, [...wanted])).toBeLessThan(1e-10);
    // The Gram matrix over few unknowns, and over most of them, is that of W's rows.
    for (const isIn of [(i: number) => i < 2, (i: number) => i !== 1]) {
      const gram = new Float64Array(36);
      for (let i = 0; i < n; i++) {
        const w = rowOfW(b, i, n);
        for (let a = 0; a < 6 && isIn(i); a++) axpy(w[a]!, w, gram.subarray(6 * a, 6 * a + 6));
      }
      expect(largestDifference(gramOfW(b, n, isIn), [...gram])).toBeLessThan(1e-9);
    }
  });
});

describe("the generalized Cauchy point", () => {
  // B = I, ∇f = (−3, −1): the path is (3t, t) until x₁ meets 1 at t = 1/3, then (1, t) down to the model's
  // slope −1 + x₂ = 0 at x₂ = 1, if that is allowed.
  test.for([
    { upper: [1, 5], expected: [1, 1] },
    { upper: [1, 0.5], expected: [1, 0.5] },
    { upper: [9, 9], expected: [3, 1] },
  ])("follows the projected path: upper bounds $upper", ({ upper, expected }) => {
    const bounds = { lower: Float64Array.of(-9, -9), upper: Float64Array.from(upper) };
    const b = compactHessian(3, 2);
    const { x } = cauchyPoint(new Float64Array(2), Float64Array.of(-3, -1), bounds, b);
    expect(largestDifference(x, expected)).toBeLessThan(1e-14);
  });

  test("leaves at its bound what the gradient holds there", () => {
    const bounds = { lower: Float64Array.of(0, 0), upper: Float64Array.of(1, 1) };
    const gradient = Float64Array.of(2, -0.25);
    const { x } = cauchyPoint(new Float64Array(2), gradient, bounds, compactHessian(3, 2));
    expect([...x]).toEqual([0, 0.25]);
  });
});

describe("lbfgsb", () => {
  test.for(golden.cases)("solves the golden $name", (given) => {
    const f = quadratic(Float64Array.from(given.hessian), Float64Array.from(given.linear));
    const features = within(given.lower, given.upper);
    const start = given.linear.map(() => 0);
    const { point, stop } = run(lbfgsb(), f, start, { features });
    expect(stop.criterion).toBe("gradient");
    expect(largestDifference(point.x, given.solution)).toBeLessThan(1e-7);
    const isAtBound = (x: number, i: number): boolean =>
      x === given.lower[i] || x === given.upper[i];
    expect([...point.x].filter(isAtBound)).toHaveLength(given.active);
  });

  property.prop([fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 1e6 })])(
    "stays within the bounds, never rises, and ends where the projected gradient is small",
    (n, seed) => {
      const next = numbersFrom(seed);
      const f = landscape(n, next);
      const lower = Array.from({ length: n }, () => -2 + next());
      const upper = lower.map((low) => low + 3 + 2 * next());
      const start = lower.map((low, i) => low + (0.5 + 0.5 * next()) * (upper[i]! - low));
      const features = within(lower, upper);
      const { oracle } = oracleOf(f, features);
      const solver = lbfgsb({ memory: 4 });
      const x = Float64Array.from(start);
      let point: Point = { x, ...f.gradient(x) };
      let state = solver.init(point);
      for (let k = 0; k < 100; k++) {
        const step = answer(solver.step(point, state), oracle);
        expect(step.point.value).toBeLessThanOrEqual(point.value);
        step.point.x.forEach((xi, i) => {
          expect(xi).toBeGreaterThanOrEqual(lower[i]!);
          expect(xi).toBeLessThanOrEqual(upper[i]!);
        });
        ({ point, state } = step);
        if (step.stalled !== undefined || (point.residual ?? 1) < 1e-8) break;
      }
      expect(point.residual ?? 0).toBeLessThan(1e-5);
    },
  );

  test("resumes from a saved state with the same bits", () => {
    const f = landscape(4, numbersFrom(11));
    const { oracle } = oracleOf(f, within([-1, -1, -1, -1], [4, 4, 4, 4]));
    const solver = lbfgsb({ memory: 2 });
    const x = Float64Array.of(3, -1, 4, 1);
    let at = { point: { x, ...f.gradient(x) } as Point, state: undefined as unknown };
    at = { ...at, state: solver.init(at.point) };
    let saved = structuredClone(at);
    const step = ({ point, state }: typeof at) =>
      answer(solver.step(point, state as ReturnType<typeof solver.init>), oracle);
    for (let k = 0; k < 8; k++) {
      if (k === 4) saved = structuredClone(at);
      at = step(at);
    }
    for (let k = 4; k < 8; k++) saved = step(saved);
    expect(saved.point).toEqual(at.point);
  });

  test("refuses what it cannot take", () => {
    expect(() => lbfgsb({ memory: 0 })).toThrow(/memory is 0/);
    expect(() => lbfgsb({ memory: 5, ...{ lineSearch: "armijo" } })).toThrow(
      /unknown option "lineSearch"/,
    );
  });
});
