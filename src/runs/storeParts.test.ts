import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, describe, expect, test } from "vitest";
import { openStore, type Store } from "./store.ts";
import { runInfo, temporaryFolder } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let names = 0;
const newFolder = (): string => join(folder, String(names++));

/** The id of a run that has ended. */
function ended(store: Store, name?: string): string {
  const run = store.createRun(runInfo(name));
  run.end({ status: "ended", steps: 1, seconds: 1 });
  return run.id;
}

describe("tags", () => {
  test("are given, taken, counted and found by", async () => {
    await using store = await openStore(newFolder());
    const [a, b] = [ended(store), ended(store)];
    store.tags.add(a, ["paper", "width/64"]);
    store.tags.add(a, ["paper"]);
    store.tags.add(b, ["paper", "ß-lücke"]);
    expect(store.run(a).tags).toEqual(["paper", "width/64"]);
    expect(store.runs({ tag: "width/64" }).map(({ id }) => id)).toEqual([a]);
    expect([...store.tags.all()]).toEqual([
      ["paper", 2],
      ["width/64", 1],
      ["ß-lücke", 1],
    ]);
    store.tags.remove(a, ["paper", "never given"]);
    expect(store.runs().map(({ tags }) => tags)).toEqual([["paper", "ß-lücke"], ["width/64"]]);
  });

  test.for(["", "two words", "-x", "a\0b", "x".repeat(65)])("refuse %j", async (tag) => {
    await using store = await openStore(newFolder());
    expect(() => store.tags.add(ended(store), [tag])).toThrow(
      expect.objectContaining({ code: "store/tag" }),
    );
  });
});

describe("notes", () => {
  test("are written on a run and on a step, and removed", async () => {
    await using store = await openStore(newFolder());
    const id = ended(store);
    const first = store.notes.add("@", "looks odd\nfrom here on", { step: 120 });
    const second = store.notes.add(id, "🙂 good");
    expect(store.notes.list(id)).toStrictEqual([first, second]);
    expect(first).toMatchObject({ run: id, step: 120, text: "looks odd\nfrom here on" });
    expect(store.notes.remove(first.id)).toStrictEqual(first);
    expect(store.notes.list(id)).toStrictEqual([second]);
    expect(() => store.notes.remove(first.id)).toThrow(/there is no note/);
    expect(() => store.notes.add(id, "  ")).toThrow(/1 to 10000 characters/);
    expect(() => store.notes.add(id, "x".repeat(10_001))).toThrow(/a note of 10001/);
  });
});

describe("artefacts", () => {
  test("come back by run and hash, to the byte", async () => {
    await using store = await openStore(newFolder());
    const id = ended(store);
    const svg = new TextEncoder().encode("<svg/>");
    const figure = store.artefacts.put(id, {
      ...{ kind: "figure", name: "loss", step: 7, mediaType: "image/svg+xml", bytes: svg },
    });
    // sha256sum of "<svg/>"
    expect(figure.sha256).toBe("d4dc56669143034f31aa309635d4113d9ad76a02b1739da22c965ed2049be9e6");
    expect(store.artefacts.read(id, figure.sha256)).toStrictEqual({ ...figure, bytes: svg });
    const value = { eigenvalues: Float64Array.of(1, -0), error: Number.NaN };
    const { sha256 } = store.artefacts.putJson(id, { kind: "spectrum", name: "hessian" }, value);
    expect(store.artefacts.readJson(id, sha256)).toStrictEqual(value);
    expect(() => store.artefacts.readJson(id, figure.sha256)).toThrow(/of type image/);
    expect(store.artefacts.list(id)).toHaveLength(2);
    expect(store.artefacts.list(id, { kind: "spectrum" }).map((a) => a.sha256)).toEqual([sha256]);
    expect(store.artefacts.list(id, { step: 8 })).toEqual([]);
    store.artefacts.put(id, { kind: "figure", name: "b", mediaType: "image/svg+xml", bytes: svg });
    expect(store.artefacts.list(id, { kind: "figure" }).map(({ name }) => name)).toEqual(["b"]);
    store.artefacts.remove(id, sha256);
    expect(() => store.artefacts.read(id, sha256)).toThrow(/has no artefact/);
    expect(store.check()).toEqual([]);
  });

  test("with a changed byte are refused, and named by check", async () => {
    await using store = await openStore(newFolder());
    const id = ended(store);
    const { sha256 } = store.artefacts.putJson(id, { kind: "health", name: "layers" }, { a: 1 });
    const other = new Database(store.file);
    other.exec(`UPDATE artefacts SET bytes = CAST('{"a":2}' AS BLOB)`);
    other.close();
    expect(() => store.artefacts.read(id, sha256)).toThrow(/is not as it was written/);
    expect(store.check()).toEqual([expect.stringMatching(/artefact .* of run/)]);
  });

  test.for(["../../etc/passwd", "", "%2e%2e", "0".repeat(63), "g".repeat(64)])(
    "have no address %j",
    async (address) => {
      await using store = await openStore(newFolder());
      expect(() => store.artefacts.read(ended(store), address)).toThrow(
        expect.objectContaining({ code: "store/unknown-artefact" }),
      );
    },
  );

  test("refuse labels that are none", async () => {
    await using store = await openStore(newFolder());
    const id = ended(store);
    const label = { kind: "a", name: "b" };
    for (const wrong of [{ kind: "two words" }, { name: "" }, { step: Number.NaN }]) {
      expect(() => store.artefacts.putJson(id, { ...label, ...wrong }, {})).toThrow(
        expect.objectContaining({ code: "store/artefact" }),
      );
    }
    const file = { ...label, mediaType: "text/html; charset=x", bytes: new Uint8Array() };
    expect(() => store.artefacts.put(id, file)).toThrow(/media type/);
  });
});

describe("overviews", () => {
  test.for(["buckets = zeroblob(length(buckets))", "count = count - 1", "last_step = 7"])(
    "that do not show their points are named by check: %s",
    async (edit) => {
      await using store = await openStore(newFolder());
      const run = store.createRun(runInfo());
      for (let step = 1; step <= 300; step++)
        run.event({ kind: "evaluation", step, metrics: { loss: 1 / step, rate: Number.NaN } });
      run.end({ status: "ended", steps: 300, seconds: 1 });
      expect(store.check()).toEqual([]);
      const other = new Database(store.file);
      other.exec(`UPDATE overviews SET ${edit} WHERE name = 'loss'`);
      other.close();
      expect(store.check()).toEqual([expect.stringMatching(/the overview of metric loss of run/)]);
      const again = new Database(store.file);
      again.exec("DELETE FROM overviews");
      again.close();
      expect(store.check()).toHaveLength(2);
    },
  );
});

describe("sweeps", () => {
  const info = {
    ...{ name: "rates", file: "mlp.ts", command: "nadir sweep mlp.ts" },
    ...{ space: { learningRate: { log: [1e-4, 0.1] } }, settings: { trials: 20 } },
  };

  test("are made, told of, found, resumed and removed", async () => {
    await using store = await openStore(newFolder());
    const sweep = store.sweeps.create(info);
    expect(sweep).toMatchObject({ ...info, status: "running", bestRun: undefined });
    const run = store.createRun(runInfo("trial", { sweep: sweep.id }));
    run.end({ status: "ended", steps: 1, seconds: 1 });
    expect(store.runs({ sweep: sweep.id }).map(({ id }) => id)).toEqual([run.id]);
    store.sweeps.update(sweep.id, { bestRun: run.id });
    expect(() => store.sweeps.resume("rates")).toThrow(/still running/);
    expect(() => store.sweeps.remove("@")).toThrow(/still running/);
    store.sweeps.update("@", { status: "interrupted" });
    expect(store.sweeps.get("@")).toMatchObject({ status: "interrupted", bestRun: run.id });
    expect(store.sweeps.changedSince(sweep.changed)).toHaveLength(1);
    expect(store.sweeps.resume("rates").status).toBe("running");
    store.sweeps.update("rates", { status: "ended", settings: { trials: 21 } });
    expect(store.sweeps.get("rates").settings).toEqual({ trials: 21 });
    expect(() => store.sweeps.get("ratse")).toThrow(/did you mean rates/);
    store.sweeps.remove("rates");
    expect(store.sweeps.list()).toEqual([]);
    expect(store.run(run.id).sweep).toBeUndefined();
  });
});

test("a sweep's trials are kept by their numbers, newest word last, and go with it", async () => {
  await using store = await openStore(newFolder());
  const space = { name: "rates", command: "nadir sweep mlp.ts", space: {}, settings: {} };
  const { id } = store.sweeps.create(space);
  store.sweeps.putTrial(id, 1, { value: Number.POSITIVE_INFINITY });
  store.sweeps.putTrial(id, 0, { value: Number.NaN });
  store.sweeps.putTrial(id, 1, { value: 2, settings: { rate: 0.1 } });
  expect(store.sweeps.trials("rates")).toEqual([
    { value: Number.NaN },
    { value: 2, settings: { rate: 0.1 } },
  ]);
  expect(() => store.sweeps.putTrial("ratse", 0, {})).toThrow(/did you mean rates/);
  store.sweeps.update(id, { status: "ended" });
  store.sweeps.remove(id);
  const again = store.sweeps.create(space);
  expect(store.sweeps.trials(again.id)).toEqual([]);
});

describe("following a store", () => {
  test("gives what is new, and only that, from whichever process it comes", async () => {
    const dir = newFolder();
    await using store = await openStore(dir);
    await using other = await openStore(dir);
    await using reader = await openStore(dir, { readOnly: true });
    let cursor = -1;
    const news = (): unknown => {
      const changes = reader.changesSince(cursor);
      cursor = changes.cursor;
      return [changes.runs.map(({ id }) => id), changes.deleted, changes.crashed];
    };
    const a = store.createRun(runInfo("a"));
    const b = store.createRun(runInfo("b"));
    expect(news()).toEqual([[b.id, a.id], [], []]);
    expect(news()).toEqual([[], [], []]);
    a.event({ kind: "note", step: 1, text: "x" });
    a.flush();
    expect(news()).toEqual([[a.id], [], []]);
    a.flush(); // nothing to tell: a sign of life is no news
    expect(news()).toEqual([[], [], []]);
    other.tags.add(b.id, ["paper"]);
    other.notes.add(a.id, "odd");
    expect(news()).toEqual([[b.id, a.id], [], []]);
    other.archive(b.id);
    expect(reader.changesSince(cursor).runs[0]).toMatchObject({ id: b.id, tags: ["paper"] });
    a.end({ status: "ended", steps: 1, seconds: 1 });
    expect(news()).toEqual([[b.id, a.id], [], []]);
    store.deleteRuns([a.id]);
    expect(news()).toEqual([[], [a.id], []]);
    expect(reader.changesSince(cursor + 100)).toMatchObject({ anew: true });
    // A writer that is gone writes nothing.
    const file = new Database(store.file);
    file.exec("UPDATE runs SET pid = 999999999");
    file.close();
    expect(news()).toEqual([[], [], [b.id]]);
  });
});

describe("archiving", () => {
  test("hides a run from @ and from lists that ask so, and is undone", async () => {
    await using store = await openStore(newFolder());
    const [a, b] = [ended(store, "a"), ended(store, "b")];
    store.archive("@");
    expect(store.run("@").id).toBe(a);
    expect(store.run(b).archived).toBeGreaterThan(0);
    expect(store.run("b").id).toBe(b);
    expect(store.runs({ archived: false }).map(({ id }) => id)).toEqual([a]);
    expect(store.runs({ archived: true }).map(({ id }) => id)).toEqual([b]);
    store.archive(a);
    expect(() => store.run("@")).toThrow(/not archived/);
    store.unarchive(b);
    expect(store.run("@")).toMatchObject({ id: b, archived: undefined });
  });
});

describe("deleting", () => {
  test("takes a run with all that belongs to it, and its folder", async () => {
    await using store = await openStore(newFolder());
    const run = store.createRun(runInfo());
    run.event({ kind: "evaluation", step: 1, metrics: { accuracy: 1 } });
    run.saveParams({ w: { dtype: "f64", shape: [1], data: new Float64Array(1) } });
    run.end({ status: "ended", steps: 1, seconds: 1 });
    store.tags.add(run.id, ["x"]);
    store.notes.add(run.id, "x");
    store.artefacts.putJson(run.id, { kind: "a", name: "b" }, {});
    const kept = ended(store);
    expect(store.deleteRuns([run.id, "@2"])).toEqual([run.id]);
    expect(existsSync(run.dir)).toBe(false);
    expect(store.runs().map(({ id }) => id)).toEqual([kept]);
    const file = new Database(store.file);
    for (const table of ["events", "metrics", "overviews", "tags", "notes", "artefacts"]) {
      expect(file.prepare(`SELECT * FROM ${table}`).all(), table).toEqual([]);
    }
    file.close();
    expect(store.check()).toEqual([]);
  });

  test("takes all or none, and never one that runs", async () => {
    await using store = await openStore(newFolder());
    const [a, running] = [ended(store), store.createRun(runInfo())];
    expect(() => store.deleteRuns([a, running.id])).toThrow(/still running/);
    expect(() => store.deleteRuns([a, "nosuch"])).toThrow(/there is no run/);
    expect(store.runs()).toHaveLength(2);
    expect(readdirSync(store.dir)).toEqual(expect.arrayContaining([a, running.id]));
  });

  test("that was killed before the folder went is finished by the next writer", async () => {
    const dir = newFolder();
    let id: string;
    {
      await using store = await openStore(dir);
      id = ended(store);
      store.deleteRuns([id]);
    }
    // As a kill between the two leaves it.
    const file = new Database(join(dir, "runs.db"));
    file.exec("UPDATE deletions SET folder = 1");
    file.close();
    mkdirSync(join(dir, id));
    writeFileSync(join(dir, id, "ck-1.safetensors"), "");
    await using reader = await openStore(dir, { readOnly: true });
    expect(reader.runs()).toEqual([]);
    expect(existsSync(join(dir, id))).toBe(true);
    (await openStore(dir)).close();
    expect(existsSync(join(dir, id))).toBe(false);
  });

  test("under a writer that seemed dead is told to it", async () => {
    await using store = await openStore(newFolder());
    const run = store.createRun(runInfo());
    const file = new Database(store.file);
    file.exec("DELETE FROM runs");
    file.close();
    run.event({ kind: "note", step: 1, text: "x" });
    expect(() => run.flush()).toThrow(expect.objectContaining({ code: "store/deleted" }));
    file.close();
    expect(() => store.close()).toThrow(/was deleted/);
  });
});
