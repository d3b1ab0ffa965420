import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listCheckpoints } from "../runs/checkpoint.ts";
import { openStore } from "../runs/store.ts";
import { runInfo, temporaryFolder } from "../runs/testing.ts";
import { commands } from "./commands.ts";
import { type ExitCode, exitCode } from "./exitCodes.ts";
import { nadir } from "./testing.ts";

/** How a command is asked here, once for a reader and once for a program; or the test that asks it. */
type Asked =
  | {
      readonly words: (form: "plain" | "json") => readonly string[];
      readonly schema: string;
      readonly exit?: ExitCode;
    }
  | { readonly elsewhere: string; readonly by: string };

const { folder, remove } = temporaryFolder();
afterAll(remove);

const always =
  (...words: readonly string[]) =>
  () =>
    words;
const half = ["steps=300", "tested=true", "--pause", "0.5", "--checkpoint", "0"];

/** Every command, in an order in which each finds what it needs. A new command needs a row. */
const asked: Readonly<Record<string, Asked>> = {
  init: { words: (form) => ["init", "function", form], schema: "nadir.init/1" },
  train: {
    words: (form) => [
      "train",
      "line.ts",
      "--name",
      form === "plain" ? "line" : "other",
      "--tag",
      "paper",
    ],
    schema: "nadir.run/1",
  },
  minimize: {
    words: (form) => [
      ...["minimize", "himmelblau", "x0=[-0.127961,-1.953715]", "method=lbfgs", "tolerance=1e-3"],
      ...["--name", form === "plain" ? "beside" : "second"],
    ],
    schema: "nadir.run/1",
  },
  escape: {
    words: (form) => ["escape", form === "plain" ? "beside" : "second"],
    schema: "nadir.run/1",
  },
  resume: {
    words: (form) => ["resume", form === "plain" ? "paused" : "paused2"],
    schema: "nadir.run/1",
  },
  range: { words: always("range", "line.ts", "--steps", "30"), schema: "nadir.range/1" },
  race: {
    words: always(
      "race",
      "rosenbrock",
      "--methods",
      "lbfgs,trustRegion",
      "--seeds",
      "1",
      "--no-store",
    ),
    schema: "nadir.race/1",
  },
  ls: { words: always("ls", "name:line", "--limit", "1"), schema: "nadir.runs/1" },
  show: { words: always("show", "line"), schema: "nadir.run/1" },
  watch: { words: always("watch", "line"), schema: "nadir.run/1" },
  tag: { words: always("tag", "line", "kept"), schema: "nadir.tags/1" },
  note: { words: always("note", "line", "falls here", "--step", "3"), schema: "nadir.notes/1" },
  compare: { words: always("compare", "line", "fixed"), schema: "nadir.comparison/1" },
  query: {
    words: always("query", "SELECT name, count(*) AS runs FROM runs GROUP BY name ORDER BY name"),
    schema: "nadir.query/1",
  },
  convexity: { words: always("convexity", "rosenbrock"), schema: "nadir.convexity/1" },
  diagnose: {
    words: always("diagnose", "line", "--only", "findings"),
    schema: "nadir.diagnosis/1",
  },
  spectrum: { words: always("spectrum", "rosenbrock", "x0=[1,1]"), schema: "nadir.spectrum/1" },
  landscape: {
    words: always("landscape", "rosenbrock", "x0=[1,1]", "--grid", "5"),
    schema: "nadir.landscape/1",
  },
  export: {
    words: () => ["export", "line", "--series", "loss", "--out", join(folder, "line.csv")],
    schema: "nadir.export/1",
  },
  import: { words: always("import", "logs"), schema: "nadir.import/1" },
  plot: {
    words: () => ["plot", "line", "--out", join(folder, "line.svg")],
    schema: "nadir.plot/1",
  },
  methods: { words: always("methods", "adam"), schema: "nadir.method/1" },
  explain: { words: always("explain", "saddle-point"), schema: "nadir.term/1" },
  gc: { words: always("gc", "--checkpoints"), schema: "nadir.gc/1" },
  doctor: { words: always("doctor"), schema: "nadir.doctor/1" },
  rm: {
    words: (form) => ["rm", form === "plain" ? "name:a" : "name:b", "--yes"],
    schema: "nadir.removal/1",
  },
  completion: {
    words: always("completion", "fish", "--", "nadir", "compl"),
    schema: "nadir.candidates/1",
  },
  sweep: { elsewhere: "sweep.spawn.test.ts", by: '"--json"' },
  bench: { elsewhere: "commands/bench.spawn.test.ts", by: "nadir.bench/1" },
  studio: { elsewhere: "../../test/studio/studio.ts", by: '"studio"' },
};

beforeAll(async () => {
  const source = fileURLToPath(new URL("../index.ts", import.meta.url));
  // Of these very sources: run in this process, it must not bring another nadir.
  writeFileSync(
    join(folder, "line.ts"),
    `import { dataset, defineTraining, normal, problem, sgd } from "${source}";
     const x = Array.from({ length: 12 }, (_, i) => [Math.sin(i), 1]);
     const y = x.map(([a = 0]) => 2 * a - 1);
     export default defineTraining({
       settings: { rate: 0.2, steps: 400, tested: false },
       build: ({ rate, steps, tested }) => problem({
         ...(tested ? { test: dataset({ x, y }) } : {}),
         params: (key) => ({ w: normal(key, [2]) }),
         loss: ({ w }, batch) => batch.x.matmul(w).sub(batch.y).square().mean(),
         data: dataset({ x, y }), method: sgd(rate), steps, batchSize: 12,
       }),
     });`,
  );
  {
    await using store = await openStore(join(folder, ".nadir"));
    for (const name of ["a", "b", "fixed"]) {
      const run = store.createRun(runInfo(name));
      const series = { steps: [1, 2, 3], values: { loss: [3, 2, 1] } };
      run.event({ kind: "progress", step: 3, loss: 1, gradientNorm: 1, series });
      run.end({ status: "ended", loss: 1, steps: 3, seconds: 1 });
    }
  }
  await nadir(["export", "fixed", "--as", "tensorboard", "--out", join(folder, "logs")], folder);
  for (const name of ["paused", "paused2"]) {
    await nadir(["train", "line.ts", "--name", name, ...half], folder);
  }
});

/** What is said without what differs from run to run and from machine to machine: ids, figures, times, places. */
const steady = (text: string, ids: readonly string[]): string =>
  ids
    .reduce((all, id) => all.replaceAll(id, "ID"), text.replaceAll(folder, "FOLDER"))
    .replaceAll(fileURLToPath(new URL("../..", import.meta.url)), "NADIR/")
    .replaceAll(/[⠀-⣿]+/g, "~")
    .replaceAll(/[▁-█]+/g, "~")
    .replaceAll(/-?\d+(?:[., ]\d+)*(?:e-?\d+)?/g, "#")
    .replaceAll(/# (?:µs|ms|s|min # s)(?![\w/])/g, "TIME")
    .replaceAll(/# (?:B|[kMG]B)(?!\w)/g, "BYTES")
    .replaceAll(/^((?:✓ )?machine).*$/gm, "$1 …")
    .replaceAll(/ {2,}/g, "  ");

/** The names and types of all that an object holds; of a list, of its first entry. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, shapeOf(item)]),
  );
}

async function idsIn(dir: string): Promise<string[]> {
  await using store = await openStore(join(dir, ".nadir"), { readOnly: true });
  return [...store.runs().map(({ id }) => id)];
}

test("resume --from takes the checkpoint of that step, and tells which there are", async () => {
  await nadir(["train", "line.ts", "--name", "back", ...half], folder);
  await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
  const steps = listCheckpoints(store.run("back").dir).map(({ step }) => step);
  const none = await nadir(["resume", "back", "--from", "7"], folder);
  expect([none.exit, none.stderr]).toEqual([
    2,
    expect.stringContaining(`its steps ${steps.join(", ")}`),
  ]);
  const first = String(steps.at(-1));
  const { exit, stdout } = await nadir(["resume", "back", "--from", first, "--jsonl"], folder);
  expect(exit).toBe(0);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.at(-1)).toMatchObject({ schema: "nadir.run/1", status: "ended", steps: 300 });
  expect(lines.find(({ kind }) => kind === "progress").series.steps[0]).toBe(Number(first) + 1);
  expect(new Set(lines.slice(0, -1).map(({ schema }) => schema))).toEqual(
    new Set(["nadir.event/1"]),
  );
  const whole = await nadir(
    ["train", "line.ts", "steps=300", "tested=true", "--name", "whole", "--json"],
    folder,
  );
  expect(lines.at(-1).loss).toBe(JSON.parse(whole.stdout).loss);
  expect(store.series("back", "loss").steps).toHaveLength(300);
});

test("--tag is checked before any work, and kept with the run", async () => {
  const { exit, stderr } = await nadir(["minimize", "rosenbrock", "--tag", "two words"], folder);
  expect([exit, stderr]).toEqual([2, expect.stringMatching(/a tag is "two words"/)]);
  const { stdout } = await nadir(["minimize", "beale", "--tag", "a,b/c", "--json"], folder);
  expect((await nadir(["tag", JSON.parse(stdout).id, "--json"], folder)).stdout).toMatch(
    /"a","b\/c"/,
  );
});

test("every command is asked", () => {
  expect(Object.keys(asked).sort()).toEqual(commands.map(({ name }) => name).sort());
  for (const one of Object.values(asked)) {
    if (!("elsewhere" in one)) continue;
    expect(readFileSync(new URL(one.elsewhere, import.meta.url), "utf8")).toContain(one.by);
  }
});

describe.sequential("what is said, to a reader and to a program", () => {
  for (const [name, one] of Object.entries(asked)) {
    if ("elsewhere" in one) continue;
    test(name, async () => {
      const before = await idsIn(folder);
      const plain = await nadir(one.words("plain"), folder);
      const [first = "", ...rest] = one.words("json");
      const json = await nadir([first, "--json", "--quiet", ...rest], folder);
      expect([plain.exit, json.exit, json.stderr]).toEqual([one.exit ?? 0, one.exit ?? 0, ""]);
      const ids = [...new Set([...before, ...(await idsIn(folder))])];
      expect(steady(plain.stdout, ids)).toMatchSnapshot("plain");
      expect(
        json.stdout.endsWith("}\n") && json.stdout.indexOf("\n") === json.stdout.length - 1,
      ).toBe(true);
      const told = JSON.parse(json.stdout);
      expect([Object.keys(told)[0], told.schema]).toEqual(["schema", one.schema]);
      expect(shapeOf(told)).toMatchSnapshot("json");
    });
  }
});

/** What leaves with each code: a line that is asked here, or the test that does. */
const leaving: Readonly<
  Record<ExitCode, readonly string[] | { readonly elsewhere: string; readonly by: string }>
> = {
  [exitCode.done]: ["ls"],
  [exitCode.internal]: { elsewhere: "main.spawn.test.ts", by: "This is a bug in nadir" },
  [exitCode.usage]: ["explian"],
  [exitCode.unexpected]: ["minimize", "beale", "--expect", "saddle"],
  [exitCode.diverged]: ["train", "line.ts", "rate=1e30"],
  [exitCode.missing]: ["show", "@", "--store", "elsewhere"],
  [exitCode.damaged]: ["minimize", "rosenbrock", "--store", "/proc/nadir/x"],
  [exitCode.lost]: { elsewhere: "watch.test.ts", by: "crashed after step" },
  [exitCode.limit]: ["train", "line.ts", "steps=100000000", "--time", "50ms"],
  [exitCode.locked]: { elsewhere: "errors.test.ts", by: "store/locked" },
  [exitCode.hungUp]: { elsewhere: "train.spawn.test.ts", by: "SIGHUP" },
  [exitCode.interrupted]: { elsewhere: "watch.test.ts", by: "130" },
  [exitCode.terminated]: { elsewhere: "train.spawn.test.ts", by: "SIGTERM" },
};

describe("every exit code is reached", () => {
  for (const [code, how] of Object.entries(leaving)) {
    test(code, async () => {
      if (!("elsewhere" in how)) {
        expect((await nadir(how, folder)).exit).toBe(Number(code));
        return;
      }
      const file = new URL(how.elsewhere, import.meta.url);
      expect(existsSync(file) && readFileSync(file, "utf8").includes(how.by)).toBe(true);
    });
  }
});
