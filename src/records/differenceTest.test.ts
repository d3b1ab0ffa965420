import { describe, expect, test } from "vitest";
import golden from "./differenceTest.golden.json" with { type: "json" };
import { differenceBetween } from "./differenceTest.ts";

const bySeed = (values: readonly number[], from = 0): Map<number, number> =>
  new Map(values.map((value, i) => [from + i, value]));

describe("the difference between two groups of runs", () => {
  test.for(golden.paired)("of $a.length common seeds is SciPy's paired t-test", (golden) => {
    const found = differenceBetween(bySeed(golden.a), bySeed(golden.b));
    expect(found).toMatchObject({ paired: true, seeds: golden.a.length });
    expect(found?.mean).toBeCloseTo(golden.mean, 12);
    expect(found?.halfWidth).toBeCloseTo(golden.halfWidth, 10);
    expect(found?.p).toBeCloseTo(golden.p, 10);
  });

  test.for(golden.welch)("of $a.length and $b.length other seeds is Welch's", (golden) => {
    const found = differenceBetween(bySeed(golden.a), bySeed(golden.b, 100));
    expect(found).toMatchObject({ paired: false });
    expect(found?.mean).toBeCloseTo(golden.mean, 12);
    expect(found?.halfWidth).toBeCloseTo(golden.halfWidth, 10);
    expect(found?.p).toBeCloseTo(golden.p, 10);
  });

  test("of one seed has no interval, and of equal differences one of width 0", () => {
    const one = differenceBetween(bySeed([1]), bySeed([3]));
    expect(one).toEqual({ mean: 2, halfWidth: undefined, p: undefined, seeds: 1, paired: true });
    // Of the one pair there is, whatever other seeds came to.
    expect(differenceBetween(bySeed([1]), bySeed([3, 40, 50]))).toEqual(one);
    expect(differenceBetween(bySeed([1]), bySeed([3, 5], 7))).toEqual({
      ...{ ...one, mean: 3, paired: false },
    });
    expect(differenceBetween(bySeed([1, 2, 3]), bySeed([2, 3, 4]))).toMatchObject({
      ...{ mean: 1, halfWidth: 0, p: 0 },
    });
    expect(differenceBetween(bySeed([]), bySeed([1]))).toBeUndefined();
  });
});

test("equal values have no difference, and no doubt of it; ones without spread that differ have none either", () => {
  expect(differenceBetween(bySeed([1, 2]), bySeed([1, 2]))).toMatchObject({
    mean: 0,
    halfWidth: 0,
    p: 1,
  });
  expect(differenceBetween(bySeed([1, 2]), bySeed([2, 3]))).toMatchObject({
    mean: 1,
    halfWidth: 0,
    p: 0,
  });
});
