import { describe, expect, test } from "vitest";
import { summarize, timeBlocks } from "./timing.ts";

/** A clock that moves only when work is done, `ms(call)` a step. */
function workshop(ms: (step: number) => number) {
  let now = 0;
  let step = 0;
  const calls: number[] = [];
  const run = (steps: number): void => {
    calls.push(steps);
    for (let i = 0; i < steps; i++) now += ms(step++);
  };
  return { run, clock: () => now, calls, done: () => step };
}

describe("timeBlocks", () => {
  test("measures a steady step in equal blocks that fill the budget", async () => {
    const work = workshop(() => 0.01);
    const timing = await timeBlocks(work.run, 100, work.clock);
    expect(timing.medianMs).toBeCloseTo(0.01, 10);
    expect(timing.blocks).toBe(15);
    expect(timing.blocks * timing.stepsPerBlock * 0.01).toBeCloseTo(75, 0);
    expect(new Set(work.calls.slice(-15))).toEqual(new Set([timing.stepsPerBlock]));
  });

  test("does not count a first step that compiles", async () => {
    const work = workshop((step) => (step === 0 ? 5000 : 1));
    expect((await timeBlocks(work.run, 100, work.clock)).medianMs).toBe(1);
  });

  test("takes the second of two steps when one is longer than the budget", async () => {
    const work = workshop((step) => (step === 0 ? 3000 : 2000));
    const timing = await timeBlocks(work.run, 700, work.clock);
    expect(timing).toEqual({ medianMs: 2000, spread: [2000, 2000], blocks: 1, stepsPerBlock: 1 });
    expect(work.done()).toBe(2);
  });

  test("times at least one block of a step that nearly fills the budget", async () => {
    const work = workshop(() => 600);
    const timing = await timeBlocks(work.run, 700, work.clock);
    expect(timing.medianMs).toBe(600);
    expect(timing.blocks).toBe(1);
  });
});

describe("summarize", () => {
  test("gives the median and the 10th and 90th percentile in any order of times", () => {
    const { medianMs, spread } = summarize([10, 0, 5, 1, 2, 3, 4, 6, 7, 8, 9]);
    expect([medianMs, ...spread]).toEqual([5, 1, 9]);
  });

  test("lies between two times when their number is even", () => {
    expect(summarize([1, 2]).medianMs).toBe(1.5);
  });
});
