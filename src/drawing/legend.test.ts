import { expect, test } from "vitest";
import type { Series } from "./chart.ts";
import { dashes } from "./curves.ts";
import { drawLegend, legendSpace } from "./legend.ts";
import { plain } from "./style.ts";

const { fontSize: em, curves } = plain;
const series: readonly Series[] = ["a123456789", "b123456789", "c123456789"].map((name) => ({
  name,
  points: [],
}));
/** Ten letters of 0.56 and 3.7 about them. */
const entry = 9.3 * em;

test("one curve needs no legend, and those that are not to be named do not count", () => {
  const none = { beside: 0, above: 0, perRow: 0, entry: 0 };
  expect(legendSpace(series.slice(0, 1), 720, plain)).toEqual(none);
  const [first, second] = series;
  expect(legendSpace([first!, { ...second!, unnamed: true }], 720, plain)).toEqual(none);
});

test("names stand beside a chart three times as wide as they are, else above in as many rows as they need", () => {
  const wide = legendSpace(series, 3 * entry + 1, plain);
  expect(wide.beside).toBeCloseTo(entry, 9);
  expect(wide.above).toBe(0);
  const narrow = legendSpace(series, 26 * em, plain);
  expect(narrow).toMatchObject({ beside: 0, perRow: 2 });
  expect(narrow.above).toBeCloseTo(3 * em, 9);
});

test("names above a chart stand side by side, then in the next row", () => {
  const space = legendSpace(series, 26 * em, plain);
  const box = { left: 0, top: 50, right: 100, bottom: 90 };
  const marks = drawLegend(series, space, { left: 10, top: 0, box, style: plain });
  const texts = marks.flatMap((mark) => (mark.shape === "text" ? [mark] : []));
  expect(texts.map(({ text }) => text)).toEqual(series.map(({ name }) => name));
  const [a, b, c] = texts;
  expect(b!.x - a!.x).toBeCloseTo(entry, 9);
  expect(b!.y).toBe(a!.y);
  expect(c!.x).toBe(a!.x);
  expect(c!.y - a!.y).toBeCloseTo(1.5 * em, 9);
});

test("curves are dashed from where colours are used again", () => {
  expect(dashes(plain, curves.length - 1)).toBeUndefined();
  expect(dashes(plain, curves.length)).toEqual([6, 4]);
});
