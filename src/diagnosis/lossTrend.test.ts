import { describe, expect, test } from "vitest";
import { addToBlocks, noBlocks } from "../training/watch/lossBlocks.ts";
import { lossTrend } from "./lossTrend.ts";

/** A curve, and whether it still falls at its end. */
interface Labelled {
  readonly falls: boolean;
  readonly losses: Float64Array;
}

/** Numbers in [0, 1) from a seed, by mulberry32. */
function uniformFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Loss curves of every kind, with white or correlated noise. The label is that of the curve without its
 * noise; falls are such as can be seen at all: over the last third by at least six standard errors of a
 * third's mean, plateaus are level for at least the last 40 %.
 */
function curve(seed: number): Labelled {
  const uniform = uniformFrom(seed);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const steps = Math.round(100 * 10 ** (1.3 * uniform()));
  const height = 10 ** (3 * uniform() - 1);
  const noise = height * 10 ** (-3 * uniform()) * 0.3;
  const correlation = uniform() < 0.5 ? 0 : 0.8 * uniform();
  const falls = uniform() < 0.5;
  const kind = Math.floor(3 * uniform());
  const end = falls ? 1 : 0.2 + 0.4 * uniform(); // where the fall ends, as a part of the run
  const shape = (t: number): number => {
    const part = Math.min(1, t / steps / end);
    if (kind === 0) return 1 - part; // a straight fall
    if (kind === 1) return Math.exp(-3 * part) - Math.exp(-3); // exponential
    return (part < 0.5 ? 1 : 0.6) - 0.6 * Math.max(0, 2 * part - 1); // a plateau, a cliff, a slope
  };
  const bare = Float64Array.from({ length: steps }, (_, t) => height * shape(t));
  const seen = bare[Math.floor((2 * steps) / 3)]! - bare[steps - 1]!;
  const error = noise / (1 - correlation) / Math.sqrt(steps / 3);
  const scale = falls ? Math.min(1, seen / (6 * error)) : 1;
  let previous = 0;
  const losses = bare.map((value) => {
    previous = correlation * previous + Math.sqrt(1 - correlation ** 2) * normal();
    return 0.3 * height + value + scale * noise * previous;
  });
  return { falls, losses };
}

const trendOf = (losses: Float64Array) => {
  const { span, blocks } = addToBlocks(noBlocks, losses);
  const whole = blocks.filter(({ count }) => count === span);
  return lossTrend({ span, means: whole.map(({ mean }) => mean) })!;
};

describe("lossTrend", () => {
  test("tells plateaus from falls on 600 labelled curves: precision and recall of at least 0.95", () => {
    let [hits, found, plateaus] = [0, 0, 0];
    for (let seed = 0; seed < 600; seed++) {
      const { falls, losses } = curve(seed);
      const isPlateau = !trendOf(losses).falling;
      if (isPlateau) found++;
      if (!falls) plateaus++;
      if (isPlateau && !falls) hits++;
    }
    expect(plateaus).toBeGreaterThan(200);
    expect(hits / found).toBeGreaterThanOrEqual(0.95);
    expect(hits / plateaus).toBeGreaterThanOrEqual(0.95);
  });

  test("says since when a loss is level", () => {
    const losses = Float64Array.from({ length: 1000 }, (_, t) => Math.max(0, 1 - t / 400));
    const { falling, level, since, steps } = trendOf(losses);
    expect([falling, level]).toEqual([false, true]);
    expect(Math.abs(since - 400)).toBeLessThan(60);
    expect(steps).toBeGreaterThan(300);
  });

  test("is not sure of a plateau where noise could hide a fall", () => {
    const uniform = uniformFrom(3);
    const short = Float64Array.from({ length: 12 }, (_, t) => 1 - t / 100 + (t % 2) / 2);
    expect(trendOf(short)).toMatchObject({ falling: false, level: false });
    const stuck = Float64Array.from({ length: 2000 }, () => 1 + 0.1 * uniform());
    expect(trendOf(stuck)).toMatchObject({ falling: false, level: true, since: 0 });
  });

  test("measures the fall and its standard error over the last third, eight stretches at least", () => {
    const trend = lossTrend({ span: 4, means: [9, 4.1, 4.4, 3.2, 3.5, 2.6, 2.9, 1.7, 2.2] })!;
    // scipy.stats.linregress of the last eight over 0 … 7: slope and stderr, times 7.
    expect(trend.fall).toBeCloseTo(2.383333333333333, 12);
    expect(trend.error).toBeCloseTo(0.45102763321766226, 12);
    expect(trend.steps).toBe(32);
  });

  test("needs eight stretches, and numbers", () => {
    expect(lossTrend({ span: 1, means: [7, 6, 5, 4, 3, 2, 1] })).toBeUndefined();
    const means = Array.from({ length: 9 }, (_, i) => (i === 4 ? Number.NaN : i));
    expect(lossTrend({ span: 1, means })).toBeUndefined();
    expect(lossTrend({ span: 1, means: [8, 7, 6, 5, 4, 3, 2, 1] })?.falling).toBe(true);
  });
});

describe("blocks of losses", () => {
  const losses = Float64Array.from({ length: 777 }, (_, i) => Math.sin(i * 0.37) + i / 100);

  test("are the same however the losses were cut into calls", () => {
    let parted = noBlocks;
    for (let from = 0; from < losses.length; from += 31)
      parted = addToBlocks(parted, losses.subarray(from, from + 31));
    expect(parted).toEqual(addToBlocks(noBlocks, losses));
  });

  test("have the mean and the squares of their own losses", () => {
    const { span, blocks } = addToBlocks(noBlocks, losses);
    expect(span).toBe(16);
    expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBe(777);
    blocks.forEach(({ count, mean, squares }, i) => {
      const own = losses.slice(span * i, span * i + count);
      const expected = own.reduce((sum, value) => sum + value, 0) / count;
      expect(mean).toBeCloseTo(expected, 12);
      expect(squares).toBeCloseTo(
        own.reduce((sum, value) => sum + (value - expected) ** 2, 0),
        10,
      );
    });
  });
});
