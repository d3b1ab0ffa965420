import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hash32 } from "../array/primitives/hash.ts";
import { readTensors } from "../runs/checkpoint.ts";
import { openStore } from "../runs/store.ts";
import { spawned, start } from "./testing.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-resume-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// All that a run must remember: rule state, model state, data order, dropout's keys, a schedule.
const source = `import { adam, adagrad, batchNorm, cosine, dataset, defineTraining, dense, dropout, lion, mse, momentum,
  nadam, problem, relu, rmsprop, sequential } from "nadir";

const methods = { adam, adagrad, lion, momentum, nadam, rmsprop };
const x = Array.from({ length: 48 }, (_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(5 * i)]);
const y = x.map(([a, b, c]) => [a * b + c]);

export default defineTraining({
  settings: { method: "adam", batchSize: 10, steps: 6000 },
  build: ({ method, batchSize, steps }) => {
    const model = sequential(dense(6), batchNorm(), relu(), dropout(0.1), dense(1));
    return problem({
      params: model.init([3]),
      state: model.state([3]),
      loss: (params, batch, context) => {
        const { output, state } = model.run(params, batch.x, context);
        return { loss: mse(output, batch.y), state };
      },
      data: dataset({ x, y }),
      method: methods[method](cosine({ peak: 0.01 })),
      batchSize,
      steps,
    });
  },
});
`;
beforeAll(() => writeFileSync(join(folder, "net.ts"), source));

/** What must not depend on having been killed: params, every step's loss, how it ended, what it cost. */
async function traceOf(store: string) {
  await using opened = await openStore(join(folder, store), { readOnly: true });
  const run = opened.run("@");
  const { tensors } = readTensors(join(run.dir, "params.safetensors"));
  const hash = createHash("sha256");
  for (const name of Object.keys(tensors).sort()) {
    hash.update(name).update(new Uint8Array(tensors[name]?.data.slice().buffer ?? []));
  }
  const { steps, values } = opened.series(run.id, "loss");
  const { seconds: _, ...cost } = run.cost as { seconds: object };
  const { verdict, loss, metrics } = run;
  const told = hash.digest("hex");
  return { params: told, steps: [...steps], losses: [...values], verdict, loss, metrics, cost };
}

/** Draws in [0, 1) from a seed, so that a failure can be had again. */
function draws(seed: number): () => number {
  let count = 0;
  return () => (hash32(count++, seed, 7) >>> 0) / 2 ** 32;
}

/**
 * Trains, killing the process at random times once or twice, and resumes until the run has ended.
 *
 * @param milliseconds - what the run takes if it is not killed
 * @returns how often it was killed
 */
async function withKills(
  store: string,
  words: readonly string[],
  milliseconds: number,
  random: () => number,
): Promise<number> {
  let latest = milliseconds;
  let killed = 0;
  for (let attempt = 0; attempt < 20; attempt++) {
    const command =
      (await statusIn(store)) === undefined ? ["train", "net.ts", ...words] : ["resume", "@"];
    const { child, ended } = start([...command, "--store", store, "--checkpoint", "0"], folder);
    const timer =
      killed < killsOfRun
        ? setTimeout(() => child.kill("SIGKILL"), latest * (0.15 + 0.65 * random()))
        : undefined;
    const { exit, stderr } = await ended;
    clearTimeout(timer);
    const shot = exit === "SIGKILL";
    if (!shot && exit !== 0) throw new Error(`left with ${exit}:\n${stderr}`);
    // A shot may hit a process that has written its last word.
    const over = !shot || (await statusIn(store)) === "ended";
    if (!over) killed++;
    else if (killed > 0) return killed;
    else {
      // It was done before the shot: again, with a shot that comes earlier.
      rmSync(join(folder, store), { recursive: true });
      latest /= 2;
    }
  }
  throw new Error("the run did not end");
}

/** The status of the newest run; undefined if there is none yet. */
async function statusIn(store: string): Promise<string | undefined> {
  try {
    await using opened = await openStore(join(folder, store), { readOnly: true });
    return opened.runs()[0]?.status;
  } catch {
    return undefined;
  }
}

const seed = Date.now() % 2 ** 31;
const allCases = ["adam", "adagrad", "lion", "momentum", "nadam", "rmsprop"].flatMap((method, i) =>
  [10, 48].map((batchSize, j) => ({
    method,
    batchSize,
    engine: (i + j) % 2 === 0 ? "js" : "onnx",
    steps: (i + j) % 2 === 0 ? 20_000 : 5_000,
  })),
);

// NADIR_KILLS=1000 is an hour's work, in all cases. Unless said, each method is run once, and each engine with each size of a batch.
const kills = Number(process.env["NADIR_KILLS"] ?? 0);
const cases = kills > 0 ? allCases : allCases.filter((_, k) => k % 2 === Math.floor(k / 4) % 2);
const killsOfRun = 2;
const killsOfCase = kills / cases.length;

describe.concurrent(`a run that is killed (seed ${seed})`, () => {
  test.for(cases)(
    "with $method on batches of $batchSize of 48, engine $engine, ends on the same bits",
    { timeout: 240_000 * Math.max(1, killsOfCase) },
    async ({ method, batchSize, engine, steps }) => {
      const words = [`method=${method}`, `batchSize=${batchSize}`, `steps=${steps}`];
      const all = [...words, "--engine", engine, "--threads", "1", "--seed", "5"];
      const [whole, parted] = [`${method}-${batchSize}-whole`, `${method}-${batchSize}-killed`];
      const began = performance.now();
      const { exit, stderr } = await spawned(["train", "net.ts", ...all, "--store", whole], folder);
      expect([exit, stderr]).toEqual([0, expect.any(String)]);
      const random = draws(seed + batchSize + method.length);
      const milliseconds = performance.now() - began;
      const expected = await traceOf(whole);
      let killed = 0;
      do {
        killed += await withKills(parted, all, milliseconds, random);
        expect(await traceOf(parted), `after ${killed} kills`).toEqual(expected);
        rmSync(join(folder, parted), { recursive: true });
      } while (killed < killsOfCase);
    },
  );
});

describe("nadir resume refuses", () => {
  const stopped = async (store: string): Promise<void> => {
    const words = ["train", "net.ts", "steps=100000000", "--time", "0.3s", "--store", store];
    expect((await spawned(words, folder)).exit).toBe(8);
  };

  test("a run that has ended, one that there is not, and a store without runs", async () => {
    const words = ["train", "net.ts", "steps=10", "--store", "ended"];
    expect((await spawned(words, folder)).exit).toBe(0);
    const again = await spawned(["resume", "@", "--store", "ended"], folder);
    expect([again.exit, again.stderr]).toEqual([
      2,
      expect.stringMatching(/has ended: .*\n.*\n.*nadir show/),
    ]);
    const unknown = await spawned(["resume", "zzzz", "--store", "ended"], folder);
    expect([unknown.exit, unknown.stderr]).toEqual([2, expect.stringMatching(/no run "zzzz"/)]);
    expect((await spawned(["resume", "--store", "none"], folder)).exit).toBe(5);
  });

  test("a run whose file has changed what it computes, and leaves the run as it was", async () => {
    await stopped("changed");
    const before = await readRun("changed");
    const file = join(folder, "net.ts");
    try {
      writeFileSync(file, source.replace("dense(6)", "dense(6, { bias: false })"));
      const { exit, stderr } = await spawned(["resume", "@", "--store", "changed"], folder);
      expect(exit).toBe(2);
      expect(stderr).toMatch(/resume: the training step is not the one that the run began with/);
      writeFileSync(file, source.replace("a * b + c", "a * b - c"));
      const other = await spawned(["resume", "@", "--store", "changed"], folder);
      expect(other.stderr).toMatch(/resume: the training data are not those/);
      writeFileSync(file, source.replace("batchSize: 10", "batch: 10"));
      const renamed = await spawned(["resume", "@", "--store", "changed"], folder);
      expect(renamed.stderr).toMatch(/unknown setting "batchSize"/);
      expect(await readRun("changed")).toEqual(before);
    } finally {
      writeFileSync(file, source);
    }
    appendFileSync(file, "// A comment changes nothing that is computed.\n");
    const { exit } = await spawned(["resume", "@", "--store", "changed", "--time", "0.2s"], folder);
    expect(exit).toBe(8);
  });

  test("a run that is still running", async () => {
    const words = ["train", "net.ts", "steps=100000000", "--store", "running"];
    const { child, ended, saying } = start(words, folder);
    await saying(/step \d/);
    const { exit, stderr } = await spawned(["resume", "@", "--store", "running"], folder);
    child.kill("SIGKILL");
    await ended;
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/is still running/)]);
  });
});

async function readRun(store: string) {
  await using opened = await openStore(join(folder, store), { readOnly: true });
  const { run, events } = { run: opened.run("@"), events: opened.events("@") };
  return { ...run, events };
}
