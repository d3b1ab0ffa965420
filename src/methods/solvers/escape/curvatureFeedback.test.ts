import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { answer, type Oracle } from "../../../linalg/ask.ts";
import { numbersFrom } from "../../../linalg/testing.ts";
import { norm } from "../../../linalg/vector.ts";
import { lbfgs } from "../quasiNewton/lbfgs.ts";
import type { Point } from "../solver.ts";
import { type Counts, landscape, oracleOf, quadratic, run, type Smooth } from "../testing.ts";
import {
  type CurvatureFeedbackOptions,
  type CurvatureFeedbackState,
  curvatureFeedback,
} from "./curvatureFeedback.ts";

/** A number of steps from a start, whatever the gradient there. */
function steps(
  f: Smooth,
  x0: readonly number[],
  count: number,
  options: CurvatureFeedbackOptions,
): { states: CurvatureFeedbackState[]; points: Point[]; counts: Counts; oracle: Oracle } {
  const { oracle, counts } = oracleOf(f);
  const x = Float64Array.from(x0);
  let point: Point = { x, ...f.gradient(x) };
  const solver = curvatureFeedback(options);
  let state = solver.init(point);
  const states: CurvatureFeedbackState[] = [];
  const points = [point];
  for (let i = 0; i < count; i++) {
    const step = answer(solver.step(point, state), oracle);
    ({ point, state } = step);
    points.push(point);
    states.push(structuredClone(state));
  }
  return { states, points, counts, oracle };
}

/** x² − y² + y⁴/4. */
const wells: Smooth = {
  value: ([x = 0, y = 0]) => x * x - y * y + y ** 4 / 4,
  gradient: (at) => ({
    value: wells.value(at),
    gradient: Float64Array.of(2 * at[0]!, -2 * at[1]! + at[1]! ** 3),
  }),
  hessian: ([, y = 0]) => Float64Array.of(2, 0, 0, -2 + 3 * y * y),
};

/** A slope of −1 along x, a wall of curvature 10 along z, and a ridge y = 0 that no gradient leaves. */
const ridge: Smooth = {
  value: ([x = 0, y = 0, z = 0]) => -x - 0.1 * y * y + y ** 4 / 4 + 5 * z * z,
  gradient: (at) => ({
    value: ridge.value(at),
    gradient: Float64Array.of(-1, -0.2 * at[1]! + at[1]! ** 3, 10 * at[2]!),
  }),
  hessian: ([, y = 0]) => Float64Array.of(0, 0, 0, 0, -0.2 + 3 * y * y, 0, 0, 0, 10),
};

/** A convex quadratic of curvatures 1, 2, …, n. */
const bowl = (n: number): Smooth => {
  const h = new Float64Array(n * n);
  for (let i = 0; i < n; i++) h[i * n + i] = i + 1;
  return quadratic(h, new Float64Array(n).fill(1));
};

describe("curvatureFeedback", () => {
  test("leaves an exact saddle in one step, to the minimum along its direction", () => {
    const { states, points } = steps(wells, [0, 0], 1, {});
    expect(states[0]?.escapes).toBe(1);
    expect(points[1]?.value).toBeLessThan(-0.9);
    expect(Math.abs(points[1]?.x[0] ?? Number.NaN)).toBeLessThan(1e-12);
  });

  test("leaves from the saddle's stable side, where gradients point to it", () => {
    const { states, points } = steps(wells, [1, 0], 60, { stepSize: 0.1 });
    expect(states.at(-1)?.escapes).toBe(1);
    expect(points.at(-1)?.value).toBeCloseTo(-1, 6);
  });

  test("adds noise within a few steps of curvature below −ε, and none with noise: 0", () => {
    // Three products are saved up in 40 gradients at a budget of 0.15. The gradient is the better guide.
    const { states, points } = steps(ridge, [0, 0, 0], 60, { stepSize: 0.1, gradientNorm: 1e-3 });
    const first = states.findIndex(({ noise }) => noise > 0);
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(40);
    expect(points[first + 1]?.x[1]).not.toBe(0);
    const without = steps(ridge, [0, 0, 0], 60, { stepSize: 0.1, gradientNorm: 1e-3, noise: 0 });
    expect(without.points.every(({ x }) => x[1] === 0)).toBe(true);
  });

  test("adds none where the curvature is above −ε, though it is negative", () => {
    const { states } = steps(ridge, [0, 0, 0], 60, { stepSize: 0.1, negative: 2 });
    expect(states.at(-1)?.watch.looks).toBeGreaterThan(0);
    expect(states.every(({ noise, escapes }) => noise === 0 && escapes === 0)).toBe(true);
  });

  property.prop([fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 1000 })])(
    "takes the very steps of its descent where all curvature is positive, without noise",
    (n, seed) => {
      const next = numbersFrom(seed);
      const x0 = Array.from({ length: n }, () => 5 * next());
      const own = run(curvatureFeedback({ seed }), bowl(n), x0);
      const plain = run(lbfgs(), bowl(n), x0);
      expect(own.values).toEqual(plain.values);
      expect([...own.point.x]).toEqual([...plain.point.x]);
    },
  );

  property.prop([fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 1000 })])(
    "never raises the value, and ends at a second-order stationary point",
    (n, seed) => {
      const next = numbersFrom(seed);
      const f = landscape(n, next);
      const x0 = Array.from({ length: n }, () => 3 * next());
      const { values, point } = run(curvatureFeedback(), f, x0, { escapeSaddles: true });
      for (let i = 1; i < values.length; i++) expect(values[i]).toBeLessThanOrEqual(values[i - 1]!);
      expect(norm(point.gradient)).toBeLessThan(1e-6);
    },
  );

  test("away from small gradients looks cost at most the budget", () => {
    // A long way down a slope: a thousand gradients, none of them small.
    const slope = quadratic(new Float64Array(100), new Float64Array(10).fill(1));
    const { counts, states } = steps(slope, Array(10).fill(0), 1000, {
      stepSize: 1e-3,
      gradientNorm: 1e-3,
      budget: 0.25,
    });
    expect(states.at(-1)?.watch.looks).toBeGreaterThan(0);
    expect(2 * counts.hvp).toBeLessThanOrEqual(0.25 * counts.gradient);
    expect(counts.gradient).toBeLessThanOrEqual(1001);
  });

  test("equal seeds give equal bits; its state is plain data that a run resumes from", () => {
    const f = landscape(6, numbersFrom(4));
    const options = { stepSize: 0.01, seed: 3 };
    const [a, b] = [
      steps(f, [1, 2, 3, 1, 2, 3], 40, options),
      steps(f, [1, 2, 3, 1, 2, 3], 40, options),
    ];
    expect(a.points).toEqual(b.points);
    const solver = curvatureFeedback(options);
    let [point, state] = [a.points[20]!, structuredClone(a.states[19]!)];
    for (let i = 20; i < 40; i++) ({ point, state } = answer(solver.step(point, state), a.oracle));
    expect(point).toEqual(a.points[40]);
  });

  test.for([
    [{ stepSize: 0 }, /stepSize is 0/],
    [{ stepSize: 0.1, descent: lbfgs() as never }, /both descent and stepSize/],
    [{ negative: -1 }, /negative is -1/],
    [{ gradientNorm: 0 }, /gradientNorm is 0/],
    [{ budget: Number.NaN }, /budget is NaN/],
    [{ products: 0 }, /products is 0/],
    [{ noise: -0.1 }, /noise is -0.1/],
    [{ nois: 1 } as object, /unknown option "nois"/],
  ] as const)("refuses %o", ([options, message]) => {
    expect(() => curvatureFeedback(options)).toThrow(message);
  });
});
