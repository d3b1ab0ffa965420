import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, describe, expect, test } from "vitest";
import { thisProcess } from "./liveness.ts";
import { loadLibsql } from "./sqlite.ts";
import { openStore } from "./store.ts";
import { runInfo, temporaryFolder } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let names = 0;

/** The tables as nadir 0.1.0 made them, word for word but for the comments. */
const version1 = `
CREATE TABLE runs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created REAL NOT NULL,
  command TEXT NOT NULL, file TEXT, config TEXT NOT NULL, seed REAL, versions TEXT NOT NULL, revision TEXT,
  machine TEXT NOT NULL, parent TEXT,
  status TEXT NOT NULL CHECK (status IN ('running', 'ended', 'interrupted', 'crashed')),
  verdict_kind TEXT, gradient_norm REAL, verdict TEXT, loss REAL, metrics TEXT, steps REAL, seconds REAL,
  cost TEXT, pid INTEGER NOT NULL, host TEXT NOT NULL, process_start TEXT NOT NULL, heartbeat REAL NOT NULL
);
CREATE TABLE events (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, seq INTEGER NOT NULL, time REAL NOT NULL,
  json TEXT NOT NULL, PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE TABLE metrics (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, name TEXT NOT NULL, chunk INTEGER NOT NULL,
  first_step REAL NOT NULL, count INTEGER NOT NULL, steps BLOB, points BLOB NOT NULL, digest BLOB NOT NULL,
  PRIMARY KEY (run, name, chunk)
);
PRAGMA application_id = 0x6e646972;
PRAGMA user_version = 1;
`;
/** The first 8 bytes of the SHA-256 of "k3f9 loss 0 1 false" and of the float64s 1, 0.5, 0.25 (Python, hashlib). */
const digest = "7ea6e49ec594ee25";

/** A store of version 1 with two runs, one of which has told three losses. */
function oldStore(): string {
  const dir = join(folder, String(names++));
  mkdirSync(join(dir, "k3f9"), { recursive: true });
  const file = new Database(join(dir, "runs.db"));
  file.exec(version1);
  const { pid, host, started } = thisProcess();
  const insert = file.prepare(
    `INSERT INTO runs (id, name, created, command, config, versions, machine, status, loss, pid, host,
       process_start, heartbeat) VALUES (?, ?, 5, 'nadir train a.ts', '{"method":"adam"}', '{}', '{}', ?, 0.25, ?, ?, ?, 7)`,
  );
  insert.run("k3f9", "digits", "ended", pid, host, started);
  insert.run("m2aa", "live", "running", pid, host, started);
  file
    .prepare("INSERT INTO metrics VALUES ('k3f9', 'loss', 0, 1, 3, NULL, ?, ?)")
    .run(Buffer.from(Float64Array.of(1, 0.5, 0.25).buffer), Buffer.from(digest, "hex"));
  file.exec(`INSERT INTO events VALUES ('k3f9', 0, 6, '{"kind":"note","step":1,"text":"old"}')`);
  file.close();
  return dir;
}

describe("a store of version 1", () => {
  test("opened to be read is read as one of this version, and not touched", async () => {
    const dir = oldStore();
    const before = readFileSync(join(dir, "runs.db"));
    await using store = await openStore(dir, { readOnly: true });
    expect(store.runs().map(({ id, status, tags }) => [id, status, tags])).toEqual([
      ["m2aa", "running", []],
      ["k3f9", "ended", []],
    ]);
    expect(store.run("digits")).toMatchObject({
      archived: undefined,
      sweep: undefined,
      loss: 0.25,
    });
    expect(store.series("k3f9", "loss").values).toEqual(Float64Array.of(1, 0.5, 0.25));
    expect(store.overviews("loss")).toMatchObject([{ run: "k3f9", count: 3, lastStep: 3 }]);
    expect(store.notes.list("k3f9")).toEqual([]);
    expect(store.artefacts.list("k3f9")).toEqual([]);
    expect(store.sweeps.list()).toEqual([]);
    expect(store.changesSince(-1)).toMatchObject({ cursor: 7, anew: true });
    expect(store.check()).toEqual([]);
    expect(() => store.tags.add("k3f9", ["paper"])).toThrow(/opened to be read/);
    expect(readFileSync(join(dir, "runs.db")).equals(before)).toBe(true);
  });

  test("opened to be written becomes one of this version, with all that it held", async () => {
    const dir = oldStore();
    // A reader that stays, as the studio does.
    await using reader = await openStore(dir, { readOnly: true });
    const { cursor } = reader.changesSince(-1);
    await using store = await openStore(dir);
    store.tags.add("k3f9", ["paper"]);
    expect(store.run("k3f9")).toMatchObject({ name: "digits", tags: ["paper"], changed: 3 });
    expect(store.events("k3f9")).toHaveLength(1);
    expect(store.series("k3f9", "loss").steps).toEqual(Float64Array.of(1, 2, 3));
    expect(store.overviews("loss")).toMatchObject([{ run: "k3f9", count: 3, lastStep: 3 }]);
    expect(reader.run("k3f9").tags).toEqual(["paper"]);
    const news = reader.changesSince(cursor);
    expect(news).toMatchObject({ anew: true, cursor: 3 });
    expect(news.runs).toHaveLength(2);
    const tables = (db: string): unknown[] =>
      new Database(db).prepare("SELECT name FROM sqlite_master ORDER BY name").all();
    const newDir = join(folder, String(names++));
    (await openStore(newDir)).close();
    expect(tables(join(dir, "runs.db"))).toEqual(tables(join(newDir, "runs.db")));
    store.createRun(runInfo()).end({ status: "ended", steps: 1, seconds: 1 });
    expect(store.check()).toEqual([]);
  });

  test("is brought to this version whole or not at all, whichever call fails", async () => {
    const libsql = await loadLibsql();
    let failures = 0;
    for (let n = 1; ; n++) {
      const dir = oldStore();
      let calls = 0;
      const broken = (sql: string): void => {
        if (++calls === n) throw Object.assign(new Error(sql), { code: "SQLITE_FULL" });
      };
      const open: typeof libsql = (name) => {
        const real = libsql(name);
        return {
          exec: (sql) => {
            broken(sql);
            return real.exec(sql);
          },
          prepare: (sql) => {
            const statement = real.prepare(sql);
            return {
              all: (...values) => {
                broken(sql);
                return statement.all(...values);
              },
              run: (...values) => statement.run(...values),
            };
          },
          get inTransaction() {
            return real.inTransaction;
          },
          close: () => real.close(),
        };
      };
      try {
        (await openStore(dir, { open })).close();
      } catch (error) {
        expect(error).toMatchObject({ code: "store/full" });
        failures++;
      }
      await using store = await openStore(dir, { readOnly: true });
      expect(store.runs()).toHaveLength(2);
      expect(store.series("k3f9", "loss").values).toHaveLength(3);
      if (calls < n) break;
    }
    expect(failures).toBeGreaterThan(8);
  });

  test("of which a statement of the upgrade fails stays of version 1", async () => {
    const dir = oldStore();
    const file = new Database(join(dir, "runs.db"));
    file.exec("CREATE TABLE sweeps (mine)"); // in the way of the last table
    file.close();
    await expect(openStore(dir)).rejects.toMatchObject({ code: "store/corrupt" });
    const again = new Database(join(dir, "runs.db"));
    expect(again.prepare("PRAGMA user_version").all()).toEqual([{ user_version: 1 }]);
    expect(again.prepare("SELECT count(*) n FROM sqlite_master WHERE name = 'tags'").all()).toEqual(
      [{ n: 0 }],
    );
    again.close();
  });
});
