import { expect, test } from "vitest";
import { firstBad } from "./guard.ts";

const fine = { loss: 1, gradientNorm: 1 };
const bad = (
  losses: readonly number[],
  { ahead = fine, after = [0], first = 2 as number | null } = {},
): number | undefined =>
  firstBad(Float64Array.from(losses), ahead, [Float64Array.from(after)], first);

test("a call is good if its losses, the next one, the gradient there and the values are", () => {
  expect(bad([1, 2, 3])).toBeUndefined();
  expect(bad([])).toBeUndefined();
});

test("the first step is told whose loss is no number, or beyond 10⁴ times the run's first", () => {
  expect(bad([1, Number.NaN, Infinity])).toBe(1);
  expect(bad([1, 2, -Infinity])).toBe(2);
  expect(bad([1, 1.99e4])).toBeUndefined();
  expect(bad([1, 2.01e4, Number.NaN])).toBe(1);
  expect(bad([1, 1, -2.01e4])).toBe(2);
  // Where there was none yet, the call's own first; of one near 0, a thousandth.
  expect(bad([3, 2.9e4], { first: null })).toBeUndefined();
  expect(bad([3, 3.1e4], { first: null })).toBe(1);
  expect(bad([0, 9.9], { first: 0 })).toBeUndefined();
  expect(bad([0, 10.1], { first: 0 })).toBe(1);
});

test("steps that went well and led nowhere are told by their number", () => {
  expect(bad([1, 1], { ahead: { ...fine, loss: Number.NaN } })).toBe(2);
  expect(bad([1, 1], { ahead: { ...fine, loss: 2.01e4 } })).toBe(2);
  expect(bad([1, 1], { ahead: { ...fine, gradientNorm: Infinity } })).toBe(2);
  expect(bad([1, 1], { after: [0, Number.NaN] })).toBe(2);
  expect(bad([1, 1], { after: [-Infinity, 0] })).toBe(2);
});
