import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { answer } from "../../../linalg/ask.ts";
import { numbersFrom } from "../../../linalg/testing.ts";
import { normInf } from "../../../linalg/vector.ts";
import type { Point } from "../solver.ts";
import { landscape, oracleOf, run, type Smooth, shifted } from "../testing.ts";
import { nelderMead } from "./nelderMead.ts";

/** A function by its values; the gradient that the driver asks for at the start is not used. */
const byValue = (value: (x: Float64Array) => number): Smooth => ({
  value,
  gradient: (x) => ({ value: value(x), gradient: new Float64Array(x.length).fill(1) }),
  hessian: () => new Float64Array(0),
});

const long = { maxIterations: 5000, escapeSaddles: false };

describe("nelderMead", () => {
  // From (0, 0) with edges 1 on f = x₁² + 2x₂² − 2x₁ the vertices are (0, 0), (1, 0), (0, 1) with f = 0, −1, 2. The
  // worst, (0, 1), is reflected in (½, 0) to (1, −1), f = 1: worse than the second worst, so the contraction with
  // ¾ − ¼ = ½ to (¾, −½), f = −7/16, takes its place.
  test("makes the first moves that can be made by hand", () => {
    const f = byValue((x) => x[0]! ** 2 + 2 * x[1]! ** 2 - 2 * x[0]!);
    const { oracle, counts } = oracleOf(f);
    const solver = nelderMead({ initialStep: 1 });
    const x = new Float64Array(2);
    let point: Point = { x, ...f.gradient(x) };
    let state = solver.init(point);
    ({ point, state } = answer(solver.step(point, state), oracle));
    expect([...state.simplex]).toEqual([1, 0, 0, 0, 0, 1]);
    expect(counts.value).toBe(2);
    ({ point, state } = answer(solver.step(point, state), oracle));
    expect([...state.simplex]).toEqual([1, 0, 0.75, -0.5, 0, 0]);
    expect([...state.values]).toEqual([-1, -0.4375, 0]);
    expect(counts.value).toBe(4);
    expect(point.residual).toBe(1);
  });

  property.prop([fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 1e6 })])(
    "never raises the best value, and ends where a smooth landscape is flat",
    (n, seed) => {
      const next = numbersFrom(seed);
      const f = landscape(n, next);
      const start = Array.from({ length: n }, () => 4 * next());
      const { values, point } = run(nelderMead(), f, start, long);
      values.forEach((value, i) => {
        if (i > 0) expect(value).toBeLessThanOrEqual(values[i - 1]!);
      });
      expect(normInf(f.gradient(point.x).gradient)).toBeLessThan(1e-3);
    },
  );

  test("takes the same path on any increasing function of f, and from a moved origin", () => {
    const f = landscape(3, numbersFrom(3));
    const options = { ...long, maxIterations: 60 };
    const plain = run(nelderMead(), f, [0.5, -0.25, 0.75], options);
    const exponential = byValue((x) => Math.exp(f.value(x)));
    const bent = run(nelderMead(), exponential, [0.5, -0.25, 0.75], options);
    expect(bent.point.x).toEqual(plain.point.x);
    // Edges are alike for |x| ≤ 1, and these numbers move without rounding.
    const moved = run(
      nelderMead(),
      shifted(f, Float64Array.of(0.25, 0.25, -0.5)),
      [0.75, 0, 0.25],
      options,
    );
    expect(moved.counts).toEqual(plain.counts);
  });

  test("goes on by a fresh simplex where the first has come to rest", () => {
    // McKinnon (1998), example with τ = 2, θ = 6, φ = 60: from his simplex the method contracts forever to (0, 0),
    // which is not stationary; f = −½ + … lies below.
    const f = byValue(([x = 0, y = 0]) => (x <= 0 ? 360 * x * x : 6 * x * x) + y + y * y);
    const { point } = run(nelderMead(), f, [0, 0], long);
    expect(point.value).toBeCloseTo(-0.25, 10);
    const once = run(nelderMead({ restarts: 0 }), landscape(4, numbersFrom(8)), [1, 2, 3, 4], long);
    const often = run(
      nelderMead({ restarts: 5 }),
      landscape(4, numbersFrom(8)),
      [1, 2, 3, 4],
      long,
    );
    expect(often.point.value).toBeLessThanOrEqual(once.point.value);
    expect(often.counts.value).toBeGreaterThan(once.counts.value);
  });

  test("treats what is not a number as a wall", () => {
    const f = byValue(([x = 0]) => x - Math.log(x)); // NaN below 0
    const { point } = run(nelderMead({ initialStep: 5 }), f, [4], long);
    expect(point.x[0]).toBeCloseTo(1, 6);
  });

  test("resumes from a saved state with the same bits", () => {
    const f = landscape(3, numbersFrom(11));
    const { oracle } = oracleOf(f);
    const solver = nelderMead();
    const x = Float64Array.of(3, -2, 1);
    let point: Point = { x, ...f.gradient(x) };
    let state = solver.init(point);
    let saved = structuredClone({ point, state });
    for (let k = 0; k < 30; k++) {
      if (k === 12) saved = structuredClone({ point, state });
      ({ point, state } = answer(solver.step(point, state), oracle));
    }
    let resumed: typeof saved = saved;
    for (let k = 12; k < 30; k++)
      resumed = answer(solver.step(resumed.point, resumed.state), oracle);
    expect(resumed.point).toEqual(point);
  });

  test("refuses options out of range", () => {
    expect(() => nelderMead({ initialStep: 0 })).toThrow(/initialStep is 0/);
    expect(() => nelderMead({ restarts: -1 })).toThrow(/restarts is -1/);
    expect(() => nelderMead({ ...{ xtol: 1 } } as object)).toThrow(/unknown option "xtol"/);
  });
});
