import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { cauchyPoint, doglegPoint } from "./pathSteps.ts";
import { symmetricEigen } from "./symmetricEigen.ts";
import { flat, largestDifference, numbersFrom, randomSymmetric } from "./testing.ts";
import golden from "./trustRegionSubproblem.golden.json" with { type: "json" };
import { trustRegionStep } from "./trustRegionSubproblem.ts";
import { dot, matrixVector, norm, quadraticModel } from "./vector.ts";

describe("trustRegionStep", () => {
  test.for(golden.cases)("$kind, radius $radius", (example) => {
    const g = Float64Array.from(example.g);
    const found = trustRegionStep(flat(example.H), g, example.radius);
    const size = 1 + norm(found.step);
    expect(Math.abs(found.multiplier - example.multiplier)).toBeLessThan(1e-8);
    const modelError = Math.abs(found.model - example.model);
    expect(modelError).toBeLessThan(1e-10 * Math.max(1, Math.abs(example.model)));
    expect(found.onBoundary).toBe(example.onBoundary);
    if (found.onBoundary) expect(norm(found.step)).toBeCloseTo(example.radius, 9);
    // A leftmost eigenspace of dimension 2 has a circle of solutions: there the model value decides.
    if (!("note" in example)) {
      const errors = example.solutions.map((solution) => largestDifference(solution, found.step));
      expect(Math.min(...errors)).toBeLessThan(1e-9 * size);
    }
  });

  const radii = fc.double({ min: -3, max: 3, noNaN: true }).map((p) => 10 ** p);
  property.prop([fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 1e6 }), radii])(
    "meets the conditions that prove a global minimum of the model in the ball",
    (n, seed, radius) => {
      const next = numbersFrom(seed);
      const h = randomSymmetric(n, next);
      const g = Float64Array.from({ length: n }, next);
      const { step, multiplier, model } = trustRegionStep(h, g, radius);
      const smallest = symmetricEigen(h, n).values[0]!;
      const residual = new Float64Array(n);
      matrixVector(residual, h, step);
      for (let i = 0; i < n; i++) residual[i] = residual[i]! + multiplier * step[i]! + g[i]!;
      expect(norm(residual)).toBeLessThan(1e-11 * (1 + multiplier) * (1 + radius));
      expect(multiplier).toBeGreaterThanOrEqual(0);
      expect(multiplier + smallest).toBeGreaterThanOrEqual(-1e-13);
      expect(norm(step)).toBeLessThanOrEqual(radius * (1 + 1e-10));
      expect(multiplier * (radius - norm(step))).toBeLessThan(1e-9 * radius * (1 + multiplier));
      expect(Math.abs(model - quadraticModel(h, g, step))).toBeLessThan(1e-12 * (1 + radius) ** 2);
    },
  );

  test("is right arbitrarily near the hard case", () => {
    for (const tiny of [1e-8, 1e-16, 1e-80, 1e-300]) {
      const { step } = trustRegionStep(Float64Array.of(-1, 0, 0, 1), Float64Array.of(tiny, 1), 2);
      // λ → 1: s₂ → −1/2 and s₁ → −√(4 − 1/4).
      expect(step[1]).toBeCloseTo(-0.5, 7);
      expect(step[0]).toBeCloseTo(-Math.sqrt(3.75), 7);
    }
  });

  test("takes no arbitrary step in the null space of a singular Hessian", () => {
    // H = aaᵀ and g = a: the minimum-norm solution is −a/‖a‖², whatever rounding makes of the rest.
    const a = Float64Array.of(1 / 3, 2 / 3, 0.7, 1.1);
    const h = Float64Array.from({ length: 16 }, (_, k) => a[k >> 2]! * a[k & 3]!);
    const { step, model } = trustRegionStep(h, a, 1e3);
    expect(
      largestDifference(
        step,
        a.map((ai) => -ai / dot(a, a)),
      ),
    ).toBeLessThan(1e-12);
    expect(model).toBeCloseTo(-0.5, 12);
  });
});

describe("cauchyPoint and doglegPoint", () => {
  test.for(golden.cases)("Cauchy point: $kind, radius $radius", ({ H, g, radius, cauchy }) => {
    const found = cauchyPoint(flat(H), Float64Array.from(g), radius);
    expect(largestDifference(found, cauchy ?? [0, 0, 0].slice(0, g.length))).toBeLessThan(
      1e-9 * (1 + radius),
    );
  });

  const withDogleg = golden.cases.flatMap(({ dogleg, ...rest }) =>
    dogleg ? [{ ...rest, dogleg }] : [],
  );
  test.for(withDogleg)("dogleg point: $kind, radius $radius", ({ H, g, radius, dogleg }) => {
    const found = doglegPoint(flat(H), Float64Array.from(g), radius);
    expect(largestDifference(found, dogleg)).toBeLessThan(1e-9 * (1 + radius));
  });

  test("dogleg refuses an indefinite Hessian", () => {
    const h = Float64Array.of(1, 0, 0, -1);
    expect(() => doglegPoint(h, Float64Array.of(1, 1), 1)).toThrow(/not positive definite/);
  });
});
