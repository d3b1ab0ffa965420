import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  formatAge,
  formatBytes,
  formatCount,
  formatNumber,
  formatSeconds,
  formatTable,
  sparkline,
  widthOf,
  wordsOf,
  wrap,
} from "./format.ts";

test.for([
  [0, "0"],
  [0.0412345, "0.0412"],
  [0.00312, "3.1e-3"],
  [-8.24e-6, "-8.2e-6"],
  [1250, "1 250"],
  [1250.7, "1250"],
  [2.5e7, "25 000 000"],
  [3.14e12, "3.1e12"],
  [Number.NaN, "NaN"],
  [-1 / 0, "-∞"],
] as const)("the number %d is shown as %s", ([value, text]) => {
  expect(formatNumber(value)).toBe(text);
});

property.prop([fc.double({ noNaN: true, min: -1e300, max: 1e300 })])(
  "a shown number, read back, is right to two digits",
  (value) => {
    const read = Number(formatNumber(value).replaceAll(" ", ""));
    expect(Math.abs(read - value)).toBeLessThanOrEqual(0.05 * Math.abs(value));
  },
);

test.for([
  [4.7, "4.7 s"],
  [59.99, "1 min 0 s"],
  [80, "1 min 20 s"],
  [3599.9, "1 h 0 min"],
  [7500, "2 h 5 min"],
  [864_000, "10 d"],
  [0.0123, "12 ms"],
  [4.2e-5, "42 µs"],
  [Number.POSITIVE_INFINITY, "?"],
] as const)("%d seconds are shown as %s", ([seconds, text]) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test("counts, bytes, ages and names are shown as people write them", () => {
  expect(formatCount(235146)).toBe("235 146");
  expect(formatCount(-1000)).toBe("-1 000");
  expect(formatBytes(12_400_000)).toBe("12.4 MB");
  expect(formatBytes(0)).toBe("0 B");
  expect([1000, 300_000, 3 * 3600_000, 72 * 3600_000].map(formatAge)).toEqual([
    "now",
    "5 min",
    "3 h",
    "3 d",
  ]);
  expect(wordsOf("testAccuracy")).toBe("test accuracy");
});

describe("sparkline", () => {
  test("spans from the lowest to the highest value, by magnitude if all are positive", () => {
    expect(sparkline([1, 10, 100], 8)).toBe("▁▅█");
    expect(sparkline([-1, 0, 1], 8)).toBe("▁▅█");
  });

  test("takes no more than the width, and ends with the newest value", () => {
    const values = Array.from({ length: 1000 }, () => 1);
    values[999] = 2;
    expect(sparkline(values, 8)).toBe("▁▁▁▁▁▁▁█");
  });

  test("leaves a gap where a value is not finite", () => {
    expect(sparkline([1, Number.NaN, 2], 8)).toBe("▁ █");
    expect(sparkline([Number.NaN], 8)).toBe(" ");
  });
});

test("a table aligns columns by what is seen, not by colour codes", () => {
  const rows = [
    ["\u001b[1mab\u001b[22m", "1", "x"],
    ["c", "100", "y"],
  ];
  expect(formatTable(rows, new Set([1]))).toBe("\u001b[1mab\u001b[22m    1  x\nc   100  y");
});

property.prop([fc.lorem({ maxCount: 40 }), fc.integer({ min: 20, max: 90 })])(
  "wrapping keeps every word in order and every line within the width",
  (text, width) => {
    const lines = wrap(text, width, "  ").split("\n");
    expect(lines.map((line) => line.trim()).join(" ")).toBe(text.split(/\s+/).join(" "));
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
  },
);
