import { expect, test } from "vitest";
import { tickLabel } from "./labels.ts";
import { scaleOf } from "./scale.ts";

test("an axis of one value, or of none, has room about it", () => {
  expect(scaleOf({ label: "" }, [3]).domain).toEqual([2, 4]);
  expect(scaleOf({ label: "", scale: "log" }, [5]).domain).toEqual([0.5, 50]);
  expect(scaleOf({ label: "" }, []).domain).toEqual([0, 2]);
});

test("zero has no say on a log axis, and no place", () => {
  const { domain, place } = scaleOf({ label: "", scale: "log" }, [0, 1, 100, -5]);
  expect(domain).toEqual([1, 100]);
  expect(place(0)).toBeNaN();
});

test.for([
  [0, 4, [0, 1, 2, 3, 4]],
  [0, 8, [0, 2, 4, 6, 8]],
  [-1, 1, [-1, -0.5, 0, 0.5, 1]],
  [0, 0.3, [0, 0.1, 0.2, 0.3]],
] as const)("from %s to %s linear ticks are %j", ([low, high, wanted]) => {
  const { ticks } = scaleOf({ label: "" }, [low, high]);
  expect(ticks.map((tick) => Number(tick.toFixed(9)))).toEqual(wanted);
});

test("powers of ten are thinned to seven at most, and to four on each side of a symlog axis", () => {
  expect(scaleOf({ label: "", scale: "log" }, [1, 1e10]).ticks).toEqual([
    1, 1e2, 1e4, 1e6, 1e8, 1e10,
  ]);
  const both = { label: "", scale: "symlog", linear: 1 } as const;
  expect(scaleOf(both, [-1e6, 1e9]).ticks).toEqual([-1e6, -1e4, -100, -1, 0, 1, 1e3, 1e6, 1e9]);
});

test("a symlog axis bends at a ten-thousandth of the largest magnitude unless told where", () => {
  const { place } = scaleOf({ label: "", scale: "symlog" }, [-1, 1]);
  expect(place(0)).toBe(0.5);
  expect(place(1e-4)).toBeCloseTo(0.5 + (0.5 * Math.log10(2)) / Math.log10(1 + 1e4), 12);
});

test("numbers beside ticks go over to powers of ten below a thousandth and from a hundred thousand on", () => {
  const labels = [1e-3, 9.99e-4, 99_999, 12_345_678, 1.5e-5].map(tickLabel);
  expect(labels).toEqual(["0.001", "9.99·10⁻⁴", "99 999", "1.23·10⁷", "1.5·10⁻⁵"]);
});
