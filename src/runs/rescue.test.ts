import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { NadirError } from "../base/errors.ts";
import { saveCheckpoint } from "./checkpoint.ts";
import { rescueRuns } from "./rescue.ts";
import { Connection, corrupt, loadLibsql } from "./sqlite.ts";
import { openStore, type Store } from "./store.ts";
import { runInfo, temporaryFolder } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let folders = 0;
const newFolder = (): string => join(folder, String(folders++));

const tensors = { x: { dtype: "f64", shape: [1], data: Float64Array.of(1) } } as const;

/** A run that has ended, with params and two checkpoints. */
function ended(store: Store, name: string): string {
  const run = store.createRun(runInfo(name));
  run.saveParams(tensors);
  for (const step of [1, 2]) saveCheckpoint(run.dir, step, { tensors, meta: {} });
  run.end({ status: "ended", loss: 1, steps: 2, seconds: 1 });
  return run.id;
}

test("a file of a run that cannot be read is lost alone, and told", async () => {
  await using store = await openStore(newFolder());
  const [params, checkpoint, whole] = ["params", "checkpoint", "whole"].map((name) =>
    ended(store, name),
  );
  // A folder in a file's place: reading it fails, as of a disk with a fault.
  for (const [id = "", name] of [
    [params, "params.safetensors"],
    [checkpoint, "ck-2.safetensors"],
  ]) {
    const file = join(store.run(id).dir, name ?? "");
    rmSync(file);
    mkdirSync(file);
  }
  await using into = await openStore(newFolder());
  expect(store.rescueInto(into)).toEqual({
    whole: [whole],
    partly: [params, checkpoint],
    lost: [
      `the file params.safetensors of run ${params}`,
      `the file ck-2.safetensors of run ${checkpoint}`,
    ],
  });
  expect(
    into
      .runs()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["checkpoint", "params", "whole"]);
  const [id = ""] = into.runs({ name: "checkpoint" }).map((run) => run.id);
  expect(readdirSync(into.run(id).dir)).toEqual(["ck-1.safetensors", "params.safetensors"]);
});

test("a run's folder that is none loses its checkpoints alone", async () => {
  await using store = await openStore(newFolder());
  const id = ended(store, "no folder");
  const { dir } = store.run(id);
  rmSync(dir, { recursive: true });
  writeFileSync(dir, "");
  await using into = await openStore(newFolder());
  expect(store.rescueInto(into)).toEqual({
    ...{ whole: [], partly: [id] },
    lost: [`the checkpoints of run ${id}`],
  });
});

test("runs on both sides of a row that cannot be read are found, in their order", async () => {
  const dir = newFolder();
  await using store = await openStore(dir);
  const ids = ["a", "b", "c", "d", "e"].map((name) => ended(store, name));
  const real = new Connection(join(dir, "runs.db"), "read", await loadLibsql());
  const broken = Object.create(real) as Connection;
  broken.select = (columns, rest, ...values) => {
    const found = real.select(columns, rest, ...values);
    if (found[0]?.["seq"] === 3) throw corrupt("runs.db", "a page");
    return found;
  };
  await using into = await openStore(newFolder());
  const { whole, lost } = rescueRuns(store, broken, into);
  expect(whole).toEqual([ids[0], ids[1], ids[3], ids[4]]);
  expect(lost).toEqual([]);
  // What is no damage is no reason to leave runs out.
  broken.select = () => {
    throw new Error("a bug");
  };
  expect(() => rescueRuns(store, broken, into)).toThrow("a bug");
  real.close();
});

test("params and checkpoints that are not as they were sealed are lost alone; an earlier checkpoint that is takes its place", async () => {
  await using store = await openStore(newFolder());
  const id = ended(store, "torn");
  const { dir } = store.run(id);
  for (const name of ["params.safetensors", "ck-2.safetensors"]) {
    const bytes = readFileSync(join(dir, name));
    writeFileSync(
      join(dir, name),
      name.startsWith("ck") ? bytes.subarray(0, 40) : bytes.fill(1, bytes.length - 9),
    );
  }
  await using into = await openStore(newFolder());
  expect(store.rescueInto(into)).toEqual({
    ...{ whole: [], partly: [id] },
    lost: [`the file params.safetensors of run ${id}`, `the file ck-2.safetensors of run ${id}`],
  });
  expect(readdirSync(into.run(id).dir)).toEqual(["ck-1.safetensors"]);
  expect(into.check()).toEqual([]);
});

test("a store that takes no more is no damage of what is rescued", async () => {
  await using store = await openStore(newFolder());
  ended(store, "whole");
  await using into = await openStore(newFolder());
  const full = Object.create(into) as Store;
  full.takeOver = () => {
    throw new NadirError("file/io", "the disk is gone");
  };
  expect(() => store.rescueInto(full)).toThrow("the disk is gone");
});

test("a record that cannot be read, or that no store takes, is lost alone", async () => {
  const dir = newFolder();
  await using store = await openStore(dir);
  const [odd, broken, whole] = ["odd", "broken", "whole"].map((name) => ended(store, name));
  const database = (await loadLibsql())(join(dir, "runs.db"));
  database.prepare("UPDATE runs SET name = char(27) WHERE id = ?").run(odd ?? "");
  database.prepare("UPDATE runs SET machine = '{' WHERE id = ?").run(broken ?? "");
  database.close();
  await using into = await openStore(newFolder());
  expect(store.rescueInto(into)).toEqual({
    ...{ whole: [whole], partly: [] },
    lost: [`the record of run ${odd}`, `the record of run ${broken}`],
  });
});

test("while a run goes on nothing is rescued", async () => {
  await using store = await openStore(newFolder());
  const run = store.createRun(runInfo("goes on"));
  await using into = await openStore(newFolder());
  expect(() => store.rescueInto(into)).toThrow(expect.objectContaining({ code: "store/running" }));
  run.end({ status: "ended", steps: 0, seconds: 0 });
  expect(store.rescueInto(into).whole).toEqual([run.id]);
});
