import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Verdict } from "../diagnosis/verdict.ts";
import { openStore } from "../runs/store.ts";
import { runInfo } from "../runs/testing.ts";
import { nadir } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "nadir-query-"));
const file = join(folder, ".nadir", "runs.db");
afterAll(() => rmSync(folder, { recursive: true }));
const long = Array.from({ length: 10_000 }, (_, i) => 1 / (i + 1));
let ids: string[];

beforeAll(async () => {
  await using store = await openStore(join(folder, ".nadir"), {
    clock: { now: () => Date.UTC(2026, 0, 31, 12), monotonic: () => performance.now() },
  });
  ids = [3e-4, 0.1].map((learningRate, seed) => {
    const settings = { learningRate, schedule: { peak: 2, on: true } };
    const run = store.createRun(
      runInfo(`run ${seed}, "of two"`, { seed, config: { method: { name: "adam" }, settings } }),
    );
    run.event({
      ...{ kind: "progress", step: long.length, loss: 0.5, gradientNorm: 1 },
      series: { steps: long.map((_, i) => i + 1), values: { loss: long } },
    });
    run.event({
      ...{ kind: "progress", step: 7, loss: 0.5, gradientNorm: 1 },
      series: {
        steps: [1, 2, 4, 5],
        values: { odd: [Number.NaN, Number.POSITIVE_INFINITY, -0.1, 3] },
      },
    });
    const verdict: Verdict = {
      ...{ kind: "saddle", gradientNorm: 1e-6, tolerance: 1e-5, evidence: [], advice: [] },
      ...{ smallestEigenvalue: -0.5, eigenvalueError: 1e-3, predictedDecrease: 1 },
      direction: new Float64Array(5),
    };
    run.end({
      status: "ended",
      verdict,
      loss: learningRate,
      steps: 7,
      seconds: 1,
      metrics: { a: 2 },
    });
    return run.id;
  });
  store.tags.add(ids[0]!, ["paper"]);
  store.notes.add(ids[0]!, "falls here", { step: 3 });
});

/** The rows that a query gives. */
async function rows(sql: string, ...more: string[]): Promise<unknown[][]> {
  const { exit, stdout, stderr } = await nadir(["query", sql, ...more, "--json"], folder);
  expect([exit, stderr]).toEqual([0, ""]);
  const told = JSON.parse(stdout);
  expect(told).toMatchObject({ schema: "nadir.query/1", more: false });
  return told.rows;
}

describe("nadir query", () => {
  test("answers over runs, settings, tags, notes, verdicts and events", async () => {
    expect(
      await rows(
        `SELECT r.name, s.value, t.tag, n.text, n.step, r.method, r.created, r.metrics ->> '$.a'
         FROM runs r JOIN settings s ON s.run = r.id AND s.name = 'learningRate'
         LEFT JOIN tags t ON t.run = r.id LEFT JOIN notes n ON n.run = r.id ORDER BY r.loss DESC -- the end;`,
      ),
    ).toEqual([
      ['run 1, "of two"', 0.1, null, null, null, "adam", "2026-01-31 12:00:00", 2],
      ['run 0, "of two"', 3e-4, "paper", "falls here", 3, "adam", "2026-01-31 12:00:00", 2],
    ]);
    expect(
      await rows("SELECT name, value FROM settings WHERE name LIKE 'schedule%'", "tag:paper"),
    ).toEqual([
      ["schedule.peak", 2],
      ["schedule.on", 1],
    ]);
    expect(
      await rows("SELECT kind, detail ->> 'smallestEigenvalue' FROM verdicts LIMIT 1"),
    ).toEqual([["saddle", -0.5]]);
    expect(await rows("SELECT kind, step FROM events", ids[0]!)).toEqual([["progress", 7]]);
  });

  test("has a row a step of every series, whatever its steps and values", async () => {
    expect(
      await rows(
        "SELECT count(*), sum(value), max(step) FROM metrics WHERE name = 'loss'",
        ids[1]!,
      ),
    ).toEqual([
      [
        10_000,
        expect.closeTo(
          long.reduce((sum, value) => sum + value, 0),
          10,
        ),
        10_000,
      ],
    ]);
    expect(
      await rows("SELECT step, value FROM metrics WHERE name = 'odd' AND value < 1", ids[0]!),
    ).toEqual([[4, -0.1]]);
    const { stdout } = await nadir(
      ["query", "SELECT step, value FROM metrics WHERE name = 'odd'", ids[0]!, "--csv"],
      folder,
    );
    expect(stdout).toBe("step,value\n1,\n2,Infinity\n4,-0.1\n5,3\n");
    expect(
      await rows("select points, first_step, last_step from series where name = 'odd'", ids[0]!),
    ).toEqual([[4, 1, 5]]);
  });

  test("tells rows in their order, and that there are more", async () => {
    const { stdout, stderr } = await nadir(
      [
        "query",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, -i FROM n",
        "--limit",
        "3",
      ],
      folder,
    );
    expect([stdout, stderr]).toEqual([
      "i  -i\n1  -1\n2  -2\n3  -3\n",
      "the first 3 rows; there are more: --limit N\n",
    ]);
    expect(await rows("SELECT 9007199254740993, x'00ff', CAST(x'ff' AS TEXT), NULL")).toEqual([
      ["9007199254740993", "x'00ff'", "�", null],
    ]);
  });

  test("without SQL tells the tables", async () => {
    const { stdout } = await nadir(["query"], folder);
    expect(stdout).toMatch(/^runs {2}a row a run\n {2}id, name, status \(/);
  });

  test.for([
    "INSERT INTO runs (id) VALUES ('x')",
    "/* SELECT */ DELETE FROM runs",
    "UPDATE tags SET tag = 'x'",
    "DROP TABLE runs",
    "ATTACH 'other.db' AS other",
    "PRAGMA user_version = 9",
    "PRAGMA writable_schema = ON",
    "VACUUM INTO 'copy.db'",
    "CREATE TABLE t (a)",
    ".load /tmp/x.so",
    ".shell touch x",
    "EXPLAIN SELECT 1",
    "",
  ])("refuses %j: it only reads", async (sql) => {
    const { exit, stderr } = await nadir(["query", sql], folder);
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/expected: one SELECT/)]);
  });

  test.for([
    "SELECT 1; DELETE FROM runs",
    "SELECT 1) ; DELETE FROM runs; SELECT (1",
    "WITH x AS (SELECT 1) INSERT INTO tags SELECT 'a', 'b'",
    "WITH x AS (SELECT 1) DELETE FROM runs",
    "SELECT load_extension('x')",
    "SELECT writefile('x', 'y')",
    "SELECT * FROM pragma_query_only(0)",
    "SELECT edit('x')",
    "SELECT\"WriteFile\"/* */('x', 'y')",
    "SELECT readfile('.nadir/runs.db')",
    "SELECT name FROM fsdir('.')",
    "SELECT sha3_query('ATTACH ''other.db'' AS other')",
    "SELECT data FROM sqlite_dbpage",
  ])("lets nothing through in %j, and leaves store and folder as they are", async (sql) => {
    const before = [readdirSync(folder), hash()];
    const { exit } = await nadir(["query", sql], folder);
    expect(exit).toBe(2);
    expect([readdirSync(folder), hash()]).toEqual(before);
  });

  test.for([
    ["SELECT los FROM runs", /no column "los"\n.*runs \(id, name.*\n.*did you mean loss\?/],
    ["SELECT learningRate FROM runs", /no column "learningRate"\n.*\n.*SELECT value FROM settings/],
    ["SELECT * FROM run", /no table "run"\n.*one of runs, settings.*\n.*did you mean runs\?/],
    ["SELECT FROM runs", /near "FROM": syntax error/],
  ] as const)("%s: tells what there is", async ([sql, told]) => {
    const { exit, stderr } = await nadir(["query", sql], folder);
    expect([exit, stderr]).toEqual([2, expect.stringMatching(told)]);
  });
});

const hash = (): string => createHash("sha256").update(readFileSync(file)).digest("hex");
