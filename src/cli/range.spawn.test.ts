import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { spawned } from "./testing.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-range-")));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, "line.ts"),
  `import { dataset, defineTraining, problem, sgd } from "nadir";
const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * 1.7));
export default defineTraining({
  settings: { momentum: 0 },
  build: ({ momentum }) => problem({
    params: [0],
    loss: (w, batch) => batch.x.mul(w.at(0)).sub(batch.x.mul(3)).square().mean(),
    data: dataset({ x }),
    method: sgd(0.1, { momentum }),
    epochs: 1,
    batchSize: 8,
  }),
});
`,
);

describe("nadir range", () => {
  test("suggests a rate, as text, as JSON and as a picture", async () => {
    const words = ["range", "line.ts", "momentum=0.5", "--steps", "60", "--to", "100"];
    const text = await spawned(words, folder);
    expect(text.stdout).toMatch(/line\.ts {2}sgd · js · \d+ steps, until the loss exploded/);
    expect(text.stdout).toMatch(/← falls fastest/);
    expect(text.stdout).toMatch(/→ begin with /);
    const { stdout } = await spawned([...words, "--json", "--picture", "range.svg"], folder);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ schema: "nadir.range/1", diverged: true, method: "sgd" });
    expect(found.suggestion).toBeLessThan(found.ceiling);
    expect(readFileSync(join(folder, "range.svg"), "utf8")).toMatch(/^<svg .*learning rate/s);
  });

  test("refuses a range that is none", async () => {
    const { exit, stderr } = await spawned(["range", "line.ts", "--from", "-1"], folder);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/--from is "-1"/);
  });
});
