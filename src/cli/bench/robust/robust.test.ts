import { expect, test } from "vitest";
import { compare } from "./compare.ts";
import { twoMoons, withFlips } from "./data.ts";
import { robust } from "./robust.ts";

test("two moons with every fifth label wrong: the ramp loss needs a tenth of the support vectors, and errs no more", () => {
  const [train, clean] = [withFlips(twoMoons(1000, 1), 0.2, 5000), twoMoons(1000, 77)];
  const { hinge, ramp } = compare(train, clean, 10, 2);
  expect(hinge.supportVectors / ramp.supportVectors).toBeGreaterThan(10);
  expect(ramp.error).toBeLessThan(hinge.error + 0.01);
  expect(ramp.left).toBeGreaterThan(0.95);
  expect(ramp.monotone).toBe(true);
  expect(hinge.verdict).toBe("global-minimum");
  expect(hinge.gap).toBeLessThanOrEqual(1e-6);
});

test("labels are turned over at the rate asked for, the same ones every time", () => {
  const moons = twoMoons(2000, 3);
  const { y, flipped } = withFlips(moons, 0.3, 9);
  const turned = flipped.reduce((sum, one) => sum + one, 0);
  expect(turned / 2000).toBeGreaterThan(0.26);
  expect(turned / 2000).toBeLessThan(0.34);
  flipped.forEach((one, i) => {
    expect(y[i]).toBe(one === 1 ? -moons.y[i]! : moons.y[i]!);
  });
  expect(withFlips(moons, 0.3, 9).flipped).toEqual(flipped);
});

test("an arena that is not asked for is left out", async () => {
  const { tables } = await robust.run({ only: ["none"], seeds: 1, peers: false }, () => undefined);
  expect(tables).toEqual([]);
});
