import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import cgGolden from "./cg.golden.json" with { type: "json" };
import { applyDense, cg } from "./cg.ts";
import lanczosGolden from "./lanczos.golden.json" with { type: "json" };
import { lanczos } from "./lanczos.ts";
import steihaugGolden from "./steihaug.golden.json" with { type: "json" };
import { steihaug } from "./steihaug.ts";
import { symmetricEigen } from "./symmetricEigen.ts";
import { flat, largestDifference, numbersFrom, randomSymmetric, runAlone } from "./testing.ts";
import { matrixVector, norm, quadraticModel } from "./vector.ts";

const seeds = fc.integer({ min: 0, max: 1e6 });

describe("cg", () => {
  test.for(cgGolden.cases)("follows the golden iterates: $reason", (example) => {
    const g = Float64Array.from(example.gradient);
    const apply = applyDense(flat(example.A), g.length);
    example.iterates.forEach((expected, k) => {
      const { x } = runAlone(cg(apply, g, { tolerance: 0, maxIterations: k + 1 }));
      expect(largestDifference(x, expected)).toBeLessThan(1e-8);
    });
    const end = runAlone(cg(apply, g, { tolerance: 1e-9 }));
    expect(end.iterations).toBe(example.iterations);
    expect(end.reason).toBe(example.reason === "converged" ? "converged" : "negative-curvature");
    if (end.reason === "negative-curvature" && example.direction && example.curvature) {
      expect(largestDifference(end.direction, example.direction)).toBeLessThan(1e-8);
      expect(Math.abs(end.curvature / example.curvature - 1)).toBeLessThan(1e-8);
    }
  });

  test("stops at its budget and says so", () => {
    const apply = applyDense(Float64Array.of(1, 0, 0, 3), 2);
    const end = runAlone(cg(apply, Float64Array.of(1, 1), { tolerance: 0, maxIterations: 1 }));
    expect(end).toMatchObject({ reason: "budget", iterations: 1 });
  });

  property.prop([fc.integer({ min: 1, max: 12 }), seeds])(
    "solves a positive definite system in about n steps",
    (n, seed) => {
      const next = numbersFrom(seed);
      const a = randomSymmetric(n, next);
      for (let i = 0; i < n; i++) a[i * n + i] = n + 1;
      const g = Float64Array.from({ length: n }, next);
      const { x, reason, iterations } = runAlone(cg(applyDense(a, n), g, { tolerance: 1e-12 }));
      expect(reason).toBe("converged");
      expect(iterations).toBeLessThanOrEqual(n + 2);
      const image = new Float64Array(n);
      matrixVector(image, a, x);
      expect(
        largestDifference(
          image,
          g.map((gi) => -gi),
        ),
      ).toBeLessThan(1e-11);
    },
  );
});

describe("steihaug", () => {
  const reasons = new Map([
    ["converged", "converged"],
    ["boundary", "boundary"],
    ["negativeCurvature", "negative-curvature"],
  ]);

  test.for(steihaugGolden.cases)(
    "$kind, radius $radius",
    ({ H, g: gradient, radius, tight, loose }) => {
      const g = Float64Array.from(gradient);
      const apply = applyDense(flat(H), g.length);
      for (const expected of [tight, loose]) {
        const found = runAlone(steihaug(apply, g, radius, { tolerance: expected.tol }));
        expect(largestDifference(found.step, expected.s)).toBeLessThan(1e-9 * (1 + radius));
        expect(found.reason).toBe(reasons.get(expected.reason));
        expect(found.iterations).toBe(expected.iterations);
        const error = Math.abs(found.model - expected.model);
        expect(error).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected.model)));
      }
      tight.path.forEach((expected, k) => {
        const options = { tolerance: tight.tol, maxIterations: k + 1 };
        const { step } = runAlone(steihaug(apply, g, radius, options));
        expect(largestDifference(step, expected)).toBeLessThan(1e-9 * (1 + radius));
      });
    },
  );

  property.prop([
    fc.integer({ min: 1, max: 10 }),
    seeds,
    fc.double({ min: 0.01, max: 100, noNaN: true }),
  ])(
    "stays in the ball, reports its model value and never does worse than the Cauchy point",
    (n, seed, radius) => {
      const next = numbersFrom(seed);
      const h = randomSymmetric(n, next);
      const g = Float64Array.from({ length: n }, next);
      const { step, model } = runAlone(steihaug(applyDense(h, n), g, radius, { tolerance: 0 }));
      expect(norm(step)).toBeLessThanOrEqual(radius * (1 + 1e-12));
      const exact = quadraticModel(h, g, step);
      expect(Math.abs(model - exact)).toBeLessThan(1e-9 * (1 + radius) ** 2);
      const first = { tolerance: 0, maxIterations: 1 };
      const cauchy = runAlone(steihaug(applyDense(h, n), g, radius, first));
      expect(model).toBeLessThanOrEqual(cauchy.model);
    },
  );
});

describe("lanczos", () => {
  test.for(lanczosGolden.cases)(
    "gives the golden tridiagonal matrix and Ritz values",
    (example) => {
      const n = example.b.length;
      const start = Float64Array.from(example.b);
      const options = { steps: example.k, start, tolerance: 0 };
      const found = runAlone(lanczos(applyDense(flat(example.A), n), n, options));
      expect(largestDifference(found.alpha, example.alpha)).toBeLessThan(1e-8);
      expect(largestDifference(found.beta, example.beta)).toBeLessThan(1e-8);
      const last = example.ritzValues.length - 1;
      expect(found.smallest.value).toBeCloseTo(example.ritzValues[0]!, 8);
      expect(found.largest.value).toBeCloseTo(example.ritzValues[last]!, 8);
      expect(Math.abs(found.smallest.error - example.residualNorms[0]!)).toBeLessThan(1e-8);
      expect(Math.abs(found.largest.error - example.residualNorms[last]!)).toBeLessThan(1e-8);
    },
  );

  property.prop([fc.integer({ min: 1, max: 40 }), seeds])(
    "finds both ends of a random spectrum, within the error it states",
    (n, seed) => {
      const a = randomSymmetric(n, numbersFrom(seed));
      const { values } = symmetricEigen(a, n);
      const { smallest, largest } = runAlone(lanczos(applyDense(a, n), n, { steps: n }));
      for (const [pair, exact] of [
        [smallest, values[0]!],
        [largest, values[n - 1]!],
      ] as const) {
        const image = new Float64Array(n);
        matrixVector(image, a, pair.vector);
        const expected = pair.vector.map((entry) => entry * pair.value);
        expect(norm(image.map((entry, i) => entry - expected[i]!))).toBeLessThanOrEqual(pair.error);
        expect(Math.abs(pair.value - exact)).toBeLessThanOrEqual(pair.error + 1e-9);
      }
    },
  );

  test("has no ghost eigenvalues: a hundred steps on a wide spectrum keep the ends right", () => {
    const n = 400;
    const apply = function* (v: Float64Array) {
      return v.map((vi, i) => vi * (i === 0 ? -3 : i === n - 1 ? 1e6 : 1 + i / n));
    };
    const found = runAlone(lanczos(apply, n, { steps: 100, tolerance: 1e-13 }));
    expect(found.largest.value / 1e6).toBeCloseTo(1, 12);
    expect(Math.abs(found.smallest.value + 3)).toBeLessThanOrEqual(found.smallest.error);
    expect(found.smallest.error).toBeLessThan(1e-3);
  });

  test("survives the early breakdown of few distinct eigenvalues", () => {
    const n = 50;
    const apply = function* (v: Float64Array) {
      return v.map((vi, i) => (i < 20 ? -2 : 5) * vi);
    };
    const found = runAlone(lanczos(apply, n));
    expect(found).toMatchObject({ reason: "exhausted", steps: 2 });
    expect(found.smallest.value).toBeCloseTo(-2, 12);
    expect(found.largest.value).toBeCloseTo(5, 12);
  });

  test("does not trust a given start that misses an eigenvector", () => {
    // A saddle reached along x: the gradient's Krylov space never sees y, where the curvature is −2.
    const apply = applyDense(Float64Array.of(2, 0, 0, -2), 2);
    const found = runAlone(lanczos(apply, 2, { start: Float64Array.of(1, 0) }));
    expect(found.smallest.value).toBeCloseTo(-2, 12);
    expect(Math.abs(found.smallest.vector[1]!)).toBeCloseTo(1, 12);
    const many = function* (v: Float64Array) {
      return v.map((vi, i) => (i === 17 ? -1 : 1) * vi);
    };
    const start = Float64Array.from({ length: 30 }, (_, i) => (i === 0 ? 1 : 0));
    const wide = runAlone(lanczos(many, 30, { start }));
    expect(wide.smallest.value).toBeCloseTo(-1, 12);
    expect(wide.beta).toContain(0);
  });

  test("handles the zero operator and one unknown", () => {
    const zero = runAlone(lanczos(applyDense(new Float64Array(9), 3), 3));
    expect(zero.smallest.value).toBe(0);
    const one = runAlone(lanczos(applyDense(Float64Array.of(-4), 1), 1));
    expect(one).toMatchObject({ reason: "exhausted", steps: 1 });
    expect(one.smallest.value).toBeCloseTo(-4, 14);
    expect(one.largest.value).toBeCloseTo(-4, 14);
  });

  test("refuses a start without direction, and NaN products", () => {
    const apply = applyDense(new Float64Array(4).fill(Number.NaN), 2);
    expect(() => runAlone(lanczos(apply, 2, { start: new Float64Array(2) }))).toThrow(/norm 0/);
    expect(() => runAlone(lanczos(apply, 2))).toThrow(/product 1 holds NaN/);
    expect(() => runAlone(lanczos(apply, 2, { steps: 0 }))).toThrow(/steps is 0/);
  });
});
