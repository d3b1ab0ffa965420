import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { latestCheckpoint, readTensors } from "../runs/checkpoint.ts";
import { openStore } from "../runs/store.ts";
import { type Started, spawned, start } from "./testing.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-train-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// A line through twelve points: ends in a minimum, or takes as long as it is asked to.
beforeAll(() => {
  writeFileSync(
    join(folder, "line.ts"),
    `import { dataset, defineTraining, log, normal, problem, sgd } from "nadir";

const x = Array.from({ length: 12 }, (_, i) => [Math.sin(i), 1]);
const y = x.map(([a = 0]) => 2 * a - 1);

export default defineTraining({
  settings: { rate: 0.2, steps: 2000, batchSize: 12, poison: false, test: true },
  build: async ({ rate, steps, batchSize, poison, test }) => {
    const data = dataset({ x, y });
    return problem({
      params: (key) => ({ w: normal(key, [2]) }),
      loss: ({ w }, batch) => {
        const off = batch.x.matmul(w).sub(batch.y);
        const loss = off.square().mean();
        return { loss: poison ? log(loss.neg()) : loss, metrics: { error: off.abs().mean() } };
      },
      data,
      ...(test ? { test: data } : {}),
      method: sgd(rate),
      steps,
      batchSize,
    });
  },
});
`,
  );
});

const lastRun = async () => {
  await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
  const told = store.seriesNames("@").includes("loss");
  const losses = told ? store.series("@", "loss") : { steps: [], values: [] };
  return { run: store.run("@"), events: store.events("@"), losses };
};

describe("nadir train", () => {
  test("tells a reader the verdict, the figures, the cost and the record", async () => {
    const { exit, stdout, stderr } = await spawned(["train", "line.ts"], folder);
    expect(stderr).toMatch(/^line\.ts {2}2 parameters · sgd · js\n/);
    const { run } = await lastRun();
    expect(stdout).toMatch(/^⊎ global {3}‖g‖ .* primal .* gap /);
    expect(stdout).toMatch(/\n {2}loss \S+ {3}test loss \S+ {3}test error \S+ {3}2 000 steps/);
    expect(stdout).toMatch(/\n {2}cost .* · 24 000 examples .*train .*s, verdict/);
    expect(stdout).toContain(`record      .nadir/${run.id}   nadir show ${run.id}\n`);
    expect(exit).toBe(0);
  });

  test("tells a program the same as one JSON object", async () => {
    const { exit, stdout } = await spawned(
      ["train", "line.ts", "rate=0.3", "--seed", "7", "--json", "--quiet"],
      folder,
    );
    const result = JSON.parse(stdout);
    expect(Object.keys(result)[0]).toBe("schema");
    expect(result).toMatchObject({
      schema: "nadir.run/1",
      id: expect.any(String),
      verdict: { kind: "global-minimum", gap: expect.any(Number) },
      loss: expect.any(Number),
      metrics: { testLoss: expect.any(Number), testError: expect.any(Number) },
      steps: 2000,
      seconds: expect.any(Number),
      seed: 7,
      cost: { flops: expect.any(Number), gradients: 2000 },
      repeat: "nadir train line.ts rate=0.3 --seed 7",
      rollbacks: 0,
    });
    expect(exit).toBe(0);
  });

  test("keeps settings, events, every step's loss, the final params and what ran", async () => {
    await spawned(["train", "line.ts", "--name", "kept", "--seed", "3"], folder);
    const { run, events, losses } = await lastRun();
    expect(run).toMatchObject({
      name: "kept",
      status: "ended",
      seed: 3,
      file: join(folder, "line.ts"),
      config: {
        task: "train",
        method: "sgd",
        engine: "js",
        batchSize: 12,
        settings: { rate: 0.2 },
      },
      versions: { nadir: expect.any(String), node: process.versions.node },
      machine: { cores: expect.any(Number) },
    });
    const kinds = new Set(events.map(({ event }) => event.kind));
    for (const kind of ["start", "progress", "evaluation", "checkpoint", "end"]) {
      expect(kinds).toContain(kind);
    }
    expect([losses.values.length, losses.steps[0], losses.steps.at(-1)]).toEqual([2000, 1, 2000]);
    const { tensors } = readTensors(join(run.dir, "params.safetensors"));
    expect(tensors["w"]?.data[0]).toBeCloseTo(2, 3);
    expect(tensors["w"]?.data[1]).toBeCloseTo(-1, 3);
  });

  test("without words is told by its settings alone, and with --dry-run runs nothing", async () => {
    const { exit, stdout } = await spawned(
      ["train", "line.ts", "rate=1", "--dry-run", "--json"],
      folder,
    );
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "nadir.settings/1",
      settings: [
        { name: "rate", value: 1, from: "command line" },
        { name: "steps", value: 2000, from: "line.ts" },
        { name: "batchSize" },
        { name: "poison" },
        { name: "test" },
      ],
    });
  });

  test("overrides steps, engine and threads", async () => {
    const { stdout } = await spawned(
      ["train", "line.ts", "--steps", "30", "--engine", "onnx", "--threads", "1", "--json"],
      folder,
    );
    expect(JSON.parse(stdout)).toMatchObject({
      steps: 30,
      config: { engine: "onnx", flags: { steps: 30, engine: "onnx", threads: 1 } },
    });
  });

  test("leaves with 3 unless the verdict is the expected one", async () => {
    const met = await spawned(["train", "line.ts", "--expect", "local-minimum"], folder);
    expect(met.exit).toBe(0);
    const missed = await spawned(["train", "line.ts", "--expect", "saddle"], folder);
    expect(missed.exit).toBe(3);
    expect(missed.stderr).toContain("expected saddle, and the run ended as global-minimum");
  });

  test("leaves with 4 when it diverged, names the operation, and has saved no bad weight", async () => {
    const { exit, stdout, stderr } = await spawned(["train", "line.ts", "poison=true"], folder);
    expect(exit).toBe(4);
    expect(stderr.match(/back to step 0, steps × /g)).toHaveLength(3);
    expect(stdout).toMatch(/^↗ diverged {3}step 0 {3}the loss is NaN: log of \[\] gave NaN\n/);
    const { run, events } = await lastRun();
    expect(run.verdictKind).toBe("diverged");
    const rollbacks = events.flatMap(({ event }) => (event.kind === "rollback" ? [event] : []));
    expect(rollbacks.map(({ rateScale }) => rateScale)).toEqual([0.5, 0.25, 0.125]);
    const { tensors } = readTensors(join(run.dir, "params.safetensors"));
    expect(tensors["w"]?.data.every(Number.isFinite)).toBe(true);
  });

  describe("whose time is up", () => {
    // Where it begins it could end: how far a machine comes in that time is of no matter.
    const words = ["train", "line.ts", "steps=100000000", "test=false", "--time", "0.3s"];
    const there = [...words, "--begin", "there"];
    beforeAll(async () => {
      const { exit } = await spawned(["train", "line.ts", "--name", "there"], folder);
      expect(exit).toBe(0);
    });

    test("ends, and can be resumed", async () => {
      const { exit, stdout } = await spawned([...there, "--json"], folder);
      expect(exit).toBe(8);
      const { verdict, status, steps } = JSON.parse(stdout);
      expect([verdict.kind, status]).toEqual(["global-minimum", "interrupted"]);
      const { run } = await lastRun();
      expect(latestCheckpoint(run.dir)?.step).toBe(steps);
    });

    test("ends well at the verdict that was hoped for", async () => {
      const { exit } = await spawned([...there, "--expect", "global-minimum"], folder);
      expect(exit).toBe(0);
    });
  });

  test("ends well before its time is up", async () => {
    const words = ["train", "line.ts", "steps=20", "test=false", "--time", "1h"];
    expect((await spawned(words, folder)).exit).toBe(0);
  });
});

/** A run that would go on for minutes, once it is under way. */
async function longRun(): Promise<Started> {
  const words = ["train", "line.ts", "steps=100000000", "test=false", "batchSize=5"];
  const started = start(words, folder);
  await started.saying(/step \d/);
  return started;
}

describe("nadir train, and its code", () => {
  test("keeps the files as they were read, with what they import", async () => {
    writeFileSync(join(folder, "rate.ts"), "export const rate: number = 0.1;\n");
    const text = `import { dataset, problem, sgd } from "nadir";
import { rate } from "./rate.ts";
export default problem({
  params: [0], loss: (w, { x }) => x.mul(w).sub(1).square().mean(),
  data: dataset({ x: [[1], [2]] }), method: sgd(rate), steps: 5,
});
`;
    writeFileSync(join(folder, "two files.ts"), text);
    const { exit } = await spawned(["train", "two files.ts", "--name", "two"], folder);
    expect(exit).toBe(0);
    await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
    const kept = store.artefacts.list("two", { kind: "code" });
    const texts = kept.map(({ name, sha256 }) => [
      name,
      new TextDecoder().decode(store.artefacts.read("two", sha256).bytes),
    ]);
    expect(new Map(texts as [string, string][])).toEqual(
      new Map([
        ["two files.ts", text],
        ["rate.ts", "export const rate: number = 0.1;\n"],
      ]),
    );
  });

  test("shows the run in the studio, which stays until it is told to end", async () => {
    const words = ["train", "line.ts", "steps=50", "test=false", "--open", "--json"];
    const started = start(words, folder, { DISPLAY: "", WAYLAND_DISPLAY: "" });
    await started.saying(/the studio goes on/);
    started.child.kill("SIGINT");
    const { exit, stdout, stderr } = await started.ended;
    expect(exit).toBe(0);
    const { id } = JSON.parse(stdout);
    expect(stderr).toMatch(
      new RegExp(`studio {2}http://127\\.0\\.0\\.1:\\d+/run/${id}#token=[0-9a-f]{64}\n`),
    );
  });
});

test("a studio that a training started does not outlive it, even if that is killed", async () => {
  const words = ["train", "line.ts", "steps=50", "test=false", "--open"];
  const started = start(words, folder, { DISPLAY: "", WAYLAND_DISPLAY: "" });
  let told = "";
  started.child.stderr.on("data", (piece: string) => {
    told += piece;
  });
  await started.saying(/the studio goes on/);
  const address = `http://${/127\.0\.0\.1:\d+/.exec(told)?.[0]}/`;
  expect((await fetch(address)).status).toBe(200);
  started.child.kill("SIGKILL");
  await started.ended;
  await expect.poll(() => fetch(address).catch(() => "gone")).toBe("gone");
});

describe("a run that is asked to end", () => {
  test.for([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("by %s finishes its call, saves, and leaves with %i", async ([signal, code]) => {
    const { child, ended } = await longRun();
    child.kill(signal);
    const { exit, stdout, stderr } = await ended;
    expect(exit).toBe(code);
    expect(stdout).toMatch(/stopped: on request|‖g‖/);
    expect(stdout).toMatch(/nadir resume \w+\n$/);
    if (signal !== "SIGHUP") expect(stderr).toContain("once more leaves now");
    const { run, losses } = await lastRun();
    expect(run.status).toBe("interrupted");
    const checkpoint = latestCheckpoint(run.dir);
    expect(checkpoint?.step).toBe(run.steps);
    expect(losses.values.length).toBe(run.steps);
  });

  test("twice leaves at once, and its record is whole", async () => {
    const { child, ended, saying } = await longRun();
    child.kill("SIGINT");
    await saying(/once more/);
    child.kill("SIGINT");
    expect((await ended).exit).toBe(130);
    await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
    expect(store.check()).toEqual([]);
  });

  test("before it began leaves nothing behind", async () => {
    const elsewhere = mkdtempSync(join(folder, "slow-"));
    writeFileSync(
      join(elsewhere, "slow.ts"),
      `import { defineTraining } from "nadir";
export default defineTraining({ build: async () => { console.error("loading"); await new Promise((r) => setTimeout(r, 60_000)); } });`,
    );
    const { child, ended, saying } = start(["train", "slow.ts"], elsewhere);
    await saying(/loading/);
    child.kill("SIGINT");
    const { exit, stderr } = await ended;
    expect(exit).toBe(130);
    expect(stderr).not.toContain("bug");
    expect(existsSync(join(elsewhere, ".nadir"))).toBe(false);
  });

  test("goes on when nobody reads its progress any more", async () => {
    const { child, ended } = start(["train", "line.ts", "--json"], folder);
    child.stderr.destroy();
    const { exit, stdout } = await ended;
    expect([exit, JSON.parse(stdout).steps]).toEqual([0, 2000]);
  });

  test("by kill -9 leaves a readable record of all that was written until then", async () => {
    const { child, ended } = await longRun();
    const steps = async () => (await lastRun()).losses.values.length;
    // It writes while it trains. How much at most is lost, storeKill.test.ts tells by the writer's own clock.
    let written = 0;
    for (let writes = 0; writes < 2; writes++) {
      await expect.poll(steps).toBeGreaterThan(written);
      written = await steps();
    }
    child.kill("SIGKILL");
    expect((await ended).exit).toBe("SIGKILL");
    const { run, events, losses } = await lastRun();
    expect(run.status).toBe("crashed");
    expect(losses.values.length).toBeGreaterThanOrEqual(written);
    expect(events.at(-1)?.event.kind).toBe("progress");
    await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
    expect(store.check()).toEqual([]);
  });
});

describe("a run database that is none", () => {
  test.for([["train", "line.ts"], ["ls"], ["show", "@"], ["resume", "@"]])(
    "is told of by %j, with exit code 2, and is left as it is",
    async (words) => {
      const damaged = mkdtempSync(join(folder, "damaged-"));
      const file = join(damaged, "runs.db");
      const text = "this is no database".repeat(500);
      writeFileSync(file, text);
      const { exit, stderr } = await spawned([...words, "--store", damaged], folder);
      expect(exit).toBe(2);
      expect(stderr).toContain(file);
      expect(stderr).not.toMatch(/^\s+at (?!:)/m);
      expect(readFileSync(file, "utf8")).toBe(text);
    },
  );
});
