import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore, type Store } from "./store.ts";
import { bundleProgram, type Running, runInfo, seeded, start, temporaryFolder } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
// How long to go on: NADIR_KILLS=1000 NADIR_ROUNDS=200 is a night's work, the rest of the time a minute's.
const kills = Number(process.env["NADIR_KILLS"] ?? 40);
const rounds = Number(process.env["NADIR_ROUNDS"] ?? 3);
let names = 0;
const newFolder = (): string => join(folder, String(names++));

// Arguments: store, file to stop at, how much faster than the wall its clock runs, milliseconds to
// rest after each flush. Says what it was promised: "run ID", then "ID COUNT" after each flush that returned.
const writer = `
  import { existsSync, writeSync } from "node:fs";
  import { openStore } from "./store.ts";
  const [dir = "", stop = "", speed = "1", rest = "0"] = process.argv.slice(2);
  const clock = { now: () => Date.now(), monotonic: () => performance.now() * Number(speed) };
  const store = await openStore(dir, { clock });
  const run = store.createRun(${JSON.stringify(runInfo())});
  writeSync(1, "run " + run.id + "\\n");
  let step = 0;
  while (!existsSync(stop)) {
    for (let i = 0; i < 3; i++) {
      step++;
      run.event({ kind: "progress", step, loss: 1 / step, gradientNorm: step, series: { steps: [step], values: { loss: [1 / step] } } });
      run.event({ kind: "note", step, text: "x".repeat(step % 300) });
    }
    run.flush();
    writeSync(1, run.id + " " + step + "\\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(rest));
  }
  run.end({ status: "ended", steps: step, seconds: 1 });
  store.close();
  writeSync(1, "ended " + run.id + "\\n");
`;
const reader = `
  import { existsSync, writeSync } from "node:fs";
  import { openStore } from "./store.ts";
  const [dir = "", stop = ""] = process.argv.slice(2);
  let reads = 0;
  while (!existsSync(stop)) {
    await using store = await openStore(dir, { readOnly: true });
    for (const run of store.runs()) {
      const events = store.events(run.id);
      events.forEach(({ seq }, i) => { if (seq !== i) throw new Error("gap at " + i + " of " + run.id); });
      if (store.seriesNames(run.id).length > 0) {
        store.series(run.id, "loss").values.forEach((v, i) => { if (v !== 1 / (i + 1)) throw new Error("value"); });
      }
    }
    if (++reads === 1) writeSync(1, "reading\\n");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  writeSync(1, "read " + reads + "\\n");
`;
let writerProgram: string;
let readerProgram: string;
beforeAll(async () => {
  writerProgram = await bundleProgram(folder, "writer", writer);
  readerProgram = await bundleProgram(folder, "reader", reader);
});

/** How many steps each run was promised to be kept, by the last whole line about it. */
function promises(output: string): Map<string, number> {
  return new Map(
    [...output.matchAll(/^(\S{4}) (\d+)\n/gm)].map(([, id = "", step]) => [id, Number(step)]),
  );
}

/** Whatever was promised is there, without gap, and the run's two records agree. */
function expectWhole(store: Store, id: string, promised: number): void {
  const events = store.events(id);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i));
  const notes = events.filter(({ event }) => event.kind === "note");
  expect(notes.length).toBeGreaterThanOrEqual(promised);
  if (notes.length === 0) return;
  const { steps, values } = store.series(id, "loss");
  // A step's progress may have been written without its note, which was told after it.
  expect([notes.length, notes.length + 1]).toContain(steps.length);
  expect(values.every((value, i) => value === 1 / (i + 1) && steps[i] === i + 1)).toBe(true);
}

describe("kill -9 of a writer", () => {
  async function killing(kills: number, seed: number): Promise<void> {
    const dir = newFolder();
    const random = seeded(seed);
    const promised = new Map<string, number>();
    for (let kill = 0; kill < kills; kill++) {
      const child = start(writerProgram, [dir, join(dir, "never"), "1000"]);
      // Every other one may not be killed before a first flush, however slow the machine.
      await child.said(kill % 2 === 0 ? "\n" : " 3\n");
      await pause(random() * 60);
      await child.kill();
      const { output } = await child.end();
      const id = /run (\S+)\n/.exec(output)?.[1] ?? "";
      promised.set(id, promises(output).get(id) ?? 0);
      await using store = await openStore(dir, { readOnly: true });
      expect(store.run("@")).toMatchObject({ id, status: "crashed" });
      expectWhole(store, id, promised.get(id) ?? 0);
    }
    await using store = await openStore(dir, { readOnly: true });
    expect(store.check()).toEqual([]);
    expect(store.runs({ status: "crashed" })).toHaveLength(kills);
    for (const [id, step] of promised) expectWhole(store, id, step);
    expect([...promised.values()].some((step) => step > 0)).toBe(true);
  }

  test(`at any moment leaves an intact store with all that was written: ${kills} kills`, {
    timeout: Math.max(240_000, 2000 * kills),
  }, async () => {
    await Promise.all([21, 22, 23, 24].map((seed) => killing(Math.ceil(kills / 4), seed)));
  });

  test("loses at most the last second of one that never lets go of its thread", async () => {
    const dir = newFolder();
    const program = await bundleProgram(
      folder,
      "busy",
      `import { writeSync } from "node:fs";
       import { openStore } from "./store.ts";
       // Its own clock, which stands still while the machine serves others or the disk is slow: 5 ms an event.
       let now = 0;
       const store = await openStore(process.argv[2], { clock: { now: () => now, monotonic: () => now } });
       const run = store.createRun(${JSON.stringify(runInfo())});
       for (let step = 1; ; step++) {
         now += 5;
         run.event({ kind: "note", step, text: String(now) });
         writeSync(1, "told " + now + "\\n");
         for (const end = performance.now() + 1; performance.now() < end; );
       }`,
    );
    const child = start(program, [dir]);
    await child.said("told 2600\n");
    await child.kill();
    const { output } = await child.end();
    const told = Number([...output.matchAll(/told (\d+)\n/g)].at(-1)?.[1]);
    await using store = await openStore(dir, { readOnly: true });
    const kept = store.events("@").at(-1)?.event;
    expect(kept?.kind).toBe("note");
    expect(told).toBeGreaterThanOrEqual(2600);
    expect(told - Number(kept?.kind === "note" ? kept.text : 0)).toBeLessThan(1000);
    expect(store.events("@").length).toBeGreaterThanOrEqual(2000 / 5);
  });

  test("in the middle of a write is undone by the next reader, who changes nothing else", async () => {
    const dir = newFolder();
    let id: string;
    {
      await using store = await openStore(dir);
      const run = store.createRun(runInfo());
      run.event({ kind: "note", step: 1, text: "kept" });
      run.end({ status: "ended", steps: 1, seconds: 1 });
      id = run.id;
    }
    // A cache of one page makes SQLite write to the database itself before the transaction ends.
    const program = await bundleProgram(
      folder,
      "torn",
      `import { writeSync } from "node:fs";
       const { default: Database } = await import("libsql");
       const db = new Database(process.argv[2]);
       db.exec("PRAGMA journal_mode = TRUNCATE; PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE");
       db.exec("UPDATE runs SET command = hex(zeroblob(300000)); DELETE FROM events");
       db.exec("UPDATE runs SET config = hex(zeroblob(300000))");
       writeSync(1, "torn\\n");
       for (;;);`,
    );
    const file = join(dir, "runs.db");
    const before = readFileSync(file);
    const child = start(program, [file]);
    await child.said("torn");
    await child.kill();
    expect(readFileSync(file).equals(before)).toBe(false);

    // In a folder that nobody may write the store cannot be put right, and that is said.
    const frozen = newFolder();
    mkdirSync(frozen);
    for (const name of ["runs.db", "runs.db-journal"])
      copyFileSync(join(dir, name), join(frozen, name));
    const reading = await readAsStranger(frozen);
    expect(reading.output).toContain("store/needs-recovery");

    await using store = await openStore(dir, { readOnly: true });
    expect(store.run("@")).toMatchObject({ id, status: "ended", command: "nadir train digits.ts" });
    expect(store.events(id)).toHaveLength(1);
    expect(store.check()).toEqual([]);
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe("a folder that may not be written", () => {
  test("can be read, and refuses to be written before anything is done", async () => {
    const dir = newFolder();
    {
      await using store = await openStore(dir);
      store.createRun(runInfo()).end({ status: "ended", steps: 1, seconds: 1 });
    }
    const { output } = await readAsStranger(dir);
    expect(output).toContain("read 1 runs");
    expect(output).toContain("write store/not-writable");
  });
});

/** Opens a store without the right to write to its folder, as another user where we are root. */
async function readAsStranger(dir: string): Promise<{ code: number | null; output: string }> {
  const program = await bundleProgram(
    folder,
    "stranger",
    `import { openStore } from "./store.ts";
     try {
       await using store = await openStore(process.argv[2], { readOnly: true });
       console.log("read " + store.runs().length + " runs, " + store.check().length + " problems");
     } catch (error) { console.log("read " + error.code + error); }
     try { await openStore(process.argv[2]); } catch (error) { console.log("write " + error.code + error); }`,
  );
  chmodSync(folder, 0o755);
  chmodSync(join(dir, "runs.db"), 0o444);
  chmodSync(dir, 0o555);
  try {
    return await start(program, [dir], process.getuid?.() === 0 ? { uid: 65534 } : {}).end();
  } finally {
    chmodSync(dir, 0o755);
  }
}

describe("many processes on one store", () => {
  test(`4 writers and 2 readers with 2 kills a round never corrupt it: ${rounds} rounds`, {
    timeout: Math.max(240_000, 20_000 * rounds),
  }, async () => {
    const dir = newFolder();
    const random = seeded(4);
    await using store = await openStore(dir);
    const promised = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      const stop = join(folder, `stop-${names++}`);
      const writers = Array.from({ length: 4 }, () =>
        start(writerProgram, [dir, stop, "50", "10"]),
      );
      const readers = Array.from({ length: 2 }, () => start(readerProgram, [dir, stop]));
      await Promise.all(writers.map((child) => child.said("\n")));
      await Promise.all(readers.map((child) => child.said("reading")));
      await pause(random() * 200);
      const killed = writers.splice(0, 2);
      await Promise.all(killed.map((child) => child.kill()));
      writeFileSync(stop, "");
      const ends = await Promise.all(
        [...killed, ...writers, ...readers].map((child: Running) => child.end()),
      );
      for (const { output } of ends.slice(0, 4)) {
        for (const [id, step] of promises(output)) promised.set(id, step);
      }
      for (const { output } of ends.slice(2, 4)) expect(output).toMatch(/ended \S{4}\n$/);
      for (const { output } of ends.slice(4)) expect(output).toMatch(/read [1-9]\d*\n$/);
      expect(store.check()).toEqual([]);
    }
    expect(store.runs()).toHaveLength(4 * rounds);
    expect(store.runs({ status: "ended" })).toHaveLength(2 * rounds);
    expect(store.runs({ status: "crashed" })).toHaveLength(2 * rounds);
    for (const [id, step] of promised) expectWhole(store, id, step);
  });
});
