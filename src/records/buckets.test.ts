import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { BucketFold, bucketWidth, type SeriesBuckets } from "./buckets.ts";

/** What a bucket is by its definition, point by point. */
function bucketOf(steps: readonly number[], values: readonly number[]): number[] {
  const finite = values.filter(Number.isFinite);
  const odd = values.find((value) => !Number.isFinite(value));
  return [
    ...[steps[0]!, steps.at(-1)!, values[0]!],
    finite.length > 0 ? Math.min(...finite) : Number.NaN,
    odd ?? Math.max(...finite),
    values.at(-1)!,
  ];
}

const rowsOf = ({ columns }: SeriesBuckets): number[][] => {
  const { step, lastStep, first, low, high, last } = columns;
  return Array.from(step, (_, i) => [step, lastStep, first, low, high, last].map((c) => c[i]!));
};

const value = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -9, max: 9 }) },
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);

describe("points folded into buckets", () => {
  property.prop([
    fc.array(value, { minLength: 1, maxLength: 40 }),
    fc.tuple(fc.nat(40), fc.nat(40), fc.nat(3)),
    fc.array(fc.nat(40), { maxLength: 4 }),
    fc.boolean(),
  ])(
    "are what each bucket holds, wherever the parts are cut",
    (values, [a, b, power], cuts, even) => {
      const count = values.length;
      const [begin, end] = [Math.min(a, b, count), Math.min(Math.max(a, b), count)];
      const steps = values.map((_, i) => (even ? 7 + i : i * i));
      const width = 2 ** power;
      const fold = new BucketFold({ begin, end, width, count });
      const bounds = [0, ...cuts.map((cut) => Math.min(cut, count)).sort((x, y) => x - y), count];
      for (const [i, from] of bounds.slice(0, -1).entries()) {
        const to = bounds[i + 1]!;
        const own = Float64Array.from(steps.slice(from, to));
        fold.add(from, even ? 7 + from : own, Float64Array.from(values.slice(from, to)));
      }
      const expected: number[][] = [];
      const first = begin - (begin % width);
      for (let at = first; at < end; at += width) {
        expected.push(bucketOf(steps.slice(at, at + width), values.slice(at, at + width)));
      }
      expect(rowsOf(fold.buckets)).toEqual(expected);
      expect(fold.buckets).toMatchObject({ count, from: first, width });
    },
  );

  test.for([
    [0, 100, 100, 1],
    [0, 101, 100, 2],
    [0, 1_000_000, 1600, 1024],
    // Nine points of an aligned width lie in more buckets than nine over that width.
    [3, 12, 3, 4],
    [3, 12, 2, 8],
    [5, 5, 0, 1],
  ] as const)("[%i, %i) in at most %i are %i wide", ([begin, end, buckets, width]) => {
    expect(bucketWidth(begin, end, buckets)).toBe(width);
  });
});
