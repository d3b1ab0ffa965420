import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, expect, test } from "vitest";
import { saveCheckpoint } from "../runs/checkpoint.ts";
import { openStore } from "../runs/store.ts";
import { runInfo, temporaryFolder } from "../runs/testing.ts";
import { nadir } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

test("doctor --repair takes what can be read of a damaged store into a new one, and leaves the old as it is", async () => {
  const dir = join(folder, ".nadir");
  const ids: string[] = [];
  {
    await using store = await openStore(dir);
    for (const name of ["whole", "metric", "record", "last"]) {
      const run = store.createRun(runInfo(name));
      const values = { loss: [3, 2, 1], rate: [1, 1, 1] };
      run.event({
        ...{ kind: "progress", step: 3, loss: 1, gradientNorm: 1 },
        series: { steps: [1, 2, 3], values },
      });
      const x = { dtype: "f64", shape: [2], data: Float64Array.of(1, 2) } as const;
      for (const step of [1, 3]) saveCheckpoint(run.dir, step, { tensors: { x }, meta: {} });
      run.end({ status: "ended", loss: 1, steps: 3, seconds: 1 });
      store.tags.add(run.id, ["kept"]);
      ids.push(run.id);
    }
  }
  expect((await nadir(["doctor", "--repair"], folder)).stdout).toMatch(
    /is intact: there is nothing/,
  );
  const [whole = "", metric = "", record = "", last = ""] = ids;
  const database = new Database(join(dir, "runs.db"));
  database
    .prepare("UPDATE metrics SET points = zeroblob(24) WHERE run = ? AND name = 'loss'")
    .run(metric);
  database.prepare("UPDATE runs SET config = '{' WHERE id = ?").run(record);
  database.close();
  const found = await nadir(["doctor"], folder);
  expect([found.exit, found.stdout]).toEqual([6, expect.stringMatching(/nadir doctor --repair/)]);

  const { exit, stdout } = await nadir(["doctor", "--repair", "--json"], folder);
  expect(exit).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: "nadir.repair/1",
    whole: [whole, last],
    partly: [metric],
    lost: [`the metric loss of run ${metric}`, `the record of run ${record}`],
  });
  await using rescued = await openStore(`${dir}.rescued`, { readOnly: true });
  expect(rescued.check()).toEqual([]);
  expect(
    rescued
      .runs()
      .map(({ id }) => id)
      .sort(),
  ).toEqual([whole, metric, last].sort());
  expect(rescued.seriesNames(metric)).toEqual(["rate"]);
  expect([...rescued.series(last, "loss").values]).toEqual([3, 2, 1]);
  expect(rescued.run(last)).toMatchObject({ name: "last", status: "ended", tags: ["kept"] });
  expect(existsSync(join(rescued.run(last).dir, "ck-3.safetensors"))).toBe(true);
  expect(existsSync(join(dir, record, "ck-3.safetensors"))).toBe(true);
  const again = await nadir(["doctor", "--repair"], folder);
  expect([again.exit, again.stderr]).toEqual([
    2,
    expect.stringMatching(/\.rescued is there already/),
  ]);
});

test("doctor --repair says where nothing can be read, and not once more to repair it", async () => {
  const place = join(folder, "unreadable");
  mkdirSync(join(place, ".nadir"), { recursive: true });
  writeFileSync(join(place, ".nadir", "runs.db"), "no database".repeat(99));
  const { exit, stderr } = await nadir(["doctor", "--repair"], place);
  expect(exit).toBe(6);
  expect(stderr).toMatch(/nothing can be rescued: the run store .* does not start as/);
  expect(stderr).not.toMatch(/doctor --repair/);
  expect(existsSync(join(place, ".nadir.rescued"))).toBe(false);
});

test("doctor --repair says where there is no store", async () => {
  const empty = join(folder, "empty");
  mkdirSync(empty);
  expect((await nadir(["doctor", "--repair"], empty)).exit).toBe(5);
});
