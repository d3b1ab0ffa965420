import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../runs/store.ts";
import { nadir, spawned } from "./testing.ts";

const training = `import { dataset, defineTraining, dense, mse, problem, sequential, sgd, tanh } from "nadir";
const x = Array.from({ length: 32 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
const y = x.map(([a, b]) => [a * b]);
export default defineTraining({
  build: () => {
    const model = sequential(dense(4), tanh(), dense(1));
    return problem({
      params: model.init([2]),
      loss: (params, batch) => mse(model.apply(params, batch.x), batch.y),
      data: dataset({ x, y }),
      method: sgd(0.2),
      epochs: 20,
      batchSize: 8,
    });
  },
});
`;

describe("nadir plot", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "nadir-plot-"));
    writeFileSync(join(folder, "net.ts"), training);
    for (const seed of ["0", "1"]) {
      const words = ["train", "net.ts", "--seed", seed, "--name", `net${seed}`];
      expect((await spawned(words, folder)).stderr).not.toContain("✗");
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");

  test("draws one run's curves, for a paper too, and writes what it draws", async () => {
    const out = join(folder, "fig.svg");
    const { exit, stdout } = await nadir(["plot", "net0", "--out", out, "--paper", "--data"], folder);
    expect(exit).toBe(0);
    expect(stdout).toBe(`${out}\n${join(folder, "fig.csv")}\n`);
    expect(read("fig.svg")).toMatch(/^<svg [^>]*width="316.8"/);
    const rows = read("fig.csv").split("\n").filter((row) => row.startsWith("loss,"));
    expect(rows).toHaveLength(80); // 4 batches in each of 20 epochs
  });

  test("draws several runs into one picture, named", async () => {
    const out = join(folder, "two.svg");
    const { exit } = await nadir(["plot", "net0", "net1", "--out", out], folder);
    expect(exit).toBe(0);
    expect(read("two.svg")).toMatch(/>net0 \w+<\/text>[^]*>net1 \w+<\/text>/);
  });

  test("draws what was measured of a run, and says how to measure what was not", async () => {
    const out = join(folder, "land.svg");
    const before = await nadir(["plot", "net1", "--kind", "landscape", "--out", out], folder);
    expect(before.exit).toBe(2);
    expect(before.stderr).toMatch(/try: nadir landscape /);
    for (const words of [
      ["landscape", "net1", "--plane", "trajectory", "--grid", "5"],
      ["spectrum", "net1", "--density"],
    ]) {
      const { stdout, stderr } = await spawned(words, folder);
      expect(stderr).toBe("");
      expect(stdout).toMatch(/cost /);
    }
    await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
    const kept = store.artefacts.list("net1").map(({ kind, name }) => [kind, name]);
    expect(kept).toEqual([
      ["landscape", "landscape plane=trajectory grid=5"],
      ["spectrum", "spectrum density"],
    ]);
    expect((await nadir(["plot", "net1", "--kind", "landscape", "--out", out], folder)).exit).toBe(0);
    expect(read("land.svg")).toMatch(/fill="#fde725"[^]*stroke="#ffffff" stroke-linejoin/);
    const spectrum = await nadir(["plot", "net1", "--kind", "spectrum", "--out", out], folder);
    expect(spectrum.exit).toBe(0);
    expect(read("land.svg")).toMatch(/>known eigenvalues<\/text>/);
  });
});
