import { describe, expect, test } from "vitest";
import { uniform } from "../../cli/bench/random.ts";
import { type SampleLoss, weightedLoss } from "./loss.ts";
import { multinomialLoss } from "./multinomialLoss.ts";
import { huberLoss, logistic, pinball, poisson, squared } from "./sampleLosses.ts";

interface Case {
  readonly loss: SampleLoss;
  readonly y: number;
  /** Where the conjugate is finite. */
  readonly domain: readonly [number, number];
}
const infinite = Number.POSITIVE_INFINITY;
const cases: Readonly<Record<string, Case>> = {
  squared: { loss: squared, y: 0.7, domain: [-infinite, infinite] },
  "logistic, the larger label": { loss: logistic, y: 1, domain: [-1, 0] },
  "logistic, the smaller label": { loss: logistic, y: -1, domain: [0, 1] },
  poisson: { loss: poisson, y: 3, domain: [-3, infinite] },
  "a count of 0": { loss: poisson, y: 0, domain: [0, infinite] },
  pinball: { loss: pinball(0.3), y: 0.7, domain: [-0.3, 0.7] },
  huber: { loss: huberLoss(0.5), y: 0.7, domain: [-0.5, 0.5] },
};

describe.for(Object.entries(cases))(
  "%s",
  ([
    ,
    {
      loss,
      y,
      domain: [low, high],
    },
  ]) => {
    const etas = Array.from({ length: 41 }, (_, i) => (i - 20) / 8 + 0.01);

    test("has the slope and the bend of its value", () => {
      const h = 1e-5;
      for (const eta of etas) {
        const slope = (loss.value(eta + h, y) - loss.value(eta - h, y)) / (2 * h);
        expect(loss.slope(eta, y)).toBeCloseTo(slope, 7);
        const bend = (loss.slope(eta + h, y) - loss.slope(eta - h, y)) / (2 * h);
        expect(loss.bend(eta, y)).toBeCloseTo(bend, 5);
        if (loss.bendBound !== undefined)
          expect(loss.bend(eta, y)).toBeLessThanOrEqual(loss.bendBound);
      }
    });

    test("has a conjugate that lies above θη − ℓ(η), and meets it at the slope", () => {
      for (const eta of etas) {
        const theta = loss.slope(eta, y);
        expect(loss.conjugate(theta, y)).toBeCloseTo(theta * eta - loss.value(eta, y), 9);
        for (const other of etas)
          expect(loss.conjugate(theta, y)).toBeGreaterThanOrEqual(
            theta * other - loss.value(other, y) - 1e-12,
          );
      }
    });

    test("has no finite conjugate where θη − ℓ(η) has no bound", () => {
      if (Number.isFinite(low)) expect(loss.conjugate(low - 1e-3, y)).toBe(infinite);
      if (Number.isFinite(high)) expect(loss.conjugate(high + 1e-3, y)).toBe(infinite);
      for (const inside of [Math.max(low, -9) + 1e-3, Math.min(high, 9) - 1e-3])
        expect(Number.isFinite(loss.conjugate(inside, y))).toBe(true);
    });
  },
);

describe("the best constant", () => {
  const next = uniform(3);
  const y = Float64Array.from({ length: 10 }, () => next());
  const targets: readonly (readonly [string, SampleLoss, Float64Array])[] = [
    ["squared", squared, y],
    ["logistic", logistic, y.map((value) => (value > 0.4 ? 1 : -1))],
    ["poisson", poisson, y.map((value) => Math.round(3 * value))],
    ["huber", huberLoss(0.2), y],
    ["pinball of a quarter", pinball(0.25), y],
    ["pinball of a tenth", pinball(0.1), y],
    ["pinball of nine tenths", pinball(0.9), y],
  ];
  test.for(targets)("of %s: none beside it is better, weighted or not", ([name, loss, own]) => {
    const ones = new Float64Array(10).fill(1);
    const uneven = ones.map((_, i) => 1 + (i % 4));
    for (const weights of name.startsWith("pinball") ? [ones] : [ones, uneven]) {
      const value = (constant: number): number =>
        weightedLoss(loss, own, weights).value(new Float64Array(10).fill(constant));
      const best = loss.constant(own, weights);
      for (const off of [1e-3, 1e-2, 0.1])
        for (const side of [1, -1])
          expect(value(best + side * off)).toBeGreaterThanOrEqual(value(best) - 1e-12);
    }
  });
});

describe.for([3, 2])("the cross entropy of 3 classes, %d of them with predictors", (coded) => {
  const labels = Int32Array.of(0, 2, 1, 2);
  const loss = multinomialLoss(labels, 3, coded);
  const next = uniform(7);
  const draw = (): Float64Array => Float64Array.from({ length: 4 * coded }, () => 4 * next() - 2);
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((s, v, i) => s + v * b[i]!, 0);

  test("has a dual that lies below f(η) − ⟨θ, η⟩, and meets it at the slopes", () => {
    for (let k = 0; k < 20; k++) {
      const eta = draw();
      const [theta, bends] = [eta.slice(), eta.slice()];
      loss.derivatives(eta, theta, bends);
      expect(loss.dual!(theta)).toBeCloseTo(loss.value(eta) - dot(theta, eta), 9);
      for (let l = 0; l < 20; l++) {
        const other = draw();
        expect(loss.dual!(theta)).toBeLessThanOrEqual(
          loss.value(other) - dot(theta, other) + 1e-12,
        );
      }
      // Beyond the simplex: a chance below 0, and chances that add up to more than 1.
      for (const [place, by] of [
        [0, -2],
        [0, 2],
      ] as const) {
        const outside = theta.slice();
        outside[place] = outside[place]! + by;
        expect(loss.dual!(outside)).toBe(-infinite);
      }
    }
    // Chances that add up to less: no bound where all classes have predictors; else the last class has the rest.
    const less = new Float64Array(4 * coded);
    less[0] = -0.1; // of the first sample, whose label is 0: 1 − 4·0.1
    expect(Number.isFinite(loss.dual!(less))).toBe(coded === 2);
  });
});
