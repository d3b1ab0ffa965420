import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { summarizeTensor } from "./tensorSummary.ts";

describe("a tensor's summary", () => {
  test("has its norm, extremes, zeros and what is not finite", () => {
    const told = summarizeTensor(Float32Array.of(3, -4, 0, Number.NaN, 0, Infinity), [2, 3]);
    expect(told).toMatchObject({ norm: 5, low: -4, high: 3, zeros: 2, notFinite: 2, size: 6 });
    expect(told.mean).toBe(-0.25);
    expect(told.heat).toMatchObject({ rows: 2, columns: 3, ofRows: 2, ofColumns: 3 });
    expect(told.heat.values).toEqual([3, -4, 0, Number.NaN, 0, Number.NaN]);
  });

  test("a heat map of a large tensor is of means over blocks, filters laid out as rows", () => {
    // Each filter of 64 has 3·32 equal values: its number.
    const data = Float64Array.from({ length: 64 * 96 }, (_, i) => Math.floor(i / 96));
    const { heat } = summarizeTensor(data, [64, 3, 4, 8]);
    expect(heat).toMatchObject({ ofRows: 64, ofColumns: 96, rows: 32, columns: 32 });
    expect(heat.values.slice(0, 32)).toEqual(Array(32).fill(0.5));
    expect(heat.values.at(-1)).toBe(62.5);
  });

  test("of nothing finite says so", () => {
    const told = summarizeTensor([Number.NaN], [1]);
    expect([told.low, told.high, told.notFinite]).toEqual([Number.NaN, Number.NaN, 1]);
    expect(told.histogram.every((count) => count === 0)).toBe(true);
  });

  property.prop([fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 })])(
    "each value is counted once, and is not sent itself",
    (values) => {
      const { histogram, heat, low, high } = summarizeTensor(values, [values.length]);
      expect(histogram.reduce((sum, count) => sum + count, 0)).toBe(values.length);
      expect(heat.values.length).toBeLessThanOrEqual(32);
      expect([low, high]).toEqual([Math.min(...values), Math.max(...values)]);
    },
  );
});
