import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../runs/store.ts";
import { runInfo, temporaryFolder } from "../../runs/testing.ts";
import { nadir } from "../testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const plot = (...words: string[]) =>
  nadir(["plot", ...words, "--out", join(folder, "a.svg")], folder);

describe("nadir plot", () => {
  beforeAll(async () => {
    await using store = await openStore(join(folder, ".nadir"));
    for (const name of ["one", "two"]) {
      const run = store.createRun(runInfo(name));
      const steps = Array.from({ length: 40 }, (_, i) => i + 1);
      const loss = steps.map((step) => 1 / step);
      run.event({
        ...{ kind: "progress", step: 30, loss: 1 / 30, gradientNorm: 0.2 },
        series: { steps: [10, 20, 30], values: { gradientNorm: [0.4, 0.3, 0.2] } },
      });
      run.event({
        ...{ kind: "progress", step: 40, loss: 0.025, gradientNorm: 0.1, learningRate: 0.05 },
        series: { steps, values: { loss } },
      });
      run.end({ status: "ended", steps: 40, seconds: 1, loss: 0.025 });
    }
  });

  test("draws one run's curves, for a paper too, and writes what it draws", async () => {
    const { exit, stdout } = await plot("one", "--paper", "--data");
    expect(exit).toBe(0);
    expect(stdout).toBe(`${join(folder, "a.svg")}\n${join(folder, "a.csv")}\n`);
    expect(read("a.svg")).toMatch(/^<svg [^>]*width="316.8"/);
    const rows = read("a.csv")
      .split("\n")
      .filter((row) => row.startsWith("loss,"));
    expect(rows).toHaveLength(40);
    expect(rows[3]).toBe("loss,4,0.25,,");
    // Below stands what has three points: the gradient norm, not the learning rate.
    expect(read("a.csv")).toMatch(/\ngradient norm,30,0.2,,\n/);
    expect(read("a.csv")).not.toContain("learning rate");
  });

  test("draws into a PDF where the name says so, and tells the letters that it lacks", async () => {
    const file = join(folder, "a.PDF");
    const { exit, stderr } = await nadir(["plot", "one", "--data", "--out", file], folder);
    expect([exit, stderr]).toEqual([0, ""]);
    expect(readFileSync(file).subarray(0, 8).toString()).toBe("%PDF-1.4");
    expect(read("a.csv")).toContain("loss,4,0.25");
    {
      await using store = await openStore(join(folder, ".nadir"));
      const run = store.createRun(runInfo("損失"));
      const series = { steps: [1, 2], values: { loss: [1, 0.5] } };
      run.event({ kind: "progress", step: 2, loss: 0.5, gradientNorm: 1, series });
      run.end({ status: "ended", steps: 2, seconds: 1 });
    }
    const told = await nadir(["plot", "one", "損失", "--out", file], folder);
    expect(told.stderr).toMatch(/損 失: not in the fonts of a PDF/);
  });

  test("draws several runs into one picture, named", async () => {
    expect((await plot("one", "two")).exit).toBe(0);
    expect(read("a.svg")).toMatch(/>one \w+<\/text>[\s\S]*>two \w+<\/text>/);
  });

  test("draws what was measured of a run, and says how to measure what was not", async () => {
    const before = await plot("one", "--kind", "landscape");
    expect(before.exit).toBe(2);
    expect(before.stderr).toMatch(/try: nadir landscape /);
    const axis = { name: "component 1", length: 1, coordinates: [-1, 0, 1] };
    const slice = {
      ...{ axes: [axis, { ...axis, name: "component 2" }], rows: 10, ofRows: 20 },
      values: [4, 1, 4, 3, 0, 3, null, 1, 4],
      explained: [0.5, 0.2],
      trajectory: [
        { coordinates: [1, 1], outside: 0 },
        { coordinates: [0, 0], outside: 0 },
      ],
    };
    await using store = await openStore(join(folder, ".nadir"));
    const bytes = new TextEncoder().encode(JSON.stringify(slice));
    const kept = { kind: "landscape", name: "a", mediaType: "application/json", bytes };
    store.artefacts.put("one", kept);
    expect((await plot("one", "--kind", "landscape")).exit).toBe(0);
    for (const words of [
      "the loss is not finite at 1 of 9 places: left open",
      "the plane explains 70 % of the path: the rest lies outside it",
      "measured on 10 of 20 rows",
    ]) {
      expect(read("a.svg")).toContain(`>${words}</text>`);
    }
    expect(read("a.svg")).toContain('stroke="#ffffff" stroke-linejoin="round" stroke-width="2"');
  });

  test("draws a landscape of one run, not of two", async () => {
    const { exit, stderr } = await plot("one", "two", "--kind", "landscape");
    expect(exit).toBe(2);
    expect(stderr).toMatch(/a landscape of 2 runs\n {2}expected: one run/);
  });
});
