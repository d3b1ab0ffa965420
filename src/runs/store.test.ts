import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Verdict } from "../diagnosis/verdict.ts";
import { earlierVerdicts } from "../records/earlierVerdicts.ts";
import type { RunEvent } from "../training/events.ts";
import { readTensors } from "./checkpoint.ts";
import type { RunSummary } from "./run.ts";
import { openStore, type Store } from "./store.ts";
import { runInfo, temporaryFolder } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let names = 0;
const newFolder = (): string => join(folder, String(names++));

const progress = (step: number, values: Record<string, number[]>, steps?: number[]): RunEvent => ({
  kind: "progress",
  step,
  loss: Object.values(values)[0]?.at(-1) ?? Number.NaN,
  gradientNorm: 1,
  series: {
    steps: steps ?? Array.from(Object.values(values)[0] ?? [], (_, i) => step + i),
    values,
  },
});
const begin: RunEvent = {
  kind: "start",
  method: "adam",
  engine: "onnx",
  parameters: 5,
  steps: undefined,
};
const verdict: Verdict = {
  kind: "saddle",
  gradientNorm: 1e-9,
  tolerance: 1e-5,
  evidence: ["the smallest eigenvalue is −0.5"],
  advice: ["follow the direction"],
  smallestEigenvalue: -0.5,
  eigenvalueError: 1e-3,
  direction: Float64Array.of(0, -1),
  predictedDecrease: 0.25,
};
/** A clock that a test turns by hand. */
function handClock(): { now(): number; monotonic(): number; turn(ms: number): void } {
  let at = 1_000_000;
  return {
    now: () => at,
    monotonic: () => at,
    turn: (ms) => {
      at += ms;
    },
  };
}
const rows = (store: Store, id: string): number => store.events(id).length;

describe("a run's record", () => {
  test("holds all that was told, to the bit", async () => {
    const dir = newFolder();
    const info = runInfo("conv", {
      revision: "ab".repeat(20),
      parent: "b2bb",
      change: { setting: "learningRate", from: 0.1, to: 1e-3, why: "it diverged" },
      sweep: "s2ss",
    });
    const outcome = {
      status: "ended",
      verdict,
      loss: 0.25,
      metrics: { testAccuracy: 0.97, worst: Number.NaN },
      steps: 3,
      seconds: 1.5,
      cost: { flops: 1e9, bytes: undefined },
    } as const;
    let id: string;
    {
      await using store = await openStore(dir);
      const run = store.createRun(info);
      id = run.id;
      run.event(begin);
      run.event(progress(1, { loss: [1, Number.NaN, Number.NEGATIVE_INFINITY], rate: [-0, 2, 3] }));
      run.event({ kind: "evaluation", step: 3, metrics: { testAccuracy: 0.97 } });
      run.event({ kind: "end", step: 3, verdict, loss: 0.25, metrics: {}, seconds: 1.5 });
      run.end(outcome);
    }
    await using store = await openStore(dir, { readOnly: true });
    const {
      id: _,
      dir: runDir,
      created,
      heartbeat,
      verdictKind,
      gradientNorm,
      changed,
      ...rest
    } = store.run(id);
    expect(rest).toStrictEqual({
      ...{ ...info, ...outcome, cost: { flops: 1e9 } },
      ...{ tags: [], archived: undefined, rewound: 0 },
    });
    expect(changed).toBeGreaterThan(0);
    expect([runDir, verdictKind, gradientNorm]).toEqual([join(dir, id), "saddle", 1e-9]);
    expect(Math.abs(Date.now() - created)).toBeLessThan(60_000);
    expect(heartbeat).toBeGreaterThanOrEqual(created);
    expect(store.events(id).map(({ seq, event }) => [seq, event])).toStrictEqual([
      [0, { kind: "start", method: "adam", engine: "onnx", parameters: 5 }],
      [
        1,
        {
          ...progress(1, { loss: [] }),
          loss: Number.NEGATIVE_INFINITY,
          series: { steps: [], values: {} },
        },
      ],
      [2, { kind: "evaluation", step: 3, metrics: { testAccuracy: 0.97 } }],
      [3, { kind: "end", step: 3, verdict, loss: 0.25, metrics: {}, seconds: 1.5 }],
    ]);
    expect(store.seriesNames(id)).toEqual(["loss", "rate", "testAccuracy"]);
    expect(store.series(id, "loss")).toStrictEqual({
      steps: Float64Array.of(1, 2, 3),
      values: Float64Array.of(1, Number.NaN, Number.NEGATIVE_INFINITY),
    });
    expect(store.series(id, "rate").values).toStrictEqual(Float64Array.of(-0, 2, 3));
    expect(store.series(id, "testAccuracy")).toStrictEqual({
      steps: Float64Array.of(3),
      values: Float64Array.of(0.97),
    });
    expect(store.check()).toEqual([]);
  });

  test("keeps a loss that is not a number", async () => {
    await using store = await openStore(newFolder());
    for (const loss of [Number.NaN, Number.POSITIVE_INFINITY, -0.5]) {
      const run = store.createRun(runInfo());
      run.end({ status: "ended", loss, steps: 1, seconds: 1 });
      expect(store.run(run.id).loss).toBe(loss);
    }
  });

  test("saves the final parameters beside it", async () => {
    await using store = await openStore(newFolder());
    const run = store.createRun(runInfo());
    const tensors = { w: { dtype: "f32" as const, shape: [1], data: Float32Array.of(0.1) } };
    const { file } = run.saveParams(tensors);
    expect(file).toBe(join(store.dir, run.id, "params.safetensors"));
    expect(readTensors(file)).toStrictEqual({ tensors, meta: { run: run.id } });
  });

  test("takes nothing after its end", async () => {
    await using store = await openStore(newFolder());
    const run = store.createRun(runInfo());
    run.end({ status: "interrupted", steps: 0, seconds: 0 });
    expect(() => run.event(begin)).toThrow(/has ended/);
    expect(store.run(run.id)).toMatchObject({ status: "interrupted", verdict: undefined });
  });

  test("that has ended may be judged anew: the verdict before stays among the events", async () => {
    await using store = await openStore(newFolder());
    const run = store.createRun(runInfo());
    const evidence = { gradientNorm: 1e-6, tolerance: 1e-4, evidence: ["measured"], advice: [] };
    const was: Verdict = {
      ...{ kind: "degenerate", nearZeroEigenvalues: 1, ...evidence },
      ...{ smallestEigenvalue: 0.001, eigenvalueError: 0.01 },
    };
    const now: Verdict = {
      ...{ kind: "local-minimum", ...evidence, gradientNorm: 2e-6 },
      ...{ smallestEigenvalue: 0.002, eigenvalueError: 1e-6 },
    };
    expect(() => store.judgeAnew(run.id, now)).toThrow(/has not ended, but is running/);
    const end = { kind: "end", step: 7, verdict: was, loss: 1, metrics: {}, seconds: 1 } as const;
    run.event(end);
    run.end({ status: "ended", verdict: was, steps: 7, seconds: 1 });
    const [{ changed }] = store.runs() as [RunSummary];
    store.judgeAnew(run.id, now);
    expect(store.run(run.id)).toMatchObject({ verdict: now, gradientNorm: 2e-6 });
    expect(store.runs({ verdict: "local-minimum" }).map(({ id }) => id)).toEqual([run.id]);
    expect(store.changesSince(changed).runs.map(({ id }) => id)).toEqual([run.id]);
    const events = store.events(run.id);
    expect(events.map(({ event }) => event)).toEqual([
      end,
      { kind: "verdict", step: 7, verdict: now },
    ]);
    expect(earlierVerdicts(events)).toEqual([was]);
  });

  test("is crashed if the store is closed under it", async () => {
    const dir = newFolder();
    const store = await openStore(dir);
    const run = store.createRun(runInfo());
    run.event(begin);
    expect(store.run(run.id).status).toBe("running");
    store.close();
    await using again = await openStore(dir, { readOnly: true });
    expect(again.run(run.id).status).toBe("crashed");
    expect(rows(again, run.id)).toBe(1);
    expect(() => store.runs()).toThrow(/has been closed/);
    expect(() => run.event(begin)).toThrow(/has ended/);
  });

  test.for([
    ["", "store/name"],
    ["a\0b", "store/name"],
    ["\ud800", "store/name"],
  ] as const)("refuses the name %j", async ([name, code]) => {
    await using store = await openStore(newFolder());
    expect(() => store.createRun(runInfo(name))).toThrow(expect.objectContaining({ code }));
    expect(readdirSync(store.dir)).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/^.{4}$/)]),
    );
  });

  test("refuses a setting that is no data, before anything is made", async () => {
    await using store = await openStore(newFolder());
    expect(() => store.createRun(runInfo("x", { config: { f: () => 1 } }))).toThrow(
      /value\.f is a function/,
    );
    expect(store.runs()).toEqual([]);
  });

  test("refuses a metric whose name SQLite would cut", async () => {
    await using store = await openStore(newFolder());
    const run = store.createRun(runInfo());
    expect(() => run.event(progress(1, { "a\0b": [1] }))).toThrow(/a metric is named/);
  });
});

describe("writing", () => {
  test("happens at most once a second, and then of everything", async () => {
    const dir = newFolder();
    const clock = handClock();
    await using store = await openStore(dir, { clock });
    await using reader = await openStore(dir, { readOnly: true });
    const run = store.createRun(runInfo());
    run.event(begin);
    clock.turn(999);
    run.event(progress(1, { loss: [1] }));
    expect(rows(reader, run.id)).toBe(0);
    clock.turn(1);
    run.event(progress(2, { loss: [0.5] }));
    expect(rows(reader, run.id)).toBe(2);
    expect(reader.run(run.id)).toMatchObject({
      status: "running",
      steps: 2,
      loss: 0.5,
      seconds: 1,
    });
    expect(reader.series(run.id, "loss").values).toEqual(Float64Array.of(1, 0.5));
    clock.turn(500);
    run.event({ kind: "note", step: 2, text: "waits" });
    expect(rows(reader, run.id)).toBe(2);
    run.flush();
    expect(rows(reader, run.id)).toBe(3);
  });

  test("of progress keeps the newest event before each other event, and every value", async () => {
    await using store = await openStore(newFolder(), { clock: handClock() });
    const run = store.createRun(runInfo());
    for (const step of [1, 2, 3]) run.event(progress(step, { loss: [step] }));
    run.event({ kind: "note", step: 3, text: "between" });
    for (const step of [4, 5]) run.event(progress(step, { loss: [step] }));
    run.flush();
    run.event(progress(6, { loss: [6] }));
    run.flush();
    const told = store.events(run.id);
    expect(told.map(({ event }) => ("step" in event ? event.step : event.kind))).toEqual([
      3, 3, 5, 6,
    ]);
    expect(told.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    expect(store.events(run.id, 1).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(store.series(run.id, "loss").values).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
  });

  test("of looks at health keeps all of a short log, then the newest before each write, and every value", async () => {
    const clock = handClock();
    await using store = await openStore(newFolder(), { clock });
    const run = store.createRun(runInfo());
    const layer = { layer: "0", kind: "dense" as const, parameters: 1, weightNorm: 1 };
    const look = (step: number) => {
      run.event(progress(step, { loss: [step] }));
      run.event({ kind: "health", step, layers: [{ ...layer, gradientNorm: step }] });
    };
    for (let step = 1; step <= 600; step++) look(step);
    run.event({ kind: "note", step: 600, text: "between" });
    for (let step = 601; step <= 700; step++) look(step);
    run.flush();
    look(701);
    run.event(progress(702, { loss: [702] }));
    run.flush();
    const told = store.events(run.id);
    const short = Array.from({ length: 256 }, (_, i) => [i + 1, i + 1]).flat();
    expect(told.map(({ event }) => ("step" in event ? event.step : event.kind))).toEqual([
      ...short,
      ...[600, 600, 600, 700, 700, 701, 702],
    ]);
    expect(told.slice(-4).map(({ event }) => event.kind)).toEqual([
      ...["progress", "health", "health", "progress"],
    ]);
    expect(told.map(({ seq }) => seq)).toEqual(told.map((_, i) => i));
    expect(store.series(run.id, "health/0/gradientNorm").values).toHaveLength(701);
    expect(store.check()).toEqual([]);
  });

  test("happens also when nothing more is told", async () => {
    const dir = newFolder();
    await using store = await openStore(dir);
    await using reader = await openStore(dir, { readOnly: true });
    const run = store.createRun(runInfo());
    run.event(begin);
    await expect.poll(() => rows(reader, run.id)).toBe(1);
  });

  test("a series comes back whole, wherever its chunks are cut", async () => {
    await using store = await openStore(newFolder(), { clock: handClock() });
    const run = store.createRun(runInfo());
    const steps: number[] = [];
    // Around the chunk of 4096, with steps that follow on each other, that skip, and that go back.
    for (const [size, stride] of [
      [4095, 1],
      [1, 1],
      [1, 1],
      [3000, 2],
      [8192, 1],
      [5, -7],
      [1, 0.5],
    ] as const) {
      const from = (steps.at(-1) ?? 0) + stride;
      const more = Array.from({ length: size }, (_, i) => from + i * stride);
      run.event(progress(0, { loss: more.map(Math.sin) }, more));
      run.flush();
      steps.push(...more);
      expect(store.series(run.id, "loss")).toStrictEqual({
        steps: Float64Array.from(steps),
        values: Float64Array.from(steps, Math.sin),
      });
    }
  });

  test("a million points take one read", async () => {
    await using store = await openStore(newFolder(), { clock: handClock() });
    const run = store.createRun(runInfo());
    const values = Array.from({ length: 1_000_000 }, (_, i) => 1 / (i + 1));
    run.event(progress(0, { loss: values }));
    run.flush();
    const { steps, values: back } = store.series(run.id, "loss");
    // Not toEqual, which takes seconds for a million.
    expect(back.every((value, i) => value === values[i])).toBe(true);
    expect([steps[0], steps[999_999]]).toEqual([0, 999_999]);
  });
});

describe("a run that is resumed", () => {
  const tell = (run: { event(event: RunEvent): void }, from: number, to: number): void => {
    for (let step = from; step < to; step++) {
      run.event(progress(step, { loss: [1 / step], rate: [step] }));
      if (step % 100 === 0) run.event({ kind: "evaluation", step, metrics: { accuracy: step } });
    }
  };
  const record = (store: Store, id: string): unknown => ({
    series: store.seriesNames(id).map((name) => [name, store.series(id, name)]),
    evaluations: store
      .events(id)
      .filter(({ event }) => event.kind === "evaluation")
      .map(({ event }) => event),
  });

  test("leaves the record of one that was never interrupted", async () => {
    const dir = newFolder();
    let [whole, broken] = ["", ""];
    let mark: ReturnType<ReturnType<Store["createRun"]>["mark"]> | undefined;
    {
      await using store = await openStore(dir);
      const one = store.createRun(runInfo());
      tell(one, 1, 9000);
      one.end({ status: "ended", steps: 9000, seconds: 1 });
      const two = store.createRun(runInfo());
      tell(two, 1, 5000);
      mark = two.mark();
      tell(two, 5000, 7300);
      two.event({ kind: "evaluation", step: 7300, metrics: { late: 1 } });
      [whole, broken] = [one.id, two.id];
    }
    await using store = await openStore(dir);
    expect(record(store, broken)).not.toEqual(record(store, whole));
    const run = store.resumeRun(broken, mark);
    expect(run.id).toBe(broken);
    expect(store.run(broken)).toMatchObject({ status: "running", loss: undefined });
    tell(run, 5000, 9000);
    run.end({ status: "ended", steps: 9000, seconds: 1 });
    expect(record(store, broken)).toStrictEqual(record(store, whole));
    const seqs = store.events(broken).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, i) => i));
    expect(store.check()).toEqual([]);
  });

  test("is refused while its writer lives, and where its record is shorter than the mark", async () => {
    await using store = await openStore(newFolder());
    const run = store.createRun(runInfo());
    run.event(begin);
    const mark = run.mark();
    expect(() => store.resumeRun(run.id, mark)).toThrow(/still running/);
    run.end({ status: "interrupted", steps: 1, seconds: 1 });
    for (const wrong of [
      { ...mark, events: 2 },
      { ...mark, points: { loss: 1 } },
    ]) {
      expect(() => store.resumeRun(run.id, wrong)).toThrow(/fewer/);
      expect(store.run(run.id).status).toBe("interrupted");
      expect(rows(store, run.id)).toBe(1);
    }
  });
});

describe("the list of runs", () => {
  test("is newest first and filtered", async () => {
    await using store = await openStore(newFolder());
    const make = (name: string, more = {}) => store.createRun(runInfo(name, more));
    const [a, b, c] = [make("digits"), make("conv"), make("digits", { parent: "x2xx" })];
    b.end({ status: "ended", verdict, loss: 1, steps: 1, seconds: 1 });
    const ids = (filter?: Parameters<Store["runs"]>[0]): string[] =>
      store.runs(filter).map(({ id }) => id);
    expect(ids()).toEqual([c.id, b.id, a.id]);
    expect(ids({ name: "digits" })).toEqual([c.id, a.id]);
    expect(ids({ file: "conv.ts" })).toEqual([b.id]);
    expect(ids({ parent: "x2xx" })).toEqual([c.id]);
    expect(ids({ status: "running", limit: 1 })).toEqual([c.id]);
    expect(ids({ verdict: "saddle" })).toEqual([b.id]);
    expect(ids({ verdict: "plateau" })).toEqual([]);
    expect(store.runs({ verdict: "saddle" })[0]).not.toHaveProperty("verdict");
    expect(store.run("@2").id).toBe(b.id);
    expect(store.run("conv").id).toBe(b.id);
  });

  test("what is measured at the end of a call alone is a series of its own steps", async () => {
    await using store = await openStore(newFolder());
    const run = store.createRun(runInfo());
    for (const step of [3, 6]) {
      const told = progress(step, { loss: [1, 2, 3] }, [step - 2, step - 1, step]);
      run.event({ ...told, kind: "progress", atStep: { gradientNorm: step / 2 } } as RunEvent);
    }
    run.flush();
    expect(store.series("@", "loss").steps).toHaveLength(6);
    expect(store.series("@", "gradientNorm")).toStrictEqual({
      ...{ steps: Float64Array.of(3, 6), values: Float64Array.of(1.5, 3) },
    });
    expect(store.events(run.id).at(-1)!.event).not.toHaveProperty("atStep");
  });

  test("a metric that is not there is answered with those that are", async () => {
    await using store = await openStore(newFolder());
    const run = store.createRun(runInfo());
    expect(() => store.series("@", "loss")).toThrow(/has told a metric/);
    run.event(progress(1, { loss: [1], gradientNorm: [2] }));
    run.flush();
    expect(() => store.series("@", "gradientnorm")).toThrow(/did you mean gradientNorm\?/);
  });
});

describe("opening", () => {
  test("to read where there is no store makes nothing and says how to make one", async () => {
    const dir = newFolder();
    await expect(openStore(dir, { readOnly: true })).rejects.toThrow(
      /no run store[\s\S]*nadir train/,
    );
    mkdirSync(dir);
    await expect(openStore(dir, { readOnly: true })).rejects.toMatchObject({
      code: "store/missing",
    });
    expect(readdirSync(dir)).toEqual([]);
  });

  test("in a place that is a file says so", async () => {
    const dir = newFolder();
    writeFileSync(dir, "");
    for (const readOnly of [false, true])
      await expect(openStore(dir, { readOnly })).rejects.toMatchObject({
        code: "store/foreign",
        message: expect.stringMatching(/is a file, not the folder of a run store/),
      });
  });

  test("a reader cannot write", async () => {
    const dir = newFolder();
    await using writer = await openStore(dir);
    writer.createRun(runInfo());
    await using store = await openStore(dir, { readOnly: true });
    expect(() => store.createRun(runInfo())).toThrow(
      expect.objectContaining({ code: "store/read-only" }),
    );
    expect(() => store.resumeRun("@", { events: 0, points: {}, seconds: 0 })).toThrow(/to be read/);
  });

  test("a folder with a name that a URL would misread", async () => {
    const dir = join(newFolder(), "50% of?runs#é");
    await using store = await openStore(dir);
    const { id } = store.createRun(runInfo());
    expect(store.file).toBe(join(dir, "runs.db"));
    expect(readdirSync(dir)).toEqual(expect.arrayContaining(["runs.db", id]));
    await using reader = await openStore(dir, { readOnly: true });
    expect(reader.run("@").id).toBe(id);
  });

  test("leaves another program's database alone", async () => {
    const dir = newFolder();
    mkdirSync(dir);
    const { default: Database } = await import("libsql");
    const file = join(dir, "runs.db");
    const other = new Database(file);
    other.exec("CREATE TABLE songs (name)");
    other.close();
    const before = readFileSync(file);
    for (const readOnly of [false, true]) {
      await expect(openStore(dir, { readOnly })).rejects.toMatchObject({ code: "store/foreign" });
    }
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("refuses a store of a newer nadir, and says so", async () => {
    const dir = newFolder();
    (await openStore(dir)).close();
    const { default: Database } = await import("libsql");
    const newer = new Database(join(dir, "runs.db"));
    newer.exec("PRAGMA user_version = 3; ALTER TABLE runs ADD COLUMN mood TEXT");
    newer.close();
    for (const readOnly of [false, true]) {
      await expect(openStore(dir, { readOnly })).rejects.toThrow(/version 3[\s\S]*update nadir/);
    }
  });
});
