import { expect, test } from "vitest";
import golden from "./mannKendall.golden.json" with { type: "json" };
import { mannKendall } from "./mannKendall.ts";

test.for(golden.cases)("Mann–Kendall of $values", ({ values, tau, z, fallingP }) => {
  const found = mannKendall(values);
  expect(found.tau).toBeCloseTo(tau, 12);
  expect(found.z).toBeCloseTo(z, 12);
  expect(found.fallingP).toBeCloseTo(fallingP, 12);
});

test("values in an order left to chance are said to fall about once in twenty", () => {
  let state = 1;
  const draw = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  let falls = 0;
  for (let run = 0; run < 2000; run++)
    if (mannKendall(Array.from({ length: 12 }, draw)).fallingP < 0.05) falls++;
  expect(falls / 2000).toBeGreaterThan(0.03);
  expect(falls / 2000).toBeLessThan(0.07);
});
