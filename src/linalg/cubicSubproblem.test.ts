import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import golden from "./cubicSubproblem.golden.json" with { type: "json" };
import { cubicStep } from "./cubicSubproblem.ts";
import { symmetricEigen } from "./symmetricEigen.ts";
import { flat, largestDifference, numbersFrom, randomSymmetric } from "./testing.ts";
import { matrixVector, norm, quadraticModel } from "./vector.ts";

describe("cubicStep", () => {
  test.for(golden.cases)("$kind, M $M", (example) => {
    const found = cubicStep(flat(example.H), Float64Array.from(example.g), example.M / 2);
    const size = 1 + example.norm;
    expect(Math.abs(found.model - example.model)).toBeLessThan(
      1e-10 * Math.max(1, Math.abs(example.model)),
    );
    expect(Math.abs(norm(found.step) - example.norm)).toBeLessThan(1e-9 * size);
    // A leftmost eigenspace of dimension 2 has a circle of solutions: there model and norm decide.
    if (!example.kind.includes("double")) {
      const errors = example.solutions.map((solution) => largestDifference(solution, found.step));
      expect(Math.min(...errors)).toBeLessThan(1e-9 * size);
    }
  });

  const sigmas = fc.double({ min: -4, max: 4, noNaN: true }).map((p) => 10 ** p);
  property.prop([fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 1e6 }), sigmas])(
    "meets the conditions that prove a global minimum of the cubic model",
    (n, seed, sigma) => {
      const next = numbersFrom(seed);
      const h = randomSymmetric(n, next);
      const g = Float64Array.from({ length: n }, next);
      const { step, multiplier, model } = cubicStep(h, g, sigma);
      const length = norm(step);
      expect(Math.abs(multiplier - sigma * length)).toBeLessThan(1e-9 * (1 + multiplier));
      const residual = new Float64Array(n);
      matrixVector(residual, h, step);
      for (let i = 0; i < n; i++) residual[i] = residual[i]! + multiplier * step[i]! + g[i]!;
      expect(norm(residual)).toBeLessThan(1e-11 * (1 + multiplier) * (1 + length));
      expect(multiplier + symmetricEigen(h, n).values[0]!).toBeGreaterThanOrEqual(-1e-13);
      const value = quadraticModel(h, g, step) + (sigma / 3) * length ** 3;
      expect(Math.abs(model - value)).toBeLessThan(1e-11 * (1 + Math.abs(model) + length ** 2));
    },
  );

  test("is right arbitrarily near the hard case", () => {
    for (const tiny of [1e-8, 1e-16, 1e-80, 1e-300]) {
      const { step } = cubicStep(Float64Array.of(-1, 0, 0, 1), Float64Array.of(tiny, 1), 0.5);
      // λ → 1 and ‖s‖ = λ/σ = 2: s₂ → −1/2 and s₁ → −√(4 − 1/4).
      expect(step[1]).toBeCloseTo(-0.5, 7);
      expect(step[0]).toBeCloseTo(-Math.sqrt(3.75), 7);
    }
  });
});
