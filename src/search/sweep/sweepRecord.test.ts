import { expect, test } from "vitest";
import { bestOf, doneOf, type SweepTrial } from "./sweepRecord.ts";

const trial = (number: number, ...told: readonly (readonly [number, number])[]): SweepTrial => ({
  ...{ number, settings: {}, share: 1, status: "waiting", run: undefined, why: undefined },
  ...{ spans: [], measured: told.map(([share, value]) => ({ share, value })) },
});

test("the best trial is the lowest of those that have come furthest", () => {
  const trials = [
    trial(0, [1 / 3, 0.1]), // lower, but early
    trial(1, [1 / 3, 2], [1, 0.7]),
    trial(2, [1 / 3, 3], [1, 0.5]),
    trial(3, [1, Number.NaN]),
    trial(4),
  ];
  expect(bestOf(trials)?.number).toBe(2);
  expect(bestOf(trials.slice(3))).toBeUndefined();
  expect(trials.map(doneOf)).toEqual([1 / 3, 1, 1, 1, 0]);
});

test("of equal ones it is the first, and one that diverged at the end says nothing of the end", () => {
  expect(bestOf([trial(0, [1, 2]), trial(1, [1, 2])])?.number).toBe(0);
  const early = [trial(0, [0.5, 1]), trial(1, [0.5, 0.2], [1, Number.POSITIVE_INFINITY])];
  expect(bestOf(early)?.number).toBe(0);
});
