import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { overviewOf } from "./seriesReader.ts";
import { openStore } from "./store.ts";
import { bundleProgram, runInfo, seeded, start, temporaryFolder } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const kills = Math.ceil(Number(process.env["NADIR_KILLS"] ?? 40) / 10);

describe("kill -9", () => {
  test(`of who deletes runs leaves whole runs and no others: ${kills} kills`, {
    timeout: Math.max(240_000, 3000 * kills),
  }, async () => {
    const program = await bundleProgram(
      folder,
      "deleter",
      `import { writeSync } from "node:fs";
       import { openStore } from "./store.ts";
       const store = await openStore(process.argv[2]);
       writeSync(1, "open\\n");
       for (const { id } of store.runs()) store.deleteRuns([id]);`,
    );
    const random = seeded(31);
    for (let kill = 0; kill < kills; kill++) {
      const dir = join(folder, `delete-${kill}`);
      {
        await using store = await openStore(dir);
        for (let i = 0; i < 8; i++) {
          const run = store.createRun(runInfo());
          run.event({ kind: "evaluation", step: 1, metrics: { accuracy: i } });
          run.saveParams({ w: { dtype: "f64", shape: [1], data: Float64Array.of(i) } });
          run.end({ status: "ended", steps: 1, seconds: 1 });
        }
      }
      const child = start(program, [dir]);
      await child.said("open");
      await pause(random() * 40);
      await child.kill();
      {
        await using store = await openStore(dir, { readOnly: true });
        expect(store.check()).toEqual([]);
        for (const { id, dir } of store.runs()) {
          expect(store.series(id, "accuracy").values).toHaveLength(1);
          expect(existsSync(join(dir, "params.safetensors"))).toBe(true);
        }
      }
      // The next writer removes the folders that are still there.
      await using store = await openStore(dir);
      const folders = readdirSync(dir).filter((name) => !name.startsWith("runs.db"));
      expect(folders.sort()).toEqual(
        store
          .runs()
          .map(({ id }) => id)
          .sort(),
      );
    }
  });

  test("of a writer leaves each overview as the points that were kept make it", async () => {
    const dir = join(folder, "overview");
    mkdirSync(dir);
    const program = await bundleProgram(
      folder,
      "teller",
      `import { writeSync } from "node:fs";
       import { openStore } from "./store.ts";
       const store = await openStore(process.argv[2]);
       const run = store.createRun(${JSON.stringify(runInfo())});
       for (let step = 0; ; step += 700) {
         const steps = Array.from({ length: 700 }, (_, i) => step + i);
         run.event({ kind: "progress", step, loss: 1, gradientNorm: 1, series: { steps, values: { loss: steps.map(Math.sin) } } });
         run.flush();
         if (step === 2100) writeSync(1, "told\\n");
       }`,
    );
    const child = start(program, [dir]);
    await child.said("told");
    await pause(60);
    await child.kill();
    await using store = await openStore(dir, { readOnly: true });
    const series = store.series("@", "loss");
    expect(series.values.length).toBeGreaterThanOrEqual(2800);
    expect(series.values.every((value, i) => value === Math.sin(i))).toBe(true);
    const made = overviewOf(store.run("@").id, series);
    const [kept] = store.overviews("loss");
    expect({ ...kept, buckets: [] }).toEqual({ ...made, buckets: [] });
    expect(Buffer.compare(kept!.buckets, made.buckets)).toBe(0);
  });
});
