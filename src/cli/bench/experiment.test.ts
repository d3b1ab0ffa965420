import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { tableData, tableText, writePictures } from "./experiment.ts";

const folder = mkdtempSync(join(tmpdir(), "nadir-experiment-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const table = {
  title: "steps to the minimum",
  columns: ["method", "steps", "solved"],
  rows: [
    ["sgd", 1200, 0.5],
    ["adam", 90, null],
  ],
  show: (value: number, column: number): string =>
    column === 2 ? `${100 * value} %` : String(value),
  note: "Over 20 seeds.",
} as const;

test("a table is printed with its numbers to the right, and a dash for what there is not", () => {
  expect(tableText(table).split("\n")).toEqual([
    "steps to the minimum",
    "  method  steps  solved",
    "  sgd      1200    50 %",
    "  adam       90       –",
    "  Over 20 seeds.",
  ]);
});

test("as data it keeps its numbers", () => {
  expect(JSON.parse(JSON.stringify(tableData(table)))).toEqual({
    title: table.title,
    columns: table.columns,
    rows: table.rows,
    note: table.note,
  });
});

test("pictures become files named after them", () => {
  const place = join(folder, "images");
  expect(writePictures(place, { race: "<svg/>" })).toEqual([join(place, "race.svg")]);
  expect(readFileSync(join(place, "race.svg"), "utf8")).toBe("<svg/>");
});
