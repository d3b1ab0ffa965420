import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openStore } from "../runs/store.ts";
import { spawned } from "./testing.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-inspect-")));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, "line.ts"),
  `import { dataset, defineTraining, problem, sgd } from "nadir";
const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * 1.7));
export default defineTraining({
  settings: { scale: 1 },
  build: ({ scale }) => problem({
    params: { w: [0, 0] },
    loss: ({ w }, batch) => batch.x.mul(w.at(0)).sub(batch.x.mul(3)).square().mean().mul(scale).add(w.at(1).square().mul(5)),
    data: dataset({ x }),
    method: sgd(0.1),
    epochs: 20,
    batchSize: 16,
  }),
});
`,
);

describe("nadir spectrum", () => {
  test("of a run is that at its last checkpoint, with the run's settings", async () => {
    const trained = await spawned(["train", "line.ts", "scale=2", "--name", "two"], folder);
    expect(trained.exit).toBe(0);
    const { stdout } = await spawned(["spectrum", "two", "--json"], folder);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({
      schema: "nadir.spectrum/1",
      size: 2,
      rows: 64,
      reason: "exhausted",
    });
    expect(found.at).toMatch(/last checkpoint, step 80/);
    // ∂²/∂w₁² = 10, and 2·scale·mean x² of the other.
    const square =
      Array.from({ length: 64 }, (_, i) => Math.sin(i * 1.7) ** 2).reduce((a, b) => a + b) / 64;
    expect(found.largest[0].value).toBeCloseTo(10, 4);
    expect(found.largest[1].value).toBeCloseTo(4 * square, 4);
    expect(found.trace.value).toBeCloseTo(10 + 4 * square, 4);
  });

  test("of a test function, in words and as a picture", async () => {
    const { stdout, exit } = await spawned(
      ["spectrum", "rosenbrock", "x0=[1,1]", "--picture", "s.svg"],
      folder,
    );
    expect(exit).toBe(0);
    expect(stdout).toMatch(/rosenbrock {2}x0 as given\nthe Hessian of order 2/);
    expect(stdout).toMatch(/1001\.6/);
    expect(stdout).toMatch(/condition number 2508|condition number 2\.51e3|condition number 2510/);
    expect(readFileSync(join(folder, "s.svg"), "utf8")).toMatch(/^<svg .*eigenvalue/s);
  });
});

describe("nadir landscape", () => {
  test("of a run: a map, and a picture", async () => {
    const words = ["landscape", "two", "--grid", "7", "--plane", "curvature", "--picture", "l.svg"];
    const { stdout, exit, stderr } = await spawned(words, folder);
    expect(stderr).toBe("");
    expect(exit).toBe(0);
    expect(stdout).toMatch(/eigenvector of 10 .* × eigenvector of/);
    expect(stdout).toMatch(/cost 50 evaluations/);
    expect(readFileSync(join(folder, "l.svg"), "utf8")).toMatch(/<path d="M[^"]*Z" fill="#fde725"/);
    await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
    // What it began with may bear one time.
    expect(store.artefacts.list("two", { kind: "model" })).toHaveLength(1);
    const others = store.artefacts.list("two").filter(({ kind }) => kind !== "model");
    expect(others.map(({ name }) => name)).toEqual([
      "line.ts",
      "spectrum",
      "landscape grid=7 plane=curvature",
    ]);
  });

  test("of a file along a line, as JSON: at the params it begins with", async () => {
    const { stdout } = await spawned(
      ["landscape", "line.ts", "--line", "--grid", "5", "--json"],
      folder,
    );
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ schema: "nadir.landscape/1", at: "where training begins" });
    expect(found.values).toHaveLength(5);
    expect(found.values[2]).toBeCloseTo(found.loss, 5);
  });

  test("refuses what is no run, no file and no function, and a plane that there is not", async () => {
    const none = await spawned(["landscape", "nowhere"], folder);
    expect(none.exit).not.toBe(0);
    expect(none.stderr).toMatch(/neither a file nor a test function "nowhere"/);
    const odd = await spawned(["landscape", "line.ts", "--plane", "randm"], folder);
    expect(odd.stderr).toMatch(/did you mean random/);
  });
});
