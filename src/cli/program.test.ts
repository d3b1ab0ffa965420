import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeMachine } from "../runs/machine.ts";
import { openStore } from "../runs/store.ts";
import { commands } from "./commands.ts";
import { nadir } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "nadir-cli-"));
const [full, empty] = [join(folder, "full"), join(folder, "empty")];
let ids: readonly string[];

/** When the runs of the test store were made: noon of the first of January. */
const made = Date.UTC(2026, 0, 1, 12);

beforeAll(async () => {
  await using store = await openStore(join(full, ".nadir"), {
    clock: { now: () => made, monotonic: () => performance.now() },
  });
  const info = { command: "nadir train mlp.ts", versions: { nadir: "0.1.0" }, seed: 1 };
  const machine = describeMachine();
  const digits = store.createRun({
    ...info,
    name: "digits",
    machine,
    config: { method: "adam", epochs: 20 },
  });
  digits.event({
    kind: "progress",
    step: 2,
    loss: 0.25,
    gradientNorm: 1,
    series: { steps: [1, 2], values: { loss: [0.5, 0.25] } },
  });
  digits.end({
    status: "ended",
    loss: 0.0391,
    metrics: { testAccuracy: 0.957 },
    steps: 1260,
    seconds: 3.21,
    cost: { flops: 1.5e12 },
    verdict: {
      kind: "saddle",
      gradientNorm: 8.2e-6,
      tolerance: 1e-5,
      smallestEigenvalue: -0.043,
      eigenvalueError: 1e-3,
      direction: new Float64Array(235146).fill(0.5),
      predictedDecrease: 0.12,
      evidence: ["The smallest eigenvalue is negative."],
      advice: ["Step along the direction."],
    },
  });
  const other = store.createRun({ ...info, name: "other", machine, config: {} });
  other.end({ status: "crashed", steps: 3, seconds: 0.1 });
  ids = [digits.id, other.id];
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("nadir", () => {
  test("without a command shows the help, which names every command", async () => {
    const { exit, stdout } = await nadir([], folder);
    expect(exit).toBe(0);
    for (const { name, summary } of commands) {
      expect(stdout).toContain(name);
      expect(stdout.replace(/\s+/g, " ")).toContain(summary);
    }
  });

  test.for(commands.map(({ name }) => name))(
    "%s --help tells its flags and words",
    async (name) => {
      const { exit, stdout } = await nadir([name, "--help"], folder);
      expect(exit).toBe(0);
      for (const flag of ["--json", "--quiet", "--store <dir>"]) expect(stdout).toContain(flag);
    },
  );

  test.for([
    [["explian"], /unknown command "explian"\n.*\n.*did you mean explain\?/],
    [["trian", "--steps", "3"], /unknown command "trian"\n.*\n.*did you mean train\?/],
    [["ls", "--jsn"], /unknown flag "--jsn"\n.*\n.*did you mean --json\?/],
    [["show"], /nadir show: run is missing\n.*nadir show <run>/],
    [["show", "a", "b"], /nadir show: too many words/],
    [["ls", "--store"], /--store/],
    [["ls", "--limit", "many"], /--limit is "many"\n.*a whole number, at least 1/],
    [["ls", "--verdict", "sadle"], /--verdict is "sadle"\n.*\n.*did you mean saddle\?/],
    [["explain", "sadle"], /there is no term "sadle"\n.*\n.*did you mean saddle\?/],
  ] as const)("leaves %s with 2, one sentence and no stack", async ([words, message]) => {
    const { exit, stdout, stderr } = await nadir(words, folder);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  });

  test("with --json tells a failure as an object too", async () => {
    const { exit, stdout } = await nadir(["explain", "sadle", "--json"], folder);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "nadir.error/1",
      code: "explain/unknown",
      exit,
    });
  });
});

describe("nadir ls", () => {
  test("shows the runs, newest first, and leaves out columns that say nothing", async () => {
    const now = (): number => made + 2 * 3600_000;
    const { exit, stdout } = await nadir(["ls"], full, now);
    expect(exit).toBe(0);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ["run", "verdict", "name", "loss", "metrics", "method", "steps", "time", "age"],
      [ids[1], "✗ crashed", "other", "3", "100 ms", "2 h"],
      [
        ids[0],
        "∩∪ saddle",
        "digits",
        "0.0391",
        "test accuracy 95.7 %",
        "adam",
        "1 260",
        "3.2 s",
        "2 h",
      ],
    ]);
  });

  test("shows those that ended as asked, at most as many as asked", async () => {
    const saddles = await nadir(["ls", "--verdict", "saddle", "--json"], full);
    expect(JSON.parse(saddles.stdout).runs).toMatchObject([{ id: ids[0] }]);
    const one = await nadir(["ls", "--limit", "1", "--json"], full);
    expect(JSON.parse(one.stdout)).toMatchObject({
      schema: "nadir.runs/1",
      runs: [{ id: ids[1] }],
    });
  });

  test("says that there are none yet where no store is, and makes none", async () => {
    const { exit, stdout } = await nadir(["ls"], empty);
    expect(exit).toBe(0);
    expect(stdout).toContain("no runs yet in");
    expect((await nadir(["show", "@"], empty)).exit).toBe(5);
  });

  test("finds the store that --store names", async () => {
    const { stdout } = await nadir(["ls", "--store", join(full, ".nadir"), "--json"], empty);
    expect(JSON.parse(stdout).runs).toHaveLength(2);
  });
});

describe("nadir show", () => {
  test("shows verdict, evidence, figures, settings and how to repeat the run", async () => {
    const { exit, stdout } = await nadir(["show", "digits"], full);
    expect(exit).toBe(0);
    for (const part of [
      `${ids[0]}  digits  2026-01-01 12:00`,
      "∩∪ saddle   ‖g‖ 8.2e-6 (tolerance 1e-5)   λmin -0.043 ± 1e-3",
      "· The smallest eigenvalue is negative.",
      "→ Step along the direction.",
      "loss 0.0391   █▁   test accuracy 95.7 %   1 260 steps   3.2 s",
      "epochs 20",
      "1.5 TFLOP",
      "nadir train mlp.ts",
    ])
      expect(stdout).toContain(part);
  });

  test("as JSON holds what a program needs, without vectors as long as the params", async () => {
    const { stdout } = await nadir(["show", "@2", "--json"], full);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "nadir.run/1",
      id: ids[0],
      verdict: { kind: "saddle", predictedDecrease: 0.12 },
      loss: 0.0391,
      metrics: { testAccuracy: 0.957 },
      steps: 1260,
      seconds: 3.21,
      seed: 1,
      cost: { flops: 1.5e12 },
    });
    expect(stdout.length).toBeLessThan(5000);
    expect(Object.keys(JSON.parse(stdout))[0]).toBe("schema");
  });

  test("says which run is not there", async () => {
    const { exit, stderr } = await nadir(["show", "digit"], full);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/there is no run "digit"[\s\S]*did you mean digits\?/);
  });
});

describe("nadir explain", () => {
  test("lists the terms, and tells one of them with what to do and its source", async () => {
    expect((await nadir(["explain"], folder)).stdout).toContain("saddle-point");
    const { stdout } = await nadir(["explain", "saddle", "point"], folder);
    expect(stdout).toMatch(/^saddle-point[\s\S]*what to do[\s\S]*source: Dauphin/);
    const { stdout: json } = await nadir(["explain", "saddle", "--json"], folder);
    expect(JSON.parse(json)).toMatchObject({ schema: "nadir.term/1", name: "saddle-point" });
  });
});

describe("a damaged store", () => {
  test.skipIf(process.platform !== "linux")(
    "where no folder can be made is told of at once",
    async () => {
      const { exit, stderr } = await nadir(
        ["minimize", "rosenbrock", "--store", "/proc/nadir/x"],
        folder,
      );
      expect([exit, stderr]).toEqual([6, expect.stringMatching(/\/proc\/nadir/)]);
    },
  );

  test.for([["ls"], ["show", "@"], ["minimize", "rosenbrock"]])(
    "that is a folder is told of by %j, with exit code 2",
    async (words) => {
      const odd = mkdtempSync(join(folder, "odd-"));
      mkdirSync(join(odd, ".nadir", "runs.db"), { recursive: true });
      const { exit, stderr } = await nadir(words, odd);
      expect([exit, stderr]).toEqual([
        2,
        expect.stringMatching(/runs\.db is damaged: it is a folder/),
      ]);
    },
  );

  test.for([
    ["half of its file is gone", (file: string) => truncateSync(file, 5000)],
    ["its file is text", (file: string) => writeFileSync(file, "not a database at all".repeat(99))],
  ] as const)("is told with what to do, and left as it is: %s", async ([, damage]) => {
    const damaged = mkdtempSync(join(folder, "damaged-"));
    const store = await openStore(join(damaged, ".nadir"));
    const { file } = store;
    store.close();
    damage(file);
    const { exit, stderr } = await nadir(["ls"], damaged);
    expect(exit).toBe(2);
    expect(stderr).toContain(file);
    const checked = await nadir(["doctor", "--json"], damaged);
    expect(checked.exit).toBe(6);
    const { findings } = JSON.parse(checked.stdout);
    const found = findings.find(({ name }: { name: string }) => name === "run store");
    expect(found).toMatchObject({ status: "bad", remedy: expect.stringContaining(file) });
  });
});

describe("nadir doctor", () => {
  test("finds this machine well, and counts the runs of an intact store", async () => {
    const { exit, stdout } = await nadir(["doctor"], full);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/✓ node {2}\d+\.\d+\.\d+/);
    expect(stdout).toMatch(/✓ onnx runtime {2}\d+\.\d+\.\d+ loads/);
    expect(stdout).toMatch(/✓ run store {2}2 runs in .*, intact/);
  });

  test("does not mind that there is no store yet", async () => {
    const { exit, stdout } = await nadir(["doctor", "--json"], empty);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schema: "nadir.doctor/1", ok: true });
  });
});

describe("nadir methods", () => {
  test("lists all that is registered, by kind", async () => {
    const { exit, stdout } = await nadir(["methods", "--json"], empty);
    expect(exit).toBe(0);
    const { schema, methods } = JSON.parse(stdout);
    expect(schema).toBe("nadir.methods/1");
    const names = methods.map(
      ({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`,
    );
    for (const name of ["solver lbfgs", "rule adam", "transform chain", "schedule cosine"]) {
      expect(names).toContain(name);
    }
    const { stdout: text } = await nadir(["methods", "--kind", "solver"], empty);
    expect(text).toMatch(/^solvers: [\s\S]*\nlbfgs {2}/);
    expect(text).not.toContain("adam");
  });

  test("tells one of them with its guarantee, price and source, however it is written", async () => {
    const { stdout } = await nadir(["methods", "ADAMw"], empty);
    expect(stdout).toMatch(/^adamW {2}rule\n[\s\S]*guarantee\n[\s\S]*price\n[\s\S]*\n {2}source: /);
    const { exit, stderr } = await nadir(["methods", "momentm"], empty);
    expect([exit, stderr]).toEqual([
      2,
      expect.stringMatching(/no method "momentm"\n.*\n.*mean momentum\?/),
    ]);
  });
});
