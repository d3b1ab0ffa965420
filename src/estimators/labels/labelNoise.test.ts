import { describe, expect, test } from "vitest";
import { below, gaussian, type RandomStream, randomStream, uniform } from "../../linalg/random.ts";
import { areaUnderMargin } from "./areaUnderMargin.ts";
import { confidentLearning } from "./confidentLearning.ts";
import { labelNoise } from "./labelNoise.ts";

/** Three overlapping clouds in the plane, two features that say nothing, and a share of labels replaced by others. */
function clouds(n: number, share: number, seed: number) {
  const random: RandomStream = randomStream(seed);
  const truth = Array.from({ length: n }, (_, i) => i % 3);
  const x = truth.map((k) => [
    2.5 * Math.cos(2 * k) + gaussian(random),
    2.5 * Math.sin(2 * k) + gaussian(random),
    gaussian(random),
    gaussian(random),
  ]);
  const flipped = new Set<number>();
  const y = truth.map((k, i) => {
    if (uniform(random) >= share) return 10 * k;
    flipped.add(i);
    return 10 * ((k + 1 + below(random, 2)) % 3);
  });
  return { x, y, flipped, truth };
}

/** The chance that a flipped label scores above one that was not. */
function rankingArea(scores: Float64Array, flipped: ReadonlySet<number>): number {
  const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  let ranks = 0;
  order.forEach((i, place) => {
    if (flipped.has(i)) ranks += place + 1;
  });
  const m = flipped.size;
  return (ranks - (m * (m + 1)) / 2) / (m * (scores.length - m));
}

describe("labelNoise ranks flipped labels first", () => {
  for (const method of ["confident", "margins"] as const) {
    test.for([0.1, 0.2])(`by ${method}, with a share %d of labels flipped`, (share) => {
      const { x, y, flipped, truth } = clouds(400, share, 1);
      const found = labelNoise(x, y, { method });
      expect(rankingArea(found.scores, flipped)).toBeGreaterThan(0.98);
      // As many as there are flipped: by chance a share of them would be.
      const first = [...found.ranking.slice(0, flipped.size)];
      expect(first.filter((i) => flipped.has(i)).length / flipped.size).toBeGreaterThan(0.9);
      const hits = found.suspects.filter(({ sample }) => flipped.has(sample));
      expect(hits.length).toBeGreaterThan(0.7 * flipped.size);
      const right = hits.filter(({ sample, suggested }) => suggested === 10 * truth[sample]!);
      expect(right.length).toBeGreaterThan(0.9 * hits.length);
      expect(hits[0]!.evidence).toContain(method === "confident" ? "did not see it" : "epochs");
      for (const [k, { score }] of found.suspects.entries())
        if (k > 0) expect(score).toBeLessThanOrEqual(found.suspects[k - 1]!.score);
    });
  }

  test.for([0, 0.1, 0.2, 0.3])(
    "the rate of confident learning is within 3 points of %d",
    (share) => {
      const { x, y, flipped } = clouds(600, share, 2);
      const { rate, joint, suspects } = labelNoise(x, y);
      expect(Math.abs(rate - flipped.size / 600)).toBeLessThan(0.03);
      expect(joint!.flatMap((row) => [...row]).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      if (share === 0) expect(suspects.length).toBeLessThan(12);
    },
  );

  test("a column that does not vary says nothing; equal seeds give equal rankings", () => {
    const { x, y } = clouds(90, 0.1, 3);
    const more = x.map((row) => [...row, 7]);
    const options = { method: "margins", seed: 5 } as const;
    expect(labelNoise(more, y, options).ranking).toEqual(labelNoise(x, y, options).ranking);
  });

  test("bad input", () => {
    const { x, y } = clouds(30, 0, 4);
    expect(() => labelNoise(x, y.with(3, Number.NaN))).toThrow(/y\[3\] is NaN/);
    expect(() => labelNoise(x, y.with(3, 99))).toThrow(/a label is missing/);
    expect(() => labelNoise(x, y.fill(1))).toThrow(/1 different labels/);
    expect(() => labelNoise(x, y, { method: "guess" as "margins" })).toThrow(/margins/);
    expect(() => labelNoise(x, y, { folds: 1 })).toThrow(/folds/);
  });
});

test("the area under the margin, by hand", () => {
  const record = areaUnderMargin([0, 2], 3);
  record.add([3, 1, 0, 0, 5, 4]);
  record.add([1, 2, 0, 1, 0, 6]);
  expect([...record.areas()]).toEqual([(2 - 1) / 2, (-1 + 5) / 2]);
  expect([...record.disagreements()]).toEqual([0.5, 0.5]);
  expect([...record.rivals()]).toEqual([1, 0]);
  expect(record.epochs).toBe(2);
  expect(() => record.add([1, 2, 3])).toThrow(/2 samples × 3 classes/);
  expect(() => areaUnderMargin([0, 3], 3)).toThrow(/labels\[1\] is 3/);
});

test("confident learning, by hand: two samples of four are counted to the other class", () => {
  const chances = [
    [0.9, 0.1],
    [0.2, 0.8],
    [0.3, 0.7],
    [0.7, 0.3],
  ];
  const { thresholds, counted, joint } = confidentLearning(chances, Int32Array.of(0, 0, 1, 1), 2);
  expect([...thresholds]).toEqual([0.55, 0.5]);
  expect([...counted]).toEqual([0, 1, 1, 0]);
  expect(joint.map((row) => [...row])).toEqual([
    [0.25, 0.25],
    [0.25, 0.25],
  ]);
});
