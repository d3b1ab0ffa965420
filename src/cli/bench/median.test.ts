import { expect, test } from "vitest";
import { median } from "./median.ts";

test.for([
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0], 5],
  [[5], 5],
  [[], Number.NaN],
] as const)("the median of %j is %d", ([values, expected]) => {
  expect(median(values)).toBe(expected);
});
