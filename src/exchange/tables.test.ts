import { parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { csv } from "./csv.ts";
import { jsonLines } from "./jsonLines.ts";
import { parquet } from "./parquet.ts";
import { runsTable, seriesTable } from "./runTables.ts";
import { tableOf } from "./table.ts";
import { summary } from "./testing.ts";

const awkward = tableOf([
  { name: 'a "b", c', x: 0.1, empty: undefined },
  { name: "two\nlines", x: Number.NaN },
  { name: " =1+1", x: Number.NEGATIVE_INFINITY, late: 1e-300 },
]);

test("CSV quotes what it must, in full precision", () => {
  expect([...csv(awkward)].join("")).toBe(
    [
      "name,x,empty,late",
      '"a ""b"", c",0.1,,',
      '"two\nlines",NaN,,',
      '" =1+1",-Infinity,,1e-300',
      "",
    ].join("\n"),
  );
});

test("CSV quotes carriage returns, and spaces at the end; a column with any text is one of text", () => {
  const table = tableOf([{ a: "x\rz", b: "y " }, { a: 1 }]);
  expect([...csv(table)].join("")).toBe('a,b\n"x\rz","y "\n1,\n');
  expect(table.columns.map(({ kind }) => kind)).toEqual(["text", "text"]);
});

test("long tables are written in pieces, and whole", () => {
  const rows = Array.from({ length: 2 * 4096 + 1 }, (_, i) => ({ i }));
  const lines = rows.map(({ i }) => i);
  const pieces = [...csv(tableOf(rows))];
  expect(pieces).toHaveLength(4);
  expect(pieces.join("").trim().split("\n").slice(1).map(Number)).toEqual(lines);
  const objects = [...jsonLines(tableOf(rows))].join("").trim().split("\n");
  expect(objects.map((line) => JSON.parse(line).i)).toEqual(lines);
});

test("JSON Lines leave out what is not there, and spell what JSON has not", () => {
  expect(
    [...jsonLines(awkward)]
      .join("")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { name: 'a "b", c', x: 0.1 },
    { name: "two\nlines", x: "NaN" },
    { name: " =1+1", x: "-Infinity", late: 1e-300 },
  ]);
});

test("Parquet is read back as it was written", async () => {
  const bytes = parquet(awkward);
  const read = await parquetReadObjects({ file: bytes.buffer as ArrayBuffer });
  expect(read).toEqual([
    { name: 'a "b", c', x: 0.1, empty: null, late: null },
    { name: "two\nlines", x: Number.NaN, empty: null, late: null },
    { name: " =1+1", x: Number.NEGATIVE_INFINITY, empty: null, late: 1e-300 },
  ]);
});

test("a row for each step, and nothing where a series has no point", () => {
  const series = (steps: number[], values: number[]) => ({
    steps: Float64Array.from(steps),
    values: Float64Array.from(values),
  });
  const table = seriesTable([
    {
      run: summary("aaaa"),
      series: new Map([
        ["loss", series([0, 1, 1, 2], [4, 3, 2.5, 1])],
        ["test", series([0, 2, 2], [0.5, 0.7, 0.8])],
      ]),
    },
    {
      run: summary("bbbb"),
      series: new Map([
        ["loss", series([7, 5, 5], [8, 9, 9.5])],
        ["test", series([5], [0.1])],
      ]),
    },
  ]);
  expect([...csv(table)].join("")).toBe(
    [
      "run,step,loss,test",
      "aaaa,0,4,0.5",
      "aaaa,1,3,",
      "aaaa,1,2.5,",
      "aaaa,2,1,0.7",
      "aaaa,2,,0.8",
      "bbbb,5,9,0.1",
      "bbbb,5,9.5,",
      "bbbb,7,8,",
      "",
    ].join("\n"),
  );
});

test("a row for each run, settings by their paths", () => {
  const run = summary("aaaa", {
    config: { method: { name: "adam", beta: [0.9, 0.99] }, batchSize: 32 },
  });
  const { columns } = runsTable([run]);
  const cells = Object.fromEntries(columns.map(({ name, cells }) => [name, cells[0]]));
  expect(cells).toMatchObject({
    ...{ id: "aaaa", status: "ended", loss: 0.25, seed: 1, created: "2026-01-01T00:00:00.000Z" },
    "config.method.name": "adam",
    "config.method.beta": "[0.9,0.99]",
    "config.batchSize": 32,
  });
});
