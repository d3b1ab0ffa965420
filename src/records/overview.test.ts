import { describe, expect, test } from "vitest";
import {
  OVERVIEW_BUCKETS,
  type Overview,
  OverviewBuilder,
  packBuckets,
  packOverviews,
  unpackOverviews,
} from "./overview.ts";

const overviewOf = (values: readonly number[], steps?: readonly number[]): Overview => {
  const builder = new OverviewBuilder();
  for (const [i, value] of values.entries()) builder.add(steps?.[i] ?? i, value);
  return builder.overview;
};

describe("an overview", () => {
  test.for([0, 1, 255, 256, 257, 1000, 4096, 5001])(
    "of %i points holds the lowest and highest of each bucket",
    (length) => {
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      // Some points, and some whole buckets, are not finite.
      const values = Array.from({ length }, (_, i) =>
        i % 97 === 5 || (i >> 5) % 11 === 3 ? odd[i % 3]! : Math.sin(i * i + 1) / (i + 1),
      );
      const { count, width, low, high } = overviewOf(values);
      expect(count).toBe(length);
      expect(Math.log2(width) % 1).toBe(0);
      expect(low.length).toBe(Math.ceil(length / width));
      if (width > 1) expect(low.length).toBeGreaterThan(OVERVIEW_BUCKETS / 2);
      const parts = Array.from(low, (_, i) => values.slice(i * width, (i + 1) * width));
      const finite = parts.map((part) => part.filter(Number.isFinite));
      expect([...low]).toEqual(finite.map((f) => (f.length === 0 ? Number.NaN : Math.min(...f))));
      expect([...high]).toEqual(
        parts.map(
          (part, i) => part.find((v) => !Number.isFinite(v)) ?? Math.max(...(finite[i] ?? [])),
        ),
      );
    },
  );

  test("never moves a bucket while points are added, until each two become one", () => {
    const builder = new OverviewBuilder();
    for (let i = 0; i < 300; i++) builder.add(i, Math.sin(i));
    const before = builder.overview;
    for (let i = 300; i < 512; i++) builder.add(i, Math.sin(i));
    const after = builder.overview;
    expect([before.width, after.width]).toEqual([2, 2]);
    expect(after.high.subarray(0, 150)).toEqual(before.high);
    builder.add(512, 0);
    expect(builder.overview).toMatchObject({ width: 4, firstStep: 0, lastStep: 512, even: true });
  });

  test("says whether the steps are even", () => {
    expect(overviewOf([1, 2, 3], [10, 20, 30]).even).toBe(true);
    expect(overviewOf([1, 2, 3], [10, 20, 31]).even).toBe(false);
  });
});

describe("overviews in one message", () => {
  test("come back, from 1e-300 to 1e300, within 5e-7", () => {
    const values = [
      ...[1e-300, 4.9e-324, 1.7976931348623157e308, -3.3e200, 0, -0, Math.PI, 1 / 3, 1e-30],
      ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ];
    const made = { k3f9: overviewOf(values), m2aabbcc: overviewOf([2, 1]), x1: overviewOf([]) };
    const packed = Object.entries(made).map(([run, overview]) => {
      const { low: _, high: __, ...rest } = overview;
      return { ...rest, run, buckets: packBuckets(overview) };
    });
    const found = unpackOverviews(packOverviews(packed));
    expect([...found.keys()]).toEqual(["k3f9", "m2aabbcc", "x1"]);
    expect(found.get("m2aabbcc")).toStrictEqual(made.m2aabbcc);
    const back = found.get("k3f9");
    for (const [i, value] of values.entries()) {
      const high = back?.high[i] ?? 0;
      if (Math.abs(value) < 1e-300 || !Number.isFinite(value)) {
        expect(high).toBe(Math.abs(value) === 4.9e-324 ? 0 : value);
      } else expect(Math.abs(high / value - 1)).toBeLessThan(5e-7);
    }
  });

  test("that were cut are refused", () => {
    const { low: _, high: __, ...rest } = overviewOf([1, 2, 3]);
    const buckets = packBuckets(overviewOf([1, 2, 3]));
    const bytes = packOverviews([{ ...rest, run: "k3f9", buckets }]);
    for (const length of [1, 47, 60, bytes.length - 1]) {
      expect(() => unpackOverviews(bytes.subarray(0, length))).toThrow(/end within the run/);
    }
  });
});
