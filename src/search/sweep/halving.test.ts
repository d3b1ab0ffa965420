import { describe, expect, test } from "vitest";
import { hyperband, successiveHalving } from "./halving.ts";
import type { Space } from "./space.ts";
import { lastValue, type Trial, valueAtShare } from "./strategy.ts";

const space: Space = [{ name: "x", kind: "range", low: 0, high: 1, scale: "linear", whole: false }];
const seed = 1;

/** Trials that were all asked for the same share and told these values there. */
const told = (share: number, values: readonly number[]): Trial[] =>
  values.map((value, number) => ({
    ...{ number, settings: { x: number }, share, status: "waiting" },
    measured: [{ share, value }],
  }));

describe("how many stages there are", () => {
  test("is exact where trials are a power of eta, though a quotient of logarithms is not", () => {
    expect(Math.log(1000) / Math.log(10)).toBeLessThan(3);
    const halving = successiveHalving(space, 1000, { seed, eta: 10 });
    expect(halving.propose([])).toMatchObject({ share: 10 ** -3 });
    // Σₛ ⌈4/(s + 1) · 10ˢ⌉ for s = 3 … 0 = 1000 + 134 + 20 + 4 (Li et al. 2018, Algorithm 1).
    const { trials, propose } = hyperband(space, 1 / 1000, { seed, eta: 10 });
    expect(trials).toBe(1158);
    expect(propose([])).toMatchObject({ share: 10 ** -3 });
  });

  test("is one where the smallest part is the whole, and eta may be 2", () => {
    const { trials, propose } = hyperband(space, 1, { seed });
    expect(trials).toBe(1);
    expect(propose([])).toMatchObject({ kind: "start", share: 1 });
    expect(successiveHalving(space, 4, { seed, eta: 2 }).propose([])).toMatchObject({
      share: 0.25,
    });
  });

  test.for([1.99, Number.NaN, Number.POSITIVE_INFINITY])("refuses an eta of %s", (eta) => {
    expect(() => successiveHalving(space, 4, { seed, eta })).toThrow(/a number from 2 up/);
  });
  test.for([0, 1.01, Number.NaN])("refuses a smallest part of %s", (smallest) => {
    expect(() => hyperband(space, smallest, { seed })).toThrow(/above 0, at most 1/);
  });
});

describe("who goes on", () => {
  const { propose } = successiveHalving(space, 9, { seed });
  const [ninth, third] = [1 / 9, 1 / 3];

  test("of equal trials the one that began first", () => {
    const next = propose(told(ninth, [5, 2, 5, 2, 5, 2, 5, 2, 5]));
    expect(next).toMatchObject({ kind: "continue", number: 1 });
  });

  test("nobody while another of the stage still runs; the next of the best while one of them runs further", () => {
    const trials = told(ninth, [5, 2, 5, 3, 5, 4, 5, 6, 5]);
    const running = { ...trials[8]!, status: "running", measured: [] } as const;
    expect(propose([...trials.slice(0, 8), running])).toEqual({ kind: "wait" });
    const further = { ...trials[1]!, status: "running", share: third } as const;
    const next = propose([trials[0]!, further, ...trials.slice(2)]);
    expect(next).toMatchObject({ kind: "continue", number: 3 });
  });

  test("the search has not ended while a trial of an earlier round runs, though the last one waits for nothing", () => {
    const search = hyperband(space, 1, { seed });
    const [whole] = told(1, [1]);
    expect(search.propose([{ ...whole!, status: "running", measured: [] }])).toEqual({
      kind: "wait",
    });
    const two = hyperband(space, 1 / 2, { seed, eta: 2 });
    // Rounds of 2 from a half, then 2 whole: the last two have told.
    expect(two.trials).toBe(4);
    const first = { ...told(0.5, [1])[0]!, status: "running", measured: [] } as const;
    const others = [...told(0.5, [1, 2]).slice(1), ...told(1, [1, 2, 3, 4]).slice(2)];
    expect(two.propose([first, ...others])).toEqual({ kind: "wait" });
  });
});

describe("the value of a trial", () => {
  const trial: Trial = {
    ...{ number: 0, settings: {}, share: 1, status: "waiting" },
    measured: [
      { share: 1 / 3, value: 5 },
      { share: 1, value: 2 },
    ],
  };
  test("is that at the share asked for, or where it has come furthest", () => {
    expect(valueAtShare(trial, 1)).toBe(2);
    expect(valueAtShare(trial, 3 ** -1)).toBe(5);
    expect(valueAtShare(trial, 0.5)).toBe(Number.POSITIVE_INFINITY);
    expect(lastValue(trial)).toBe(2);
  });
  test("is infinite for none and for NaN", () => {
    const diverged = { ...trial, measured: [{ share: 1, value: Number.NaN }] };
    for (const one of [diverged, { ...trial, measured: [] }]) {
      expect(lastValue(one)).toBe(Number.POSITIVE_INFINITY);
      expect(valueAtShare(one, 1)).toBe(Number.POSITIVE_INFINITY);
    }
  });
});
