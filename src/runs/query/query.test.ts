import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Verdict } from "../../diagnosis/verdict.ts";
import { openStore, type Store } from "../store.ts";
import { runInfo, temporaryFolder } from "../testing.ts";
import { queryRuns } from "./query.ts";

const { folder, remove } = temporaryFolder();
let store: Store;
let ids: string[];

beforeAll(async () => {
  const clock = { now: () => Date.UTC(2026, 0, 31, 12, 30, 59, 750), monotonic: () => 0 };
  store = await openStore(folder, { clock });
  const settings = { betas: [0.9, 0.999], clip: null, rate: Number.NaN, nested: { on: false } };
  const run = store.createRun(runInfo("one", { config: { method: "adam", settings } }));
  const of = (steps: readonly number[], values: Readonly<Record<string, readonly number[]>>) =>
    run.event({
      ...{ kind: "progress", step: steps.at(-1)!, loss: 1, gradientNorm: 1 },
      series: { steps: [...steps], values },
    });
  of([10, 20, 30, 40], { tenth: [1, 2, -Infinity, 4] });
  of([7], { once: [0.5] });
  of([3, 5], { two: [1, 2] });
  of([1, 2, 4, 8], { uneven: [1, Number.NaN, Infinity, 8] });
  const verdict: Verdict = {
    ...{ kind: "saddle", gradientNorm: 1e-6, tolerance: 1e-5, evidence: ["bent"], advice: [] },
    ...{ smallestEigenvalue: -0.5, eigenvalueError: 1e-3, predictedDecrease: 1 },
    direction: new Float64Array(3),
  };
  run.end({ status: "ended", verdict, loss: Number.NaN, steps: 40, seconds: 1 });
  const other = store.createRun(runInfo("two"));
  other.event({
    ...{ kind: "progress", step: 1, loss: 1, gradientNorm: 1 },
    series: { steps: [1], values: { tenth: [9] } },
  });
  other.end({ status: "interrupted", steps: 1, seconds: 0 });
  store.archive(other.id);
  ids = [run.id, other.id];
});
afterAll(async () => {
  await store.close();
  remove();
});

const ask = async (sql: string, limit = 100) =>
  queryRuns(...([store, sql, store.runs(), limit] as const));
const rows = async (sql: string) => (await ask(sql)).rows;

describe("the tables that SQL is asked of", () => {
  test("have steps as they were, evenly spaced or not, and infinite values", async () => {
    const of = (name: string) =>
      rows(`SELECT step, value FROM metrics WHERE name = '${name}' AND run = '${ids[0]}'`);
    expect(await of("tenth")).toEqual([
      [10, 1],
      [20, 2],
      [30, -Infinity],
      [40, 4],
    ]);
    expect(await of("once")).toEqual([[7, 0.5]]);
    expect(await of("two")).toEqual([
      [3, 1],
      [5, 2],
    ]);
    expect(await of("uneven")).toEqual([
      [1, 1],
      [2, null],
      [4, Infinity],
      [8, 8],
    ]);
  });

  test("have settings as numbers, switches, and JSON of what is neither; NaN is NULL", async () => {
    expect(
      await rows(
        "SELECT name, value FROM settings WHERE run = (SELECT id FROM runs WHERE name = 'one') ORDER BY name",
      ),
    ).toEqual([
      ["betas", "[0.9,0.999]"],
      ["clip", "null"],
      ["nested.on", 0],
      ["rate", null],
    ]);
  });

  test("tell of runs where they stand, when they began, and no number for NaN", async () => {
    expect(
      await rows("SELECT name, archived, created, loss, verdict, status FROM RUNS ORDER BY name"),
    ).toEqual([
      ["one", 0, "2026-01-31 12:30:59", null, "saddle", "ended"],
      ["two", 1, "2026-01-31 12:30:59", null, null, "interrupted"],
    ]);
    const [[detail] = []] = await rows("SELECT detail FROM verdicts");
    const told = JSON.parse(String(detail));
    expect(told).toMatchObject({ kind: "saddle", evidence: ["bent"] });
    expect(told).not.toHaveProperty("direction");
  });

  test("hold the runs that are asked about, and no others", async () => {
    const only = store.runs().filter(({ name }) => name === "two");
    for (const table of ["runs", "series", "metrics"]) {
      const { rows: found } = await queryRuns(store, `SELECT count(*) FROM ${table}`, only, 9);
      expect([table, found]).toEqual([table, [[1]]]);
    }
  });
});

test("as many rows as were asked for, and whether there are more", async () => {
  expect(await ask("VALUES (1), (2), (3)", 3)).toMatchObject({
    rows: [[1], [2], [3]],
    more: false,
  });
  expect(await ask("VALUES (1), (2), (3)", 2)).toMatchObject({ rows: [[1], [2]], more: true });
});

test("whole numbers beyond 2⁵³ keep all their digits", async () => {
  expect(await rows("SELECT 9007199254740991, -9007199254740992, 1.5, x'0f'")).toEqual([
    [9007199254740991, "-9007199254740992", 1.5, "x'0f'"],
  ]);
});

test("a comment may end a question, or begin one", async () => {
  expect(await rows("/* a ; b */ -- c\nSELECT 1 -- the end;")).toEqual([[1]]);
});

test("more points than memory holds are refused before any is read", async () => {
  const full = Object.create(store) as Store;
  full.seriesNames = () => ["loss"];
  full.seriesCounts = () => new Map([["loss", 20_000_001]]);
  full.series = () => {
    throw new Error("it was read");
  };
  const all = store.runs();
  await expect(queryRuns(full, "SELECT * FROM metrics", all, 9)).rejects.toMatchObject({
    code: "query/large",
  });
});

test("names that SQLite alone has may not stand in a question, however they are written", async () => {
  for (const sql of [
    "SELECT WriteFile('a', 'b')",
    "SELECT 1 FROM FSDIR('.')",
    "SELECT 'load_extension'",
  ])
    await expect(ask(sql)).rejects.toMatchObject({ code: "query/function" });
  for (const sql of ["EXPLAIN SELECT 1", "DELETE FROM runs", ""])
    await expect(ask(sql)).rejects.toMatchObject({ code: "query/read-only" });
});
