import {
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { saveCheckpoint } from "../runs/checkpoint.ts";
import { openStore } from "../runs/store.ts";
import { runInfo, temporaryFolder } from "../runs/testing.ts";
import { nadir } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let places = 0;
const tensors = { x: { dtype: "f64", shape: [500], data: new Float64Array(500) } } as const;
/** Of a process that cannot be: ids end far below. */
const left = ".ck-9.safetensors.999999999-0123456789ab.tmp";

/** A store whose runs have two checkpoints each: one has ended, one was interrupted, and one goes on. */
async function place() {
  const cwd = join(folder, String(places++));
  const dir = join(cwd, ".nadir");
  const store = await openStore(dir);
  const runs = ["ended", "interrupted", "going"].map((name) => store.createRun(runInfo(name)));
  for (const run of runs) {
    for (const step of [1, 2]) saveCheckpoint(run.dir, step, { tensors, meta: {} });
    writeFileSync(join(run.dir, left), "half");
  }
  const [ended, interrupted] = runs;
  ended!.end({ status: "ended", steps: 2, seconds: 1 });
  interrupted!.end({ status: "interrupted", steps: 2, seconds: 1 });
  return { cwd, dir, store, runs };
}
const names = (path: string): string[] => readdirSync(path).sort();

describe("nadir gc", () => {
  test("tells what nothing needs, and removes it when told to; a run that goes on is left alone", async () => {
    const { cwd, dir, store, runs } = await place();
    const orphan = join(dir, "b2cd");
    for (const name of ["b2cd", "c3df", "mine"]) mkdirSync(join(dir, name));
    writeFileSync(join(orphan, "ck-1.safetensors"), "x".repeat(100));
    writeFileSync(join(dir, "c3df", "thesis.txt"), "precious");
    const old = new Date(Date.now() - 7_200_000);
    for (const name of ["b2cd", "c3df", "mine"]) utimesSync(join(dir, name), old, old);
    mkdirSync(join(dir, "d4fg")); // just made: its run may be on the way
    // What a landscape through training is made of is no garbage unless it is said to be.
    expect((await nadir(["gc"], cwd)).stdout).not.toMatch(/checkpoint/);
    const told = await nadir(["gc", "--checkpoints"], cwd);
    expect(told.exit).toBe(0);
    expect(told.stdout).toMatch(
      /1 {2}earlier checkpoint .*\n.* 2 {2}temporary files .*\n.* 1 {2}folder .*\n.*can be freed {3}nadir gc --checkpoints --yes\n$/,
    );
    expect(names(runs[0]!.dir)).toEqual([left, "ck-1.safetensors", "ck-2.safetensors"]);
    const { exit, stdout } = await nadir(["gc", "--checkpoints", "--yes", "--json"], cwd);
    const { schema, found, bytes } = JSON.parse(stdout);
    expect([exit, schema]).toEqual([0, "nadir.gc/1"]);
    const [a, b] = runs.map(({ id }) => id);
    expect(found.map(({ path }: { path: string }) => path).sort()).toEqual(
      [`${a}/ck-1.safetensors`, `${a}/${left}`, `${b}/${left}`, "b2cd"].sort(),
    );
    expect(bytes).toBeGreaterThan(4000);
    expect(runs.map((run) => names(run.dir))).toEqual([
      ["ck-2.safetensors"],
      ["ck-1.safetensors", "ck-2.safetensors"],
      [left, "ck-1.safetensors", "ck-2.safetensors"],
    ]);
    expect(
      [orphan, join(dir, "c3df"), join(dir, "mine"), join(dir, "d4fg")].map((path) =>
        existsSync(path),
      ),
    ).toEqual([...[false, true, true, true]]);
    expect((await nadir(["gc", "--checkpoints"], cwd)).stdout).toMatch(
      /holds nothing that is not needed/,
    );
    store.close();
  });

  test("keeps the earlier checkpoint where the last is damaged", async () => {
    const { cwd, store, runs } = await place();
    truncateSync(join(runs[0]!.dir, "ck-2.safetensors"), 100);
    await nadir(["gc", "--checkpoints", "--yes"], cwd);
    expect(names(runs[0]!.dir)).toEqual(["ck-1.safetensors", "ck-2.safetensors"]);
    store.close();
  });

  test("gives the pages of deleted runs back, but not while a run goes on; doctor tells of them", async () => {
    const { cwd, dir, store, runs } = await place();
    const bytes = new Uint8Array(3_000_000);
    store.artefacts.put(runs[0]!.id, { kind: "figure", name: "a", mediaType: "image/png", bytes });
    store.deleteRuns([runs[0]!.id]);
    const size = (): number => statSync(join(dir, "runs.db")).size;
    await nadir(["gc", "--yes"], cwd);
    expect(size()).toBeGreaterThan(3_000_000);
    runs[2]!.end({ status: "ended", steps: 2, seconds: 1 });
    store.close();
    expect((await nadir(["doctor"], cwd)).stdout).toMatch(/intact\n.*nadir gc: 3(\.\d+)? MB/);
    const { stdout } = await nadir(["gc", "--yes"], cwd);
    expect(stdout).toMatch(/1 {2}database/);
    expect(size()).toBeLessThan(500_000);
    expect((await nadir(["doctor"], cwd)).stdout).toMatch(/2 runs in .*, intact\n(?!.*gc)/);
  });
});
