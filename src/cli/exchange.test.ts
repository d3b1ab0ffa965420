import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../runs/store.ts";
import { runInfo } from "../runs/testing.ts";
import { nadir } from "./testing.ts";

let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nadir-exchange-"));
  await using store = await openStore(join(folder, ".nadir"));
  const run = store.createRun(runInfo("digits"));
  run.event({
    ...{ kind: "progress", step: 3, loss: 0.25, gradientNorm: 1 },
    series: { steps: [1, 2, 3], values: { loss: [1, 0.5, 0.25], rate: [0.1, 0.1, Number.NaN] } },
  });
  run.end({ status: "ended", loss: 0.25, metrics: { accuracy: 0.9 }, steps: 3, seconds: 2 });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("export writes a run's series as text, or as a file", async () => {
  const { exit, stdout } = await nadir(["export", "@", "--series", "loss"], folder);
  expect([exit, stdout.replace(/^\w{4},/gm, "RUN,")]).toEqual([
    0,
    "run,step,loss\nRUN,1,1\nRUN,2,0.5\nRUN,3,0.25\n",
  ]);
  const lines = await nadir(["export", "--as", "jsonl", "--out", join(folder, "a.jsonl")], folder);
  expect(lines.exit).toBe(0);
  expect(readFileSync(join(folder, "a.jsonl"), "utf8")).toContain('"loss":0.25,"rate":"NaN"');
  const runs = await nadir(["export", "--table", "runs"], folder);
  expect(runs.stdout).toMatch(/^id,name,created,.*metrics\.accuracy.*\n\w{4},digits,/);
});

test("export takes the runs that a filter finds", async () => {
  {
    await using store = await openStore(join(folder, ".nadir"));
    store.createRun(runInfo("other")).end({ status: "ended", loss: 4, steps: 1, seconds: 1 });
  }
  const few = await nadir(["export", "loss<1", "--table", "runs"], folder);
  expect(few.stdout.trim().split("\n")).toEqual([
    expect.anything(),
    expect.stringMatching("digits"),
  ]);
  const series = await nadir(["export", "name:dig*", "--series", "loss"], folder);
  expect(series.stdout.trim().split("\n")).toHaveLength(4);
  expect((await nadir(["export", "loss>9"], folder)).stderr).toMatch(/no run has loss>9/);
});

test("resume takes the one run that a filter finds", async () => {
  const { exit, stderr } = await nadir(["resume", "loss<1"], folder);
  expect([exit, stderr]).toEqual([2, expect.stringMatching(/run \w{4} has ended/)]);
});

test("TensorBoard: what is exported is imported again, once", async () => {
  const logs = join(folder, "logs");
  const out = await nadir(["export", "--as", "tensorboard", "--out", logs], folder);
  expect(out.exit).toBe(0);
  const [name = ""] = readdirSync(logs);
  expect(name).toMatch(/^digits-\w{4}$/);
  const first = await nadir(["import", logs], folder);
  expect([first.exit, first.stdout]).toEqual([
    0,
    expect.stringMatching(/digits-\w{4} {2}6 points/),
  ]);
  expect((await nadir(["import", logs], folder)).stdout).toMatch(/is in the store already/);
  await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
  expect(store.runs()).toHaveLength(2);
  expect([...store.series("@", "loss").values]).toEqual([1, 0.5, 0.25]);
  expect([...store.series("@", "loss").steps]).toEqual([1, 2, 3]);
  expect(store.run("@")).toMatchObject({ loss: 0.25, status: "ended", steps: 3, name });
});

test("whole runs go into another store, and come out of it as they went in", async () => {
  const [file, again] = [join(folder, "runs.nadir"), join(folder, "again.nadir")];
  const out = await nadir(["export", "digits", "--as", "nadir", "--out", file], folder);
  expect([out.exit, out.stdout]).toEqual([0, expect.stringMatching(/runs\.nadir {3}1 run, /)]);
  const other = ["--store", join(folder, "other")];
  const first = await nadir(["import", file, ...other], folder);
  expect([first.exit, first.stdout]).toEqual([0, expect.stringMatching(/digits {2}6 points/)]);
  expect((await nadir(["import", file, ...other], folder)).stdout).toMatch(/in the store already/);
  await nadir(["export", "@", "--as", "nadir", "--out", again, ...other], folder);
  expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
  writeFileSync(file, readFileSync(file).subarray(0, -1));
  const cut = await nadir(["import", file, "--store", join(folder, "none")], folder);
  expect([cut.exit, cut.stderr]).toEqual([6, expect.stringMatching(/runs\.nadir is damaged: /)]);
  expect(readdirSync(folder)).not.toContain("none");
});

test("a damaged tail is told, and what is before it is kept", async () => {
  const logs = join(folder, "logs");
  await nadir(["export", "--as", "tensorboard", "--out", logs], folder);
  const [file = ""] = readdirSync(logs, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.includes("tfevents"),
  );
  const whole = readFileSync(join(logs, file));
  writeFileSync(join(logs, file), whole.subarray(0, whole.length - 3));
  const { exit, stderr, stdout } = await nadir(["import", join(logs, file)], folder);
  expect(exit).toBe(0);
  expect(stderr).toMatch(/record 7 is cut off; what is before it was read/);
  expect(stdout).toMatch(/5 points/);
});

test.for([
  [["import", "nowhere"], /there is no file or folder/],
  [["import", "."], /no event file is below/],
  [["import", "text.txt"], /text\.txt is no TensorBoard event file/],
  [["export", "--as", "excel"], /one of csv, jsonl, parquet, tensorboard, nadir/],
  [["export", "--as", "parquet"], /--out FILE\.parquet/],
  [["export", "--as", "nadir"], /--out FILE\.nadir/],
  [["export", "--checkpoints"], /--as nadir, which writes whole runs/],
  [["import", "none.nadir"], /there is no file .*none\.nadir/],
  [["export", "@", "--series", "los"], /did you mean loss/],
  [
    ["export", "--as", "tensorboard", "--table", "runs", "--out", "x"],
    /event files hold series only/,
  ],
] as const)("%s: misuse is told, and nothing is left", async ([words, message]) => {
  writeFileSync(join(folder, "text.txt"), "not an event file, but long enough to be one");
  const before = readdirSync(folder);
  const { exit, stderr } = await nadir([...words], folder);
  expect(exit).toBe(2);
  expect(stderr).toMatch(message);
  expect(readdirSync(folder)).toEqual(before);
});
