import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { envelope, smoothed } from "./smooth.ts";

const curve = (values: readonly number[]) => values.map((y, i) => [i, y] as const);

describe("smoothing", () => {
  test("is the debiased exponential mean", () => {
    // By hand: m = 1·½, then ½·½ + ½·3 = 1.75, …, over 1 − ½ⁿ.
    expect(smoothed(curve([1, 3, 5]), 0.5).map(([, y]) => y)).toEqual([
      1,
      1.75 / 0.75,
      3.375 / 0.875,
    ]);
  });

  test("leaves constants, two points and a weight of 0 as they are", () => {
    expect(smoothed(curve([0.1, 0.1, 0.1]), 0.9)).toEqual(curve([0.1, 0.1, 0.1]));
    expect(smoothed(curve([1, 2]), 0.9)).toEqual(curve([1, 2]));
    expect(smoothed(curve([1, 5, 2]), 0)).toEqual(curve([1, 5, 2]));
  });

  test("passes on what is not finite, and does not let it spread", () => {
    const [, nan, after] = smoothed(curve([1, Number.NaN, 3, 2]), 0.5).map(([, y]) => y);
    expect(nan).toBeNaN();
    // Two steps on: half of a half of the past is left.
    expect(after).toBeCloseTo((0.25 * 0.5 + 0.75 * 3) / (1 - 0.5 * 0.25), 12);
  });

  property.prop([
    fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 3, maxLength: 50 }),
    fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  ])("stays within what it smooths, and old points do not move when new ones come", (values, w) => {
    const all = smoothed(curve(values), w).map(([, y]) => y);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    for (const y of all) {
      expect(y).toBeGreaterThanOrEqual(low - 1e-9);
      expect(y).toBeLessThanOrEqual(high + 1e-9);
    }
    if (new Set(values.slice(0, -1)).size === 1) return;
    const fewer = smoothed(curve(values.slice(0, -1)), w).map(([, y]) => y);
    if (fewer.length > 2)
      fewer.forEach((y, i) => {
        expect(y).toBeCloseTo(all[i]!, 9);
      });
  });
});

test("an envelope has the extremes of each stretch", () => {
  expect(envelope(curve([3, 1, 2, 5, Number.NaN, 4]), 2)).toEqual([
    [1, 1, 3],
    [4, 4, 5],
  ]);
});
