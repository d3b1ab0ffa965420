import { expect, test } from "vitest";
import { distinct, excesses } from "./ends.ts";

test("ends are the same within a millionth, and their excess is relative to the least", () => {
  expect(distinct([2, 1, 1 + 1e-9, 2 - 1e-9, 1.001])).toBe(3);
  expect(excesses([3, 2, 4], 2)).toEqual([0, 0.5, 1]);
});
