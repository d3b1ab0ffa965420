import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openStore } from "../runs/store.ts";
import { spawned } from "./testing.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-diagnose-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// A quarter turn tells the classes apart; the rate is far too high.
const source = (
  settings: string,
  rate: string,
  steps = 400,
): string => `import { accuracy, crossEntropy, dataset,
  defineTraining, dense, NDArray, problem, sequential, sgd, tanh } from "nadir";
const rows = 240;
const angle = (i) => (i * 2.399963) % (2 * Math.PI);
const x = Float32Array.from({ length: 2 * rows }, (_, k) =>
  k % 2 === 0 ? Math.cos(angle(k >> 1)) : Math.sin(angle(k >> 1)));
const label = Int32Array.from({ length: rows }, (_, i) => Math.floor(angle(i) / (Math.PI / 2)) % 2);
const model = sequential(dense(12), tanh(), dense(2));
export default defineTraining({
  settings: ${settings},
  build: ({ learningRate }) => problem({
    params: model.init([2]),
    loss: (params, batch) => {
      const scores = model.apply(params, batch.x);
      return { loss: crossEntropy(scores, batch.label), metrics: { accuracy: accuracy(scores, batch.label) } };
    },
    data: dataset({ x: new NDArray(x, [rows, 2]), label }),
    method: sgd(${rate}, { momentum: 0.9 }),
    batchSize: 40,
    steps: ${steps},
  }),
});
`;
const setSource = source("{ learningRate: 60 }", "learningRate");
writeFileSync(join(folder, "set.ts"), setSource);
writeFileSync(join(folder, "fixed.ts"), source("{}", "60", 2000));

describe("nadir diagnose", () => {
  test("--fix changes the setting that the finding names, in a run of its own, and that helps", async () => {
    await spawned(["train", "set.ts", "--store", "a"], folder);
    const { exit, stdout } = await spawned(
      ["diagnose", "@", "--fix", "--only", "findings", "--json", "--store", "a"],
      folder,
    );
    expect(exit).toBe(0);
    const told = JSON.parse(stdout);
    expect(told.changed).toBeUndefined();
    expect(told.findings[0]).toMatchObject({ name: "rate-too-high", severity: "serious" });
    expect(told.fix).toMatchObject({ finding: "rate-too-high", helped: true });
    await using opened = await openStore(join(folder, "a"), { readOnly: true });
    const after = opened.run("@");
    expect(after.parent).toBe(told.run);
    expect(after.change).toMatchObject({ setting: "learningRate", from: 60 });
    expect(after.config["settings"]).toEqual({ learningRate: after.change?.to });
    expect(after.loss).toBeLessThan(opened.run("@2").loss ?? Number.POSITIVE_INFINITY);
    const [kept] = opened.artefacts.list(told.run, { kind: "diagnosis" });
    expect(kept).toMatchObject({ kind: "diagnosis", mediaType: "application/json" });
    // Of the run before it, once its file has other data.
    writeFileSync(join(folder, "set.ts"), setSource.replace("rows = 240", "rows = 200"));
    const later = await spawned(["diagnose", "@2", "--only", "findings", "--store", "a"], folder);
    expect(later.stderr).toMatch(/set\.ts has changed since the run.*: the training data are not/);
  });

  test("a change of a file without settings holds again when its run is resumed", async () => {
    const change = ["--change", "rate:0.001", "--engine", "js"];
    const stopped = await spawned(
      ["train", "fixed.ts", ...change, "--store", "b", "--time", "20ms"],
      folder,
    );
    expect(stopped.stdout).toMatch(/nadir resume/);
    const { exit } = await spawned(["resume", "@", "--store", "b"], folder);
    expect(exit).toBe(0);
    await spawned(["train", "fixed.ts", ...change, "--store", "c"], folder);
    await using one = await openStore(join(folder, "b"), { readOnly: true });
    await using other = await openStore(join(folder, "c"), { readOnly: true });
    expect(one.run("@").loss).toBe(other.run("@").loss);
    const rates = one
      .events("@")
      .flatMap(({ event }) => (event.kind === "progress" ? [event.learningRate] : []));
    expect(rates[0]).toBeCloseTo(0.06, 6);
  });

  test("--plane draws the loss on a plane through the end, and --density adds all eigenvalues", async () => {
    const words = ["train", "set.ts", "learningRate=0.05", "--steps", "60", "--checkpoint", "0"];
    await spawned([...words, "--store", "c"], folder);
    const asked = ["diagnose", "@", "--only", "spectrum", "--effort", "1", "--store", "c"];
    const path = await spawned(
      [...asked, "--plane", "path", "--grid", "5", "--density", "--json"],
      folder,
    );
    expect(path.exit).toBe(0);
    const { landscape, spectrum } = JSON.parse(path.stdout);
    expect(landscape).toMatchObject({ plane: "path", axes: [{ name: "component 1" }, {}] });
    expect([landscape.values.length, landscape.axes[0].coordinates.length]).toEqual([25, 5]);
    const held = landscape.explained.reduce((sum: number, one: number) => sum + one, 0);
    expect(held).toBeGreaterThan(0.5);
    expect(held).toBeLessThanOrEqual(1 + 1e-12);
    // The density is of one matrix with its ends: it lies about them, and holds all of it.
    const { at, density } = spectrum.density;
    expect(at[0]).toBeLessThan(spectrum.smallest.value);
    expect(at.at(-1)).toBeGreaterThan(spectrum.largest[0].value);
    const step = at[1] - at[0];
    expect(step * density.reduce((sum: number, one: number) => sum + one, 0)).toBeCloseTo(1, 1);
    const plain = await spawned([...asked, "--plane", "random", "--grid", "4"], folder);
    expect(plain.stdout).toMatch(/landscape .* on the plane of random 1 × random 2 the loss goes/);
    expect(plain.stdout.match(/^[█▓▒░ ]{8}$/gm)).toHaveLength(4);
    const odd = await spawned([...asked, "--plane", "paths"], folder);
    expect([odd.exit, odd.stderr]).toEqual([2, expect.stringContaining("did you mean path?")]);
  });
});
