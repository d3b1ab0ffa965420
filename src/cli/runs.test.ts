import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openStore } from "../runs/store.ts";
import { runInfo, temporaryFolder } from "../runs/testing.ts";
import { runProgram } from "./program.ts";
import { keep, nadir } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let names = 0;

/** A folder whose store has three runs, and their ids by name. */
async function threeRuns(): Promise<{ cwd: string; ids: Record<string, string> }> {
  const cwd = join(folder, String(names++));
  await using store = await openStore(join(cwd, ".nadir"));
  const ids: Record<string, string> = {};
  for (const [name, loss, method] of [
    ["mlp-1", 0.5, "adam"],
    ["mlp-2", 0.05, "sgd"],
    ["conv", 0.01, "adam"],
  ] as const) {
    const run = store.createRun(runInfo(name, { config: { method, learningRate: 0.1 } }));
    run.end({ status: "ended", loss, steps: 10, seconds: 1 });
    ids[name] = run.id;
  }
  return { cwd, ids };
}
const json = async (words: readonly string[], cwd: string): Promise<unknown> => {
  const { exit, stdout } = await nadir([...words, "--json"], cwd);
  expect(exit).toBe(0);
  return JSON.parse(stdout);
};
const listed = async (words: readonly string[], cwd: string): Promise<string[]> => {
  const { runs } = (await json(["ls", ...words], cwd)) as { runs: { name: string }[] };
  return runs.map(({ name }) => name);
};

describe("nadir ls", () => {
  test("lists what a filter finds", async () => {
    const { cwd } = await threeRuns();
    expect(await listed([], cwd)).toEqual(["conv", "mlp-2", "mlp-1"]);
    expect(await listed(["method=adam", "loss<0.1"], cwd)).toEqual(["conv"]);
    expect(await listed(["name:mlp* !method=sgd"], cwd)).toEqual(["mlp-1"]);
    expect(await listed(["--limit", "1", "mlp"], cwd)).toEqual(["mlp-2"]);
  });

  test("leaves out columns that a narrow terminal has no room for, and says which", async () => {
    const { cwd, ids } = await threeRuns();
    {
      await using store = await openStore(join(cwd, ".nadir"));
      const run = store.createRun(runInfo("n".repeat(300), { config: { method: "adam" } }));
      const metrics = { testLoss: 0.25, testAccuracy: 0.5 };
      run.end({ status: "ended", loss: 0.5, steps: 10, seconds: 1, metrics });
    }
    const [stdout, stderr] = [keep(60), keep(60)];
    const world = { stdout, stderr, env: { NO_COLOR: "1" }, cwd, now: Date.now };
    expect(await runProgram(["ls"], world)).toBe(0);
    const lines = stdout.text.trimEnd().split("\n");
    expect(lines).toHaveLength(1 + Object.keys(ids).length + 1);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(stdout.text).toContain(`${"n".repeat(29)}… `);
    expect(stderr.text).toContain("left out, for this width: metrics, method, steps, time");
    expect((await nadir(["ls"], cwd)).stdout).toContain("n".repeat(300));
  });

  test("underlines a word that it cannot read", async () => {
    const { cwd } = await threeRuns();
    const { exit, stderr } = await nadir(["ls", "method=adam", "loss<low"], cwd);
    expect(exit).toBe(2);
    expect(stderr).toContain("  method=adam loss<low\n              ^^^^^^^^\n");
  });

  test("that finds nothing says which word no run has", async () => {
    const { cwd } = await threeRuns();
    const { exit, stderr } = await nadir(["ls", "learningrat=3"], cwd);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/no run has a setting or metric "learningrat"[\s\S]*learningRate/);
  });
});

describe("nadir show", () => {
  test("takes a filter that finds one run, and refuses one that finds more", async () => {
    const { cwd, ids } = await threeRuns();
    await nadir(["tag", "conv", "paper"], cwd);
    await nadir(["note", "loss<0.02", "the best"], cwd);
    const { stdout } = await nadir(["show", "tag:paper"], cwd);
    expect(stdout).toContain(ids["conv"]);
    expect(stdout).toMatch(/tags +paper\n.*notes +the best/);
    const { exit, stderr } = await nadir(["show", "method=adam"], cwd);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/2 runs match "method=adam"/);
  });
});

describe("nadir tag and note", () => {
  test("mark the runs that a filter finds, and take marks away", async () => {
    const { cwd, ids } = await threeRuns();
    expect(await json(["tag", "name:mlp*", "paper", "wide"], cwd)).toMatchObject({
      schema: "nadir.tags/1",
      runs: [
        { name: "mlp-2", tags: ["paper", "wide"] },
        { name: "mlp-1", tags: ["paper", "wide"] },
      ],
    });
    await json(["tag", "@2", "wide", "--remove"], cwd);
    expect(await listed(["tag:wide"], cwd)).toEqual(["mlp-1"]);
    expect((await nadir(["tag", "conv"], cwd)).stdout).toBe(`${ids["conv"]}  conv  no tags\n`);
    expect((await nadir(["ls", "tag:wide"], cwd)).stdout).toContain("paper wide");
    expect((await nadir(["tag", "conv", "no", "a b"], cwd)).stderr).toMatch(/a tag is "a b"/);
  });

  test("keep what was written, with its step", async () => {
    const { cwd, ids } = await threeRuns();
    await nadir(["note", "conv", "falls", "here", "--step", "7"], cwd);
    const told = await json(["note", "conv"], cwd);
    expect(told).toMatchObject({
      schema: "nadir.notes/1",
      run: ids["conv"],
      notes: [{ id: 1, step: 7, text: "falls here" }],
    });
    expect((await nadir(["note", "conv"], cwd)).stdout).toMatch(
      /^1 {2}step 7 {2}falls here {2}now/,
    );
    expect((await nadir(["note", "mlp-1", "--remove", "1"], cwd)).stderr).toMatch(/has no note 1/);
    expect((await nadir(["note", "conv", "--remove", "1"], cwd)).stdout).toMatch(
      /^no notes on conv/,
    );
    expect((await nadir(["note", "conv", "x", "--step", "soon"], cwd)).exit).toBe(2);
  });
});

describe("nadir rm", () => {
  test("asks, and does nothing where there is nobody to ask", async () => {
    const { cwd } = await threeRuns();
    const { exit, stderr } = await nadir(["rm", "conv"], cwd);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/nothing was done[\s\S]*--yes/);
    expect(await listed([], cwd)).toHaveLength(3);
  });

  test("with --yes deletes runs and their folders", async () => {
    const { cwd, ids } = await threeRuns();
    expect(await json(["rm", "--yes", "name:mlp*"], cwd)).toEqual({
      schema: "nadir.removal/1",
      deleted: [ids["mlp-2"], ids["mlp-1"]],
    });
    expect(await listed([], cwd)).toEqual(["conv"]);
    expect(existsSync(join(cwd, ".nadir", ids["mlp-1"] ?? ""))).toBe(false);
  });

  test("with --archive hides them until --restore", async () => {
    const { cwd } = await threeRuns();
    await json(["rm", "--archive", "@"], cwd);
    expect(await listed([], cwd)).toEqual(["mlp-2", "mlp-1"]);
    expect(await listed(["archived"], cwd)).toEqual(["conv"]);
    expect(await listed(["--all"], cwd)).toHaveLength(3);
    await json(["rm", "--restore", "archived"], cwd);
    expect(await listed([], cwd)).toHaveLength(3);
  });
});
