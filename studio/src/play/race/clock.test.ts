import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import type { Finish } from "../kernel/protocol.ts";
import { advanced, clockAt, longestOf, nextMove, partAt, reached } from "./clock.ts";
import { heightsOf } from "./heights.ts";

/** A racer of whom only the prices matter. */
const racer = (...spent: number[]) => ({ spent: Float64Array.from(spent) }) as unknown as Finish; // what a clock reads of it

property.prop([fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 50_000 })])(
  "a clock stands where its part of the race says",
  (part, longest) => {
    expect(partAt(clockAt(part, longest), longest)).toBeCloseTo(part, 9);
  },
);

test("a race ends at the price of who asked most", () => {
  expect(longestOf([racer(1, 5), undefined, racer(1, 2, 90)])).toBe(90);
  expect(clockAt(1, 90)).toBe(90);
  expect(advanced(0.9, 100, 1)).toBe(1);
});

property.prop([
  fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
  fc.integer({ min: -1, max: 99 }),
])("a racer has reached the points that it had paid for, and its start", (steps, clock) => {
  let sum = 0;
  const finish = racer(...steps.map((step) => (sum += step)));
  const paid = finish.spent.filter((price) => price <= clock).length;
  expect(reached(finish, clock)).toBe(Math.max(1, paid));
});

test("step by step, one racer moves at a time, until none can", () => {
  const racers = [racer(1, 3, 9), undefined, racer(1, 4)];
  const times: number[] = [];
  for (let clock = 0; times.length < 9; ) {
    const next = nextMove(racers, clock);
    if (next === clock) break;
    times.push(next);
    clock = next;
  }
  expect(times).toEqual([3, 4, 9]);
});

test("heights reach from 0 to 1, keep their order, and know the values that are none", () => {
  const values = Float64Array.from([0, 1e-4, 1, 50, 100, Number.NaN, Infinity, -0.5]);
  for (const levels of ["log", "linear"] as const) {
    const { values: heights, of } = heightsOf(
      { view: [0, 1, 0, 1], width: 4, height: 2, values },
      levels,
    );
    expect(heights[7]).toBe(0);
    expect(Array.from(heights.slice(4, 7))).toEqual([1, 1, 1]);
    const rising = [-0.5, 0, 1e-4, 1, 50].map(of);
    expect(rising).toEqual([...rising].sort((a, b) => a - b));
  }
});
