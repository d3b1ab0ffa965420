import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { NadirError } from "../base/errors.ts";
import type { RunEvent } from "../training/events.ts";
import { loadLibsql, type OpenDatabase, type RawDatabase } from "./sqlite.ts";
import { openStore, type Store } from "./store.ts";
import { bundleProgram, runInfo, seeded, start, temporaryFolder } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let names = 0;
const newFolder = (): string => join(folder, String(names++));

const note = (step: number, text = ""): RunEvent => ({ kind: "note", step, text });
const points = (from: number, count: number): RunEvent => ({
  kind: "progress",
  step: from,
  loss: 1,
  gradientNorm: 1,
  series: {
    steps: Array.from({ length: count }, (_, i) => from + i),
    values: { loss: Array.from({ length: count }, (_, i) => 1 / (from + i)) },
  },
});

/** A store with one finished run of some length, closed. */
async function madeStore(dir: string): Promise<string> {
  await using store = await openStore(dir);
  const run = store.createRun(runInfo());
  for (let step = 0; step < 50; step++) run.event(note(step, "x".repeat(100)));
  run.event(points(1, 9000));
  run.end({ status: "ended", steps: 9000, seconds: 1 });
  return join(dir, "runs.db");
}

async function readAll(dir: string): Promise<void> {
  await using store = await openStore(dir, { readOnly: true });
  for (const { id } of store.runs()) {
    store.run(id);
    store.events(id);
    for (const name of store.seriesNames(id)) store.series(id, name);
  }
}

describe("a damaged store", () => {
  test.for([
    [
      "is garbage",
      (file: string) =>
        writeFileSync(file, "not a database, but long enough to be read".repeat(99)),
    ],
    ["is one byte", (file: string) => writeFileSync(file, "S")],
    ["is 99 bytes", (file: string) => truncateSync(file, 99)],
    ["is cut within its first page", (file: string) => truncateSync(file, 1000)],
    ["is cut after its first page", (file: string) => truncateSync(file, 4096)],
    [
      "is cut in half",
      (file: string) => truncateSync(file, Math.floor(readFileSync(file).length / 8192) * 4096),
    ],
    ["is zeros", (file: string) => writeFileSync(file, readFileSync(file).fill(0))],
    [
      "has a page of zeros for its tables",
      (file: string) => writeFileSync(file, readFileSync(file).fill(0, 100, 4096)),
    ],
  ] as const)("that %s is refused by name and not touched", async ([, damage]) => {
    const dir = newFolder();
    const file = await madeStore(dir);
    damage(file);
    const before = readFileSync(file);
    for (const readOnly of [true, false]) {
      await expect(openStore(dir, { readOnly }), `readOnly: ${readOnly}`).rejects.toMatchObject({
        code: "store/corrupt",
        message: expect.stringMatching(new RegExp(`${file} is damaged[\\s\\S]*move it aside`)),
      });
      expect(readFileSync(file).equals(before)).toBe(true);
    }
  });

  test("with any few bytes changed is read or refused in words, and not touched: 300 mutations", async () => {
    const dir = newFolder();
    const file = await madeStore(dir);
    const whole = readFileSync(file);
    const random = seeded(9);
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(whole);
      for (let k = 0; k <= random() * 8; k++) {
        // Half of the changes in the first pages, where the structure is.
        const at = random() < 0.5 ? random() * 16384 : random() * bytes.length;
        bytes[Math.floor(at)] = Math.floor(random() * 256);
      }
      writeFileSync(file, bytes);
      try {
        await readAll(dir);
      } catch (error) {
        expect(error, `mutation ${i}`).toBeInstanceOf(NadirError);
        expect(error, `mutation ${i}`).toMatchObject({
          code: expect.stringMatching(/^store\/(corrupt|foreign|newer|missing)$/),
        });
        refused++;
      }
      expect(readFileSync(file).equals(bytes)).toBe(true);
    }
    expect(refused).toBeGreaterThan(150);
  });

  test("whose metrics have one changed bit says so, although SQLite does not notice", async () => {
    const dir = newFolder();
    const file = await madeStore(dir);
    const bytes = readFileSync(file);
    // 1/6000 as float64, little-endian: in the second chunk.
    const at = bytes.indexOf(Buffer.from(new Float64Array([1 / 6000, 1 / 6001]).buffer));
    expect(at).toBeGreaterThan(0);
    bytes[at] = bytes[at]! ^ 1;
    writeFileSync(file, bytes);
    await using store = await openStore(dir, { readOnly: true });
    expect(() => store.series("@", "loss")).toThrow(/metric loss of run .* from point 4096/);
    expect(store.check()).toEqual([expect.stringMatching(/metric loss/)]);
    expect(store.events("@")).toHaveLength(51);
  });
});

/** libsql, but calls are counted, and those that `fails` names throw as SQLite would. */
async function faulty(
  fails: (call: number, sql: string) => string | undefined,
): Promise<{ open: OpenDatabase; calls(): number }> {
  const libsql = await loadLibsql();
  let calls = 0;
  const before = (sql: string): void => {
    const code = fails(++calls, sql);
    if (code !== undefined)
      throw Object.assign(new Error(`injected at ${sql.slice(0, 30)}`), { code });
  };
  const open: OpenDatabase = (name) => {
    const real: RawDatabase = libsql(name);
    return {
      exec: (sql) => {
        before(sql);
        return real.exec(sql);
      },
      prepare: (sql) => {
        const statement = real.prepare(sql);
        return {
          all: (...values) => {
            before(sql);
            return statement.all(...values);
          },
          run: (...values) => {
            before(sql);
            return statement.run(...values);
          },
        };
      },
      get inTransaction() {
        return real.inTransaction;
      },
      close: () => real.close(),
    };
  };
  return { open, calls: () => calls };
}

describe("a store that fails", () => {
  test.for(["SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_BUSY", "SQLITE_READONLY"])(
    "with %s at any one call of a short run keeps all that was promised",
    async (code) => {
      let failures = 0;
      for (let n = 1; ; n++) {
        const dir = newFolder();
        const { open, calls } = await faulty((call) => (call === n ? code : undefined));
        let [flushed, ended, created] = [0, false, false];
        try {
          await using store = await openStore(dir, { open });
          const run = store.createRun(runInfo());
          created = true;
          for (let step = 1; step <= 3; step++) {
            run.event(note(step));
            run.event(points(step, 1));
            run.flush();
            flushed = step;
          }
          run.end({ status: "ended", loss: 0.5, steps: 3, seconds: 1 });
          ended = true;
        } catch (error) {
          failures++;
          expect(error, `call ${n}`).toBeInstanceOf(NadirError);
          expect(error).toMatchObject({
            code: expect.stringMatching(/^store\/(full|io|locked|not-writable)$/),
          });
        }
        // Without faults: whole, and opened as if nothing had been.
        await using store = await openStore(dir);
        expect(store.check()).toEqual([]);
        expect(store.runs()).toHaveLength(created ? 1 : 0);
        if (created) {
          expect(
            store.events("@").filter(({ event }) => event.kind === "note").length,
          ).toBeGreaterThanOrEqual(flushed);
          if (flushed > 0)
            expect(store.series("@", "loss").values.length).toBeGreaterThanOrEqual(flushed);
          expect(store.run("@").status).toBe(ended ? "ended" : "crashed");
        }
        if (calls() < n) break;
      }
      expect(failures).toBeGreaterThan(20);
    },
  );

  test("for a while loses nothing: the run goes on, and all is written when it can be", async () => {
    let broken = false;
    const { open } = await faulty((_, sql) =>
      broken && sql === "COMMIT" ? "SQLITE_FULL" : undefined,
    );
    let now = 0;
    const clock = { now: () => now, monotonic: () => now };
    await using store = await openStore(newFolder(), { open, clock });
    const run = store.createRun(runInfo());
    for (let step = 1; step <= 30; step++) {
      broken = step > 5 && step < 25;
      now += 1000;
      run.event(note(step));
      run.event(points(step, 1));
      expect(run.failure?.code).toBe(broken ? "store/full" : undefined);
    }
    broken = true;
    expect(() => run.flush()).toThrow(expect.objectContaining({ code: "store/full" }));
    expect(() => run.end({ status: "ended", steps: 30, seconds: 30 })).toThrow(/cannot grow/);
    broken = false;
    run.end({ status: "ended", steps: 30, seconds: 30 });
    expect(store.events("@").map(({ seq }) => seq)).toEqual(
      Array.from({ length: 60 }, (_, i) => i),
    );
    expect(store.series("@", "loss").values).toEqual(
      Float64Array.from({ length: 30 }, (_, i) => 1 / (i + 1)),
    );
    expect(store.run("@")).toMatchObject({ status: "ended", steps: 30 });
  });

  test("for good stops the run before its memory is full", async () => {
    let broken = false;
    const { open } = await faulty((_, sql) =>
      broken && sql === "BEGIN IMMEDIATE" ? "SQLITE_FULL" : undefined,
    );
    let now = 0;
    const store = await openStore(newFolder(), {
      open,
      clock: { now: () => now, monotonic: () => now },
    });
    const run = store.createRun(runInfo());
    broken = true;
    const many = points(1, 500_000);
    const tell = (): void => {
      now += 1000;
      run.event(many);
    };
    for (let i = 0; i < 7; i++) tell();
    expect(tell).toThrow(expect.objectContaining({ code: "store/full" }));
    expect(() => store.close()).toThrow(/cannot grow/);
  });

  test("because it reached its largest size keeps what it has, and goes on when there is room", async () => {
    const libsql = await loadLibsql();
    const raw: RawDatabase[] = [];
    const open: OpenDatabase = (name) => {
      const database = libsql(name);
      raw.push(database);
      return database;
    };
    const dir = newFolder();
    await using store = await openStore(dir, { open });
    const run = store.createRun(runInfo());
    const limit = (pages: number): unknown =>
      raw[0]?.prepare(`PRAGMA max_page_count = ${pages}`).all();
    limit(40);
    let told = 0;
    expect(() => {
      for (; told < 100; told++) {
        run.event(note(told, "x".repeat(5000)));
        run.flush();
      }
    }).toThrow(expect.objectContaining({ code: "store/full" }));
    expect(told).toBeGreaterThan(5);
    {
      await using reader = await openStore(dir, { readOnly: true });
      expect(reader.check()).toEqual([]);
      expect(reader.events("@")).toHaveLength(told);
    }
    limit(1_000_000);
    run.end({ status: "ended", steps: told, seconds: 1 });
    expect(store.events("@")).toHaveLength(told + 1);
  });

  test("because files may not grow (a limit of the system) ends in words and an intact store", async () => {
    const dir = newFolder();
    (await openStore(dir)).close();
    const program = await bundleProgram(
      folder,
      "limited",
      `import { openStore } from "./store.ts";
       const store = await openStore(process.argv[2]);
       const run = store.createRun(${JSON.stringify(runInfo())});
       let flushed = 0;
       try {
         for (;; flushed++) { run.event({ kind: "note", step: flushed, text: "x".repeat(5000) }); run.flush(); }
       } catch (error) { console.log(flushed + " " + error.code); }
       try { run.saveParams({ w: { dtype: "f64", shape: [100000], data: new Float64Array(100000) } }); }
       catch (error) { console.log("params " + error.code); }
       process.exit(0);`,
    );
    // In units of 512 bytes (POSIX) or 1024 (bash): at most 300 KB.
    const child = start(program, [dir], {
      command: ["/bin/sh", "-c", 'ulimit -f 300; exec "$0" "$@"', process.execPath],
    });
    const { output } = await child.end();
    const [, flushed = "", code] = /^(\d+) (\S+)$/m.exec(output) ?? [];
    expect(code, output).toMatch(/^store\/(full|io)$/);
    expect(output).toContain("params file/full");
    await using store = await openStore(dir);
    expect(store.check()).toEqual([]);
    expect(store.events("@")).toHaveLength(Number(flushed));
    expect(existsSync(join(store.run("@").dir, "params.safetensors"))).toBe(false);
  });

  test("because another process holds it says so, does not hold up the run, and catches up", async () => {
    const dir = newFolder();
    let now = 0;
    await using store = await openStore(dir, { clock: { now: () => now, monotonic: () => now } });
    const run = store.createRun(runInfo());
    const other = (await loadLibsql())(store.file);
    other.exec("BEGIN IMMEDIATE");
    const before = performance.now();
    now += 1000;
    run.event(note(1));
    // A quarter of a second; whoever waits for the lock, as commands do, is told after 10.
    expect(performance.now() - before).toBeLessThan(9000);
    expect(run.failure).toMatchObject({ code: "store/locked" });
    other.exec("ROLLBACK");
    other.close();
    now += 1000;
    run.event(note(2));
    expect(run.failure).toBeUndefined();
    expect(store.events(run.id)).toHaveLength(2);
  });

  test("because it was moved away says so", async () => {
    const dir = newFolder();
    const store: Store = await openStore(dir);
    const run = store.createRun(runInfo());
    renameSync(store.file, `${store.file}.moved`);
    run.event(note(1));
    expect(() => run.flush()).toThrow(expect.objectContaining({ code: "store/moved" }));
    renameSync(`${store.file}.moved`, store.file);
    run.flush();
    expect(store.events("@")).toHaveLength(1);
    store.close();
  });

  test("because its place is a file says so, and takes it neither for empty nor for damaged", async () => {
    const file = newFolder();
    writeFileSync(file, "mine");
    for (const readOnly of [true, false]) {
      await expect(openStore(file, { readOnly })).rejects.toMatchObject({
        code: "store/foreign",
        message: expect.stringMatching(/is a file, not the folder of a run store/),
      });
    }
    expect(readFileSync(file, "utf8")).toBe("mine");
    const within = newFolder();
    (await openStore(within)).close();
    await expect(openStore(join(within, "runs.db"))).rejects.toThrow(`--store ${within}`);
  });

  test("to be made leaves nothing behind", async () => {
    const { open } = await faulty((_, sql) =>
      sql.startsWith("INSERT INTO runs") ? "SQLITE_FULL" : undefined,
    );
    const dir = newFolder();
    await using store = await openStore(dir, { open });
    expect(() => store.createRun(runInfo())).toThrow(/cannot grow/);
    expect(readdirSync(dir).filter((name) => !name.startsWith("runs.db"))).toEqual([]);
  });

  test("a run's folder that cannot be made again is not reused", async () => {
    const dir = newFolder();
    await using store = await openStore(dir);
    const { id, dir: runDir } = store.createRun(runInfo());
    rmSync(runDir, { recursive: true });
    mkdirSync(runDir);
    for (let i = 0; i < 20; i++) expect(store.createRun(runInfo()).id).not.toBe(id);
  });
});
