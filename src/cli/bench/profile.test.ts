import { expect, test } from "vitest";
import { performanceProfiles, staircase } from "./profile.ts";

test("a profile is the share of problems within a factor of the best", () => {
  const profiles = performanceProfiles([
    { name: "a", costs: [10, 20, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] },
    { name: "b", costs: [20, 10, 7, Number.POSITIVE_INFINITY] },
  ]);
  const at = (name: string) => [1, 1.9, 2, 1e9].map((tau) => profiles.get(name)?.(tau));
  // The fourth problem is solved by nobody: no profile reaches 1.
  expect(at("a")).toEqual([0.25, 0.25, 0.5, 0.5]);
  expect(at("b")).toEqual([0.5, 0.5, 0.75, 0.75]);
});

test("a staircase never falls, and ends at the furthest factor", () => {
  const [first, ...rest] = staircase((tau) => Math.min(1, Math.floor(tau) / 10), 100);
  expect(first).toEqual([1, 0.1]);
  expect(rest.at(-1)?.[0]).toBeCloseTo(100, 9);
  rest.forEach(([tau, share], i) => {
    expect(tau).toBeGreaterThan(rest[i - 1]?.[0] ?? 1);
    expect(share).toBeGreaterThanOrEqual(rest[i - 1]?.[1] ?? 0);
  });
});
