import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { answer, type Vector } from "../../../linalg/ask.ts";
import { largestDifference, numbersFrom, randomSymmetric } from "../../../linalg/testing.ts";
import { normInf } from "../../../linalg/vector.ts";
import type { Point } from "../solver.ts";
import { landscape, ofOne, oracleOf, quadratic, run, shifted } from "../testing.ts";
import { addPair, curvaturePairs, quasiNewtonDirection } from "./curvaturePairs.ts";
import golden from "./lbfgs.golden.json" with { type: "json" };
import { type LbfgsOptions, lbfgs } from "./lbfgs.ts";
import torch from "./torchLbfgs.golden.json" with { type: "json" };

const zeros = (n: number): Vector => new Float64Array(n);

describe("quasiNewtonDirection", () => {
  test.for(golden.cases)(
    "gives the golden direction, γ = $gamma",
    ({ s, y, gradient, direction }) => {
      const n = gradient.length;
      const pairs = curvaturePairs(s.length, n);
      s.forEach((step, k) => {
        const change = Float64Array.from(y[k] ?? []);
        expect(addPair(pairs, zeros(n), zeros(n), Float64Array.from(step), change)).toBe(true);
      });
      const out = zeros(n);
      quasiNewtonDirection(pairs, Float64Array.from(gradient), out);
      expect(largestDifference(out, direction)).toBeLessThan(1e-9);
    },
  );

  test.for(torch.cases)(
    "leads along PyTorch's trajectory when its steps have PyTorch's length, $problem",
    ({ problem, options, params }) => {
      const { A: matrix, b } = torch.problems.quadratic;
      const slope = (x: Vector): Vector =>
        problem === "quadratic"
          ? x.map((_, i) => matrix[i]!.reduce((sum, aij, j) => sum + aij * x[j]!, -b[i]!))
          : x.map((xi, i) => {
              const up = i + 1 < x.length ? -40 * xi * (x[i + 1]! - xi * xi) - 2 * (1 - xi) : 0;
              return up + (i > 0 ? 20 * (xi - x[i - 1]! ** 2) : 0);
            });
      let x = Float64Array.from(
        problem === "quadratic" ? torch.problems.quadratic.x0 : torch.problems["rosenbrock-nd"].x0,
      );
      let gradient = slope(x);
      const pairs = curvaturePairs(options.history_size, x.length);
      const expected: Readonly<Record<string, readonly number[]>> = params;
      for (let step = 1; step <= 10; step++) {
        const direction = zeros(x.length);
        quasiNewtonDirection(pairs, gradient, direction);
        const first = Math.min(1, 1 / gradient.reduce((sum, gi) => sum + Math.abs(gi), 0));
        const length = options.lr * (step === 1 ? first : 1);
        const next = x.map((xi, i) => xi + length * direction[i]!);
        const nextGradient = slope(next);
        addPair(pairs, x, gradient, next, nextGradient);
        [x, gradient] = [next, nextGradient];
        const golden = expected[step];
        if (golden !== undefined) expect(largestDifference(x, golden)).toBeLessThan(1e-9);
      }
    },
  );

  test("uses only the newest pairs that the memory holds", () => {
    const [small, large] = [curvaturePairs(2, 2), curvaturePairs(5, 2)];
    const next = numbersFrom(1);
    for (let k = 0; k < 7; k++) {
      const s = Float64Array.of(next(), next());
      const y = Float64Array.of(2 * s[0]!, 3 * s[1]!);
      addPair(small, zeros(2), zeros(2), s, y);
      if (k >= 5) addPair(large, zeros(2), zeros(2), s, y);
    }
    const [a, b] = [zeros(2), zeros(2)];
    quasiNewtonDirection(small, Float64Array.of(1, -2), a);
    quasiNewtonDirection(large, Float64Array.of(1, -2), b);
    expect([...a]).toEqual([...b]);
  });
});

describe("addPair", () => {
  test.for([
    { name: "negative curvature", y: [-1, 0] },
    { name: "no curvature", y: [0, 1] },
    { name: "no change", y: [0, 0] },
    { name: "NaN", y: [Number.NaN, 1] },
    { name: "infinity", y: [Number.POSITIVE_INFINITY, 1] },
  ])("leaves out a pair of $name", ({ y }) => {
    const pairs = curvaturePairs(3, 2);
    expect(addPair(pairs, zeros(2), zeros(2), Float64Array.of(1, 0), Float64Array.from(y))).toBe(
      false,
    );
    expect(pairs.count).toBe(0);
  });
});

describe("lbfgs", () => {
  const sizes = fc.integer({ min: 1, max: 10 });
  const seeds = fc.integer({ min: 0, max: 1e6 });

  property.prop([sizes, seeds])("solves a random convex quadratic", (n, seed) => {
    const next = numbersFrom(seed);
    const h = randomSymmetric(n, next);
    for (let i = 0; i < n; i++) h[i * n + i] = n + 1 + next();
    const f = quadratic(h, Float64Array.from({ length: n }, next));
    const { point, stop } = run(
      lbfgs(),
      f,
      Array.from({ length: n }, () => 10 * next()),
    );
    expect(["gradient", "rounding"]).toContain(stop.criterion);
    expect(normInf(point.gradient)).toBeLessThan(1e-6);
  });

  property.prop([sizes, seeds])("never raises the value on a rugged landscape", (n, seed) => {
    const next = numbersFrom(seed);
    const f = landscape(n, next);
    const { values, point } = run(
      lbfgs(),
      f,
      Array.from({ length: n }, () => 8 * next()),
    );
    values.forEach((value, i) => {
      if (i > 0) expect(value).toBeLessThanOrEqual(values[i - 1]!);
    });
    expect(normInf(point.gradient)).toBeLessThan(1e-5);
  });

  test.for([1, 2, 3, 4, 5, 6, 7, 8])("does not depend on the origin: landscape %i", (seed) => {
    const next = numbersFrom(seed);
    const f = landscape(3, next);
    const start = Array.from({ length: 3 }, () => 4 * next());
    const shift = Float64Array.from({ length: 3 }, () => 4 * next());
    const options = { maxIterations: 6 };
    const here = run(lbfgs(), f, start, options);
    const there = run(
      lbfgs(),
      shifted(f, shift),
      start.map((x, i) => x + shift[i]!),
      options,
    );
    expect(there.counts).toEqual(here.counts);
    expect(largestDifference(there.values, here.values)).toBeLessThan(1e-7);
  });

  test("solves a quadratic of n unknowns in about n iterations, whatever its scale", () => {
    for (const scale of [1e-6, 1, 1e6]) {
      const f = quadratic(
        Float64Array.of(4, 1, 1, 3).map((h) => h * scale),
        Float64Array.of(scale, -scale),
      );
      const { iterations, stop } = run(lbfgs(), f, [5, 7], { tolerance: 1e-8 * scale });
      expect(stop.criterion).toBe("gradient");
      expect(iterations).toBeLessThanOrEqual(12);
    }
  });

  test("resumes from a saved state with the same bits", () => {
    const f = landscape(4, numbersFrom(11));
    const { oracle } = oracleOf(f);
    const solver = lbfgs({ memory: 3 });
    const x = Float64Array.of(3, -2, 5, 1);
    let point: Point = { x, ...f.gradient(x) };
    let state = solver.init(point);
    let saved: { point: Point; state: typeof state } = structuredClone({ point, state });
    for (let k = 0; k < 12; k++) {
      if (k === 5) saved = structuredClone({ point, state });
      ({ point, state } = answer(solver.step(point, state), oracle));
    }
    let resumed: typeof saved = saved;
    for (let k = 5; k < 12; k++)
      resumed = answer(solver.step(resumed.point, resumed.state), oracle);
    expect(resumed.point).toEqual(point);
  });

  test("calls an end that the value's rounding sets by its name", () => {
    // The slope is wrong by 1e-5, as after cancellation: the last digits of the value see no descent.
    const f = ofOne(
      (x) => 2 + x * x,
      (x) => 2 * x + 1e-5,
      () => 2,
    );
    const { stop, point } = run(lbfgs(), f, [0], { tolerance: 1e-9 });
    expect(stop.criterion).toBe("rounding");
    expect(point.x[0]).toBe(0);
  });

  test("stalls with its line search where the gradient is wrong", () => {
    const f = ofOne(
      (x) => x * x,
      (x) => -2 * x,
      () => 2,
    );
    const { stop, point } = run(lbfgs(), f, [1]);
    expect(stop.criterion).toBe("line-search");
    expect(point.x[0]).toBe(1);
  });

  test("clears its memory, and counts that, when a direction leads nowhere", () => {
    const f = landscape(2, numbersFrom(5));
    const { oracle } = oracleOf(f);
    const solver = lbfgs();
    const x = Float64Array.of(2, 1);
    let point: Point = { x, ...f.gradient(x) };
    let state = solver.init(point);
    ({ point, state } = answer(solver.step(point, state), oracle));
    state.pairs.s.fill(Number.NaN);
    const before = point.value;
    ({ point, state } = answer(solver.step(point, state), oracle));
    expect(state.resets).toBe(1);
    expect(point.value).toBeLessThan(before);
  });

  const refused: readonly (readonly [LbfgsOptions, RegExp])[] = [
    [{ memory: 0 }, /memory is 0/],
    [{ memory: 1.5 }, /memory is 1.5/],
    [{ decrease: 0.6 }, /decrease is 0.6/],
    [{ curvature: 1 }, /curvature is 1/],
    [{ decrease: 0.3, curvature: 0.2 }, /above 0.3/],
    [{ memory: 3, ...{ memroy: 5 } }, /did you mean memory/],
  ];
  test.for(refused)("refuses %o", ([options, message]) => {
    expect(() => lbfgs(options)).toThrow(message);
  });
});
