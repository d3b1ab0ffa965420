import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NadirError } from "../base/errors.ts";
import { readTensors, saveCheckpoint } from "../runs/checkpoint.ts";
import { type KeptRun, keptRun } from "../runs/keptRun.ts";
import { packJson, unpackJson } from "../runs/packedJson.ts";
import type { SavedTensor } from "../runs/safetensors.ts";
import { sealTensors } from "../runs/sealedTensors.ts";
import { loadLibsql, type OpenDatabase } from "../runs/sqlite.ts";
import { openStore, type Store } from "../runs/store.ts";
import { runInfo, seeded, temporaryFolder } from "../runs/testing.ts";
import { readEventFiles } from "./importEvents.ts";
import { nadirFile, readNadirFile } from "./nadirFile.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let names = 0;
const newFolder = (): string => join(folder, String(names++));
const tensors = { w: { dtype: "f64", shape: [2], data: Float64Array.of(-0, 1e-300) } } as const;

/** A run with one of everything that a store keeps, and one that went on from it. */
function fill(store: Store): [string, string] {
  const run = store.createRun(runInfo("digits", { config: { rate: Number.NaN, $odd: [-0] } }));
  run.event({ kind: "start", method: "adam", engine: "js", parameters: 2, steps: 5000 });
  const steps = Array.from({ length: 5000 }, (_, i) => i + 1);
  const values = { loss: steps.map((i) => Math.sin(i) / i), "a/b": steps.map(() => Number.NaN) };
  run.event({ kind: "progress", step: 5000, loss: 1, gradientNorm: 1, series: { steps, values } });
  run.event({ kind: "evaluation", step: 7, metrics: { accuracy: Number.POSITIVE_INFINITY } });
  run.saveParams(tensors);
  saveCheckpoint(run.dir, 40, { tensors, meta: {} });
  saveCheckpoint(run.dir, 50, { tensors, meta: {} });
  const evidence = { gradientNorm: 1e-9, tolerance: 1e-8, evidence: ["flat"], advice: [] };
  run.end({
    ...{ status: "interrupted", loss: 0.25, metrics: { accuracy: 0.9 }, steps: 5000, seconds: 2 },
    verdict: {
      ...{ kind: "saddle", smallestEigenvalue: -1, eigenvalueError: 0, predictedDecrease: 0.1 },
      ...{ direction: Float64Array.of(1, -0), ...evidence },
    },
    cost: { flops: 1e9 },
  });
  store.tags.add(run.id, ["paper"]);
  store.notes.add(run.id, "odd\nfrom here", { step: 12 });
  const code = new TextEncoder().encode("export default 1");
  const file = { kind: "code", name: "a.ts", mediaType: "text/plain", bytes: code };
  store.artefacts.put(run.id, file);
  store.artefacts.putJson(run.id, { kind: "spectrum", name: "hessian", step: 3 }, { a: [1] });
  const change = { setting: "rate", from: undefined, to: 0.1, why: "it was none" };
  const next = store.createRun(runInfo("next", { parent: run.id, change }));
  next.end({ status: "ended", steps: 0, seconds: 0 });
  store.archive(next.id);
  return [run.id, next.id];
}

const bytesOf = (runs: readonly KeptRun[]): Buffer => Buffer.concat(nadirFile(runs));
const keptOf = (store: Store, ids: readonly string[]): KeptRun[] =>
  ids.map((id) => keptRun(store, id, { checkpoints: true }));

let whole: Buffer;
let ids: [string, string];
beforeAll(async () => {
  await using store = await openStore(newFolder());
  ids = fill(store);
  whole = bytesOf(keptOf(store, ids));
});

function fileOf(bytes: Uint8Array): string {
  const path = `${newFolder()}.nadir`;
  writeFileSync(path, bytes);
  return path;
}

describe("whole runs as a file", () => {
  test("come into an empty store as they were, to the bit, and only once", async () => {
    await using store = await openStore(newFolder());
    const runs = readNadirFile(fileOf(whole));
    expect(store.takeOver(runs).map(({ id, isNew }) => [id, isNew])).toEqual(
      ids.map((id) => [id, true]),
    );
    expect(bytesOf(keptOf(store, ids)).equals(whole)).toBe(true);
    expect(store.check()).toEqual([]);
    expect(store.run(ids[0])).toMatchObject({ status: "interrupted", tags: ["paper"], seed: 1 });
    expect(readdirSync(store.run(ids[0]).dir)).toEqual(["ck-50.safetensors", "params.safetensors"]);
    expect(readTensors(join(store.run(ids[0]).dir, "params.safetensors")).tensors).toEqual(tensors);
    expect(store.takeOver(runs).map(({ isNew }) => isNew)).toEqual([false, false]);
    expect(store.runs()).toHaveLength(2);
    // One that was taken over and deleted may come again under its own id.
    store.deleteRuns([ids[1]]);
    expect(store.takeOver(runs).map(({ id, isNew }) => [id, isNew])).toEqual([
      [ids[0], false],
      [ids[1], true],
    ]);
  });

  test("get new ids where theirs are other runs', and keep to their parents", async () => {
    await using store = await openStore(newFolder());
    const [first] = readNadirFile(fileOf(whole));
    store.takeOver([{ ...first!, name: "another", files: [] }]);
    const taken = store.takeOver(readNadirFile(fileOf(whole)));
    expect(taken[0]?.id).not.toBe(ids[0]);
    expect(taken[0]).toMatchObject({ was: ids[0], isNew: true });
    expect(store.run(ids[1]).parent).toBe(taken[0]?.id);
    // Alone, the child's parent would be the other run.
    store.deleteRuns([taken[0]!.id, ids[1]]);
    const [alone] = store.takeOver([{ ...readNadirFile(fileOf(whole))[1]!, parentCreated: 1 }]);
    expect(alone).toMatchObject({ parentKept: false });
    expect(store.run(ids[1]).parent).toBeUndefined();
    expect(store.check()).toEqual([]);
  });

  test("get new ids where a row has theirs but no folder, and where a deletion is still to remove one", async () => {
    const dir = newFolder();
    await using store = await openStore(dir);
    const [run] = readNadirFile(fileOf(whole));
    store.takeOver([{ ...run!, name: "another", files: [] }]);
    rmSync(store.run(ids[0]).dir, { recursive: true });
    const [beside] = store.takeOver([run!]);
    expect(beside?.id).not.toBe(ids[0]);
    expect(store.run(ids[0]).name).toBe("another");
    // Killed between a folder and the note that it is gone: whoever removes folders next may be another process.
    store.deleteRuns([ids[0], beside!.id]);
    const database = (await loadLibsql())(join(dir, "runs.db"));
    database.exec("UPDATE deletions SET folder = 1");
    database.close();
    const [again] = store.takeOver([run!]);
    expect(again).toMatchObject({ was: ids[0], isNew: true });
    expect([ids[0], beside?.id]).not.toContain(again?.id);
    expect(readdirSync(store.run(again!.id).dir)).toContain("params.safetensors");
  });

  test("a run that is still written is not exported", async () => {
    await using store = await openStore(newFolder());
    const { id } = store.createRun(runInfo());
    expect(() => keptRun(store, id)).toThrow(/is still running/);
  });
});

/** The file with something changed within, and sealed again: as somebody would who means harm. */
function forged(change: (tensors: Record<string, SavedTensor>, meta: Meta) => void): Buffer {
  const { tensors, meta } = readTensors(fileOf(whole));
  const copy = { tensors: { ...tensors }, meta: meta as Meta };
  change(copy.tensors, copy.meta);
  return Buffer.concat(sealTensors(copy).pieces);
}
interface Meta {
  schema: string;
  version: number;
  runs: string[];
}

const bytesTensor = (text: string): SavedTensor => {
  const data = new TextEncoder().encode(text);
  return { dtype: "u8", shape: [data.length], data };
};

/** Changes a field of the first run's words. */
const field = (key: string, value: unknown) => () =>
  forged((held) => {
    const text = new TextDecoder().decode(held[`${ids[0]}/run`]?.data as Uint8Array<ArrayBuffer>);
    held[`${ids[0]}/run`] = bytesTensor(
      packJson({ ...(unpackJson(text) as object), [key]: value }),
    );
  });

test.for<[string, () => Buffer, RegExp]>([
  ["empty", () => Buffer.alloc(0), /is empty/],
  ["a database", () => Buffer.from(`SQLite format 3\0${"x".repeat(5000)}`), /seal/],
  ["of a newer version", () => forged((_, meta) => (meta.version = 2)), /newer nadir/],
  ["of something else", () => forged((_, meta) => (meta.schema = "x")), /holds no runs/],
  ["without runs", () => forged((_, meta) => (meta.runs = [])), /holds no runs/],
  ["with one run twice", () => forged((_, meta) => meta.runs.push(meta.runs[0]!)), /lacks/],
  ["with more in it", () => forged((held) => (held["x"] = bytesTensor("x"))), /holds "x" as well/],
  [
    "with code for JSON",
    () => forged((held) => (held[`${ids[0]}/run`] = bytesTensor("x"))),
    /not readable/,
  ],
  [
    "deeply nested",
    () => forged((held) => (held[`${ids[0]}/run`] = bytesTensor("[".repeat(1e5)))),
    /not readable/,
  ],
  [
    "with other bytes for an artefact",
    () =>
      forged((held) => {
        const name = Object.keys(held).find((key) => key.startsWith(`${ids[0]}/artefacts/`));
        held[name ?? ""] = bytesTensor("export default 2");
      }),
    /an artefact of run .* is not its hash/,
  ],
  ["with an id that leads out", field("id", "../../etc"), /two ids/],
  ["with a file that leads out", field("files", ["../../x"]), /lacks/],
  ["with a name of control", field("name", "a\u001b[2J"), /name/],
  ["without a name", field("name", undefined), /name of run/],
  ["with a status of its own", field("status", "running"), /status/],
  [
    "with an event of its own",
    field("events", [{ seq: 0, time: 0, event: { kind: "run" } }]),
    /kind of an event/,
  ],
  [
    "with events out of order",
    field(
      "events",
      [1, 1].map((seq) => ({ seq, time: 0, event: { kind: "note", step: 1, text: "" } })),
    ),
    /event 1 of run/,
  ],
  ["with a tag that is none", field("tags", ["two words"]), /a tag is/],
  ["with a date beyond all", field("created", 1e300), /a time/],
  ["with metrics of texts", field("metrics", { a: "<b>" }), /metrics/],
  ["with a verdict of its own", field("verdict", { kind: "best" }), /kind of the verdict/],
  [
    "with a note that is too long",
    field("notes", [{ text: "x".repeat(1e5), created: 0 }]),
    /a note of/,
  ],
])("a file %s is refused in a sentence, and nothing is imported", ([, make, message]) => {
  const path = fileOf(make());
  expect(() => readNadirFile(path)).toThrow(NadirError);
  expect(() => readNadirFile(path)).toThrow(
    expect.objectContaining({
      code: expect.stringMatching(/^import\/(damaged|newer)$/),
      message: expect.stringMatching(message),
    }),
  );
});

test("ids, files and bytes that no store would write are refused where they lead out", () => {
  const held = forged((tensors, meta) => {
    const [id = ""] = meta.runs;
    const text = new TextDecoder().decode(tensors[`${id}/run`]?.data as Uint8Array<ArrayBuffer>);
    tensors["../x/run"] = bytesTensor(text.replaceAll(`"${id}"`, '"../x"'));
    for (const [name, tensor] of Object.entries(tensors)) {
      if (name.startsWith(`${id}/`) && name !== `${id}/run`)
        tensors[name.replace(id, "../x")] = tensor;
      if (name.startsWith(`${id}/`)) delete tensors[name];
    }
    meta.runs[0] = "../x";
  });
  expect(() => readNadirFile(fileOf(held))).toThrow(/a run's id is "\.\.\/x"/);
});

test("cut anywhere, or with any byte changed, it is refused: 60 of each", () => {
  const random = seeded(4);
  for (let i = 0; i < 60; i++) {
    const cut = whole.subarray(0, Math.floor(random() * whole.length));
    expect(() => readNadirFile(fileOf(cut)), `cut ${i}`).toThrow(NadirError);
    const changed = Buffer.from(whole);
    const at = Math.floor((i % 2 === 0 ? 2000 : whole.length) * random());
    changed[at] = (changed[at] ?? 0) ^ (1 + Math.floor(random() * 255));
    expect(() => readNadirFile(fileOf(changed)), `byte ${at}`).toThrow(
      expect.objectContaining({ code: "import/damaged" }),
    );
  }
});

test("a folder and a device, which may never end, are no files to be read", () => {
  for (const read of [readNadirFile, readEventFiles]) {
    expect(() => read("/dev/zero")).toThrow(/\/dev\/zero is a device/);
    expect(() => read("nowhere")).toThrow(/no file (or folder )?nowhere/);
  }
  expect(() => readNadirFile(folder)).toThrow(/is a folder/);
});

test("a store that is full leaves nothing of it, wherever that happens", async () => {
  const runs = readNadirFile(fileOf(whole));
  const libsql = await loadLibsql();
  let failures = 0;
  for (let n = 1; n < 60; n++) {
    const dir = newFolder();
    let left = Number.POSITIVE_INFINITY;
    const open: OpenDatabase = (name) => {
      const real = libsql(name);
      return {
        exec: (sql) => real.exec(sql),
        close: () => real.close(),
        get inTransaction() {
          return real.inTransaction;
        },
        prepare: (sql) => {
          const statement = real.prepare(sql);
          const run = (...values: Parameters<typeof statement.run>): unknown => {
            if (--left === 0) throw Object.assign(new Error("full"), { code: "SQLITE_FULL" });
            return statement.run(...values);
          };
          return { all: (...values) => statement.all(...values), run };
        },
      };
    };
    {
      await using store = await openStore(dir, { open });
      left = n;
      try {
        store.takeOver(runs);
      } catch (error) {
        expect(error).toMatchObject({ code: "store/full" });
        failures++;
        expect(store.runs()).toEqual([]);
        expect(readdirSync(dir).filter((name) => !name.startsWith("runs.db"))).toEqual([]);
        continue;
      }
    }
    break;
  }
  expect(failures).toBeGreaterThan(10);
  expect(readFileSync(fileOf(whole)).equals(whole)).toBe(true);
});
