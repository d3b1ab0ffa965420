import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Verdict } from "../../diagnosis/verdict.ts";
import type { Run } from "../../runs/run.ts";
import { openStore } from "../../runs/store.ts";
import { temporaryFolder } from "../../runs/testing.ts";
import { untilKinds } from "../runView.ts";
import { nadir } from "../testing.ts";
import { isWanted, onwardFrom } from "./onward.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

// x² − y² + y⁴/4 from y = 0: gradient descent ends at the saddle (0, 0); the minima are (0, ±√2).
beforeAll(() => {
  const source = fileURLToPath(new URL("../../index.ts", import.meta.url));
  writeFileSync(
    join(folder, "saddle.ts"),
    `import { dataset, defineTraining, problem, sgd } from "${source}";
     export default defineTraining({
       settings: { rate: 0.1, steps: 100, flat: false },
       build: ({ rate, steps, flat }) => problem({
         params: [1, 0],
         loss: (w, { x }) => {
           const one = x.mean();
           const [a, b] = [w.at(0).mul(one), w.at(1).mul(one)];
           return flat ? a.pow(2) : a.pow(2).sub(b.pow(2)).add(b.pow(4).div(4));
         },
         data: dataset({ x: [[1], [1]] }), method: sgd(rate), steps,
       }),
     });`,
  );
});

const told = async (...words: string[]) => {
  const { exit, stdout, stderr } = await nadir([...words, "--json"], folder);
  return { exit, stderr, run: JSON.parse(stdout) };
};

describe("nadir train --until", () => {
  test("leaves a saddle along its direction, and ends at the kind that was wanted", async () => {
    const { exit, run, stderr } = await told("train", "saddle.ts", "--until", "local-minimum");
    expect(exit).toBe(0);
    expect(run.verdict.kind).toBe("local-minimum");
    expect(run.until).toMatchObject({ kind: "local-minimum", reached: true });
    const [first, second, ...more] = run.until.legs;
    expect(first).toMatchObject({ by: "plan", verdict: "saddle", steps: 100 });
    expect(second).toMatchObject({ by: "escape", id: more.length === 0 ? run.id : second.id });
    expect(run.loss).toBeCloseTo(-1, 3);
    expect(stderr).toContain(`${first.id} after 100 steps: it goes on beside the saddle`);
    await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
    const next = store.run(second.id);
    expect([next.parent, next.name, next.command]).toEqual([
      ...[first.id, "saddle-2", `nadir escape ${first.id}`],
    ]);
  });

  test("trains on from where the steps ran out, as a run that its command makes again", async () => {
    const words = ["train", "saddle.ts", "rate=0.05", "steps=40"];
    const { exit, run } = await told(...words, "--until", "saddle");
    expect([exit, run.verdict.kind]).toEqual([0, "saddle"]);
    const { legs } = run.until;
    expect(legs.length).toBeGreaterThan(1);
    expect(legs.slice(0, -1)).toEqual(
      legs.slice(0, -1).map((leg: { by: string }) => ({ ...leg, verdict: "not-stationary" })),
    );
    expect(legs.slice(1).every(({ by }: { by: string }) => by === "train-on")).toBe(true);
    expect(run.parent).toBe(legs.at(-2).id);
    expect(run.repeat).toMatch(new RegExp(`--begin ${run.parent}( |$)`));
    const again = await told(...run.repeat.split(" ").slice(1));
    expect([again.run.loss, again.run.verdict]).toEqual([run.loss, run.verdict]);
  });

  test("leaves with 8 where its steps are done before, and resume --until goes on", async () => {
    const words = ["train", "saddle.ts", "rate=0.05", "steps=40", "--steps", "50"];
    const stopped = await told(...words, "--until", "local-minimum");
    expect(stopped.exit).toBe(8);
    expect(stopped.run.until.legs.map(({ steps }: { steps: number }) => steps)).toEqual([40, 10]);
    expect(stopped.stderr).toMatch(/local-minimum was not reached: the 50 steps are done/);
    const { id } = stopped.run;
    const on = await told("resume", id, "--until", "local-minimum");
    expect([on.exit, on.run.verdict.kind]).toEqual([0, "local-minimum"]);
    expect(on.run.until.legs[0]).toMatchObject({ by: "train-on" });
  });

  test("leaves with 8 where its time is up before", async () => {
    const words = ["train", "saddle.ts", "rate=1e-9", "steps=100000000", "--time", "50ms"];
    const { exit, run } = await told(...words, "--until", "local-minimum");
    expect([exit, run.status, run.until.legs.length]).toEqual([8, "interrupted", 1]);
    expect(run.until.why).toContain(`nadir resume ${run.id} --until local-minimum`);
    const paused = await told("resume", run.id, "--until", "saddle", "--time", "50ms");
    expect([paused.exit, paused.run.id]).toEqual([8, run.id]);
  });

  test("leaves with 3, and says why, where no step leads on", async () => {
    const { exit, stderr } = await told("train", "saddle.ts", "flat=true", "--until", "saddle");
    expect([exit, stderr]).toEqual([
      3,
      expect.stringMatching(/saddle was not reached: it ended as/),
    ]);
    const { exit: later, stderr: why } = await nadir(["resume", "@", "--until", "saddle"], folder);
    expect([later, why]).toEqual([2, expect.stringMatching(/no step leads on/)]);
  });

  test("leaves with 3 where the loss rises from training to training", async () => {
    const words = ["train", "saddle.ts", "flat=true", "rate=1.01", "steps=5"];
    const { exit, run, stderr } = await told(...words, "--until", "local-minimum");
    expect([exit, stderr]).toEqual([3, expect.stringMatching(/rose from training to training/)]);
    const losses = run.until.legs.map(({ loss }: { loss: number }) => loss);
    expect(losses).toHaveLength(3);
    expect(losses).toEqual(losses.toSorted((a: number, b: number) => a - b));
  });

  test("refuses what is no point, and what would stop it elsewhere", async () => {
    for (const [words, why] of [
      [["--until", "diverged"], /one of local-minimum, .*noise-floor\n/],
      [["--until", "saddel"], /did you mean saddle/],
      [["--until", "saddle", "--pause", "0.5"], /--until beside --pause/],
      [["--until", "saddle", "--expect", "saddle"], /--until beside --expect/],
    ] as const) {
      const { exit, stderr } = await nadir(["train", "saddle.ts", ...words], folder);
      expect([exit, stderr]).toEqual([2, expect.stringMatching(why)]);
    }
  });
});

describe("the way on from a verdict", () => {
  const measured = { gradientNorm: 1, tolerance: 1e-4, evidence: [], advice: [] };
  const ended = (verdict: Partial<Verdict>): Run =>
    ({ id: "aaaa", status: "ended", verdict: { ...measured, ...verdict } }) as Run; // what is looked at

  test("at a noise floor is a lower rate, each time", () => {
    const floor = ended({ kind: "noise-floor", learningRate: 0.1, gradientNoise: 2 });
    const first = onwardFrom(floor, { seed: 1, steps: 7 }, "local-minimum");
    expect(first).toMatchObject({ by: "lower-rate", flags: { change: "rate:0.3", begin: "aaaa" } });
    expect(first).not.toHaveProperty("flags.steps");
    expect(onwardFrom(floor, { change: "rate:0.3" }, "local-minimum")).toMatchObject({
      flags: { change: "rate:0.09" },
    });
    expect(onwardFrom(floor, { change: "clip:1" }, "local-minimum")).toEqual({
      why: expect.stringContaining("--change clip:1"),
    });
  });

  test("is none where the method or the validation loss has stopped it", () => {
    for (const why of ["stopped", "line-search", "exhausted"] as const) {
      const way = onwardFrom(ended({ kind: "not-stationary", why }), {}, "local-minimum");
      expect(way).toEqual({ why: expect.stringContaining("lead no further") });
    }
  });

  test("is told for every kind", () => {
    const ways = untilKinds.map((kind) => {
      expect(isWanted(kind, kind)).toBe(true);
      const onward = onwardFrom(ended({ kind } as Partial<Verdict>), {}, "global-minimum");
      return [kind, "why" in onward ? onward.why : onward.by];
    });
    const end = (kind: string): string => `it ended as ${kind}, from where no step leads on`;
    expect(Object.fromEntries(ways)).toEqual({
      "local-minimum": expect.stringContaining("nothing proves that it is the lowest of all"),
      "global-minimum": end("global-minimum"),
      degenerate: end("degenerate"),
      saddle: "escape",
      plateau: "train-on",
      "noise-floor": "lower-rate",
    });
    expect(isWanted("global-minimum", "local-minimum")).toBe(true);
    expect(isWanted("local-minimum", "global-minimum")).toBe(false);
  });
});
