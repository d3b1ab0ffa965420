import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import type { Verdict } from "../diagnosis/verdict.ts";
import type { RunWriter } from "../runs/runWriter.ts";
import { openStore } from "../runs/store.ts";
import { runInfo } from "../runs/testing.ts";
import { runProgram } from "./program.ts";
import { keep, nadir } from "./testing.ts";

const folder = mkdtempSync(join(tmpdir(), "nadir-watch-"));
afterAll(() => rmSync(folder, { recursive: true }));
let places = 0;

const verdict: Verdict = {
  ...{ kind: "local-minimum", gradientNorm: 1e-9, tolerance: 1e-8, evidence: [], advice: [] },
  ...{ smallestEigenvalue: 2, eigenvalueError: 1e-3 },
};
const tell = (run: RunWriter, step: number): void => {
  const steps = [step - 1, step];
  run.event({
    ...{ kind: "progress", step, loss: 1 / step, gradientNorm: 0.5, stepsPerSecond: 10 },
    series: { steps, values: { loss: steps.map((one) => 1 / one) } },
  });
  run.event({ kind: "evaluation", step, metrics: { testAccuracy: 0.5 } });
};

/** A folder with a run that goes on, in this very process. */
async function going() {
  const cwd = join(folder, String(places++));
  const store = await openStore(join(cwd, ".nadir"));
  const run = store.createRun(runInfo("digits"));
  run.event({ kind: "start", method: "adam", engine: "js", parameters: 7, steps: 40 });
  tell(run, 2);
  run.flush();
  return { cwd, store, run };
}

/** Starts the command, and waits until it has told of step 2. */
async function watching(words: readonly string[], cwd: string) {
  const [stdout, stderr] = [keep(), keep()];
  const exit = runProgram(["watch", ...words], { stdout, stderr, env: {}, cwd, now: Date.now });
  while (!stderr.text.includes("step 2/")) await wait(10);
  return { exit, stdout, stderr };
}

describe("nadir watch", () => {
  test("follows a run that goes on, and ends with its verdict when that ends", async () => {
    const { cwd, store, run } = await going();
    const { exit, stdout, stderr } = await watching(["@", "--metric", "testAccuracy"], cwd);
    tell(run, 4);
    run.end({ status: "ended", verdict, loss: 0.25, steps: 4, seconds: 1 });
    expect(await exit).toBe(0);
    store.close();
    expect(stderr.text.trimEnd().split("\n")).toEqual([
      "digits  7 parameters · adam · js",
      "test accuracy 50.0 %  step 2/40  loss 0.5  ‖g‖ 0.5  10 steps/s",
      "test accuracy 50.0 %  step 4/40  loss 0.25  ‖g‖ 0.5  10 steps/s",
    ]);
    expect(stdout.text).toMatch(/^∪ minimum {3}‖g‖ 1e-9/);
  });

  test("draws the curve on a terminal", async () => {
    const { cwd, store, run } = await going();
    for (let step = 4; step < 40; step += 2) tell(run, step);
    run.end({ status: "ended", verdict, loss: 0.1, steps: 39, seconds: 1 });
    store.close();
    const [stdout, stderr] = [keep(60), keep(60)];
    const world = { stdout, stderr, env: { TERM: "xterm" }, cwd, now: Date.now };
    expect(await runProgram(["watch", "@"], world)).toBe(0);
    expect(stderr.text).toMatch(/━ loss/);
    expect(stderr.text.match(/[\u2801-\u28ff]/g)?.length).toBeGreaterThan(40);
    expect(stderr.text).toMatch(/step 38\/40 {2}.*loss/);
  });

  test("tells that a run has crashed, and how to go on; as JSON too", async () => {
    const { cwd, store, run } = await going();
    store.close();
    const { exit, stderr } = await nadir(["watch", run.id], cwd);
    expect(exit).toBe(7);
    expect(stderr).toMatch(/crashed after step 2: its process is gone; nadir resume \w{4} goes on/);
    const { exit: same, stdout } = await nadir(["watch", "--json", "--quiet"], cwd);
    expect([same, JSON.parse(stdout)]).toMatchObject([
      7,
      { schema: "nadir.run/1", status: "crashed", id: run.id },
    ]);
  });

  test("names the metrics of a run that has ended without the one that is asked for", async () => {
    const { cwd, store, run } = await going();
    run.end({ status: "interrupted", steps: 2, seconds: 1 });
    store.close();
    const { exit, stderr } = await nadir(["watch", "--metric", "testaccuracy"], cwd);
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/did you mean testAccuracy\?/)]);
    expect((await nadir(["watch"], cwd)).stderr).toMatch(/was interrupted; nadir resume/);
  });

  test("Ctrl-C leaves at once, and the run goes on", async () => {
    const { cwd, store, run } = await going();
    const { exit, stdout } = await watching([], cwd);
    process.emit("SIGINT", "SIGINT");
    expect([await exit, stdout.text]).toEqual([
      130,
      expect.stringMatching(/goes on {3}nadir watch \w{4}\n$/),
    ]);
    tell(run, 4);
    run.end({ status: "ended", verdict, loss: 0.25, steps: 4, seconds: 1 });
    store.close();
  });
});
