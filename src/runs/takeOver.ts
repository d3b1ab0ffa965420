import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { writeFileAtomically } from "./atomicFile.ts";
import { real } from "./columns.ts";
import { type KeptRun, keptRun } from "./keptRun.ts";
import { requireKeptRun } from "./keptRunCheck.ts";
import { packJson, unpackJson } from "./packedJson.ts";
import { newFolder } from "./recording.ts";
import { SeriesTail } from "./seriesChunks.ts";
import type { Connection } from "./sqlite.ts";
import type { Store } from "./store.ts";
import type { StoreAccess } from "./storeAccess.ts";
import { makeFolder } from "./storeFolder.ts";

/** A run that was taken over. */
export interface TakenRun {
  /** Its id in this store. */
  readonly id: string;
  /** The id that it came with. */
  readonly was: string;
  /** False where the store had this very run already, and nothing was written. */
  readonly isNew: boolean;
  /** False where its parent's id is another run's here, and was left out. */
  readonly parentKept: boolean;
}

/**
 * Takes over runs, all or none: see `Store.takeOver`. Files are written before the rows: a
 * reader never finds a run without them, and a failure removes what was made.
 */
export function takeOver(store: Store, access: StoreAccess, runs: readonly KeptRun[]): TakenRun[] {
  for (const run of runs) requireKeptRun(run);
  const there = runs.map((run) => sameRun(store, run));
  const folders: string[] = [];
  try {
    const ids = new Map(
      runs.map((run, i) => {
        const found = there[i];
        if (found !== undefined) return [run.id, found];
        const { id, dir } = claim(store, access.connection, run.id);
        folders.push(dir);
        for (const { name, bytes } of run.files) writeFileAtomically(join(dir, name), [bytes]);
        return [run.id, id];
      }),
    );
    return access.change((changed) =>
      runs.map((run, i): TakenRun => {
        const id = ids.get(run.id) ?? run.id;
        const parent = parentOf(store, run, ids);
        const parentKept = parent === run.parent || ids.has(run.parent ?? "");
        if (there[i] !== undefined) return { id, was: run.id, isNew: false, parentKept: true };
        insert(access.connection, { ...run, id, parent }, changed);
        return { id, was: run.id, isNew: true, parentKept };
      }),
    );
  } catch (error) {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The id of the run in the store that is this very one, under whatever id; its files aside. */
function sameRun(store: Store, run: KeptRun): string | undefined {
  const content = withoutPlace(run);
  return store
    .runs({ name: run.name })
    .filter(({ created, status }) => created === run.created && status !== "running")
    .find(({ id }) => isDeepStrictEqual(withoutPlace(keptRun(store, id)), content))?.id;
}

/** What of a run does not depend on the store that it is in. */
function withoutPlace({ id: _, parent: __, parentCreated: ___, files: ____, ...run }: KeptRun) {
  const { series, ...rest } = run;
  const artefacts = rest.artefacts.map((one) => ({ ...one, bytes: sha256(one.bytes) }));
  const words = packJson({ ...rest, tags: [...rest.tags].sort(), artefacts });
  // By way of JSON: a field that is undefined is the same as one that is left out.
  return { series, words: unpackJson(words) };
}

/** A folder for a run, under its own id if no run has it here, nor a folder that is still to be removed. */
function claim(store: Store, connection: Connection, id: string): { id: string; dir: string } {
  const used = connection.number(
    `SELECT (SELECT count(*) FROM runs WHERE id = ?) +
       (SELECT count(*) FROM deletions WHERE run = ? AND folder = 1)`,
    ...[id, id],
  );
  const dir = join(store.dir, id);
  return used === 0 && makeFolder(dir, false) ? { id, dir } : newFolder(store.dir);
}

/** The parent's id here: that of a run that came along, or of one that was here, unless that is another. */
function parentOf(
  store: Store,
  { parent, parentCreated }: KeptRun,
  ids: ReadonlyMap<string, string>,
): string | undefined {
  if (parent === undefined) return undefined;
  const along = ids.get(parent);
  if (along !== undefined) return along;
  const here = store.runs().find(({ id }) => id === parent);
  return here === undefined || here.created === parentCreated ? parent : undefined;
}

/** The rows of one run, within a transaction. */
function insert(connection: Connection, run: KeptRun, changed: number): void {
  const { id, verdict } = run;
  const json = (value: unknown): string | null => (value === undefined ? null : packJson(value));
  connection.run(
    `INSERT INTO runs (id, name, created, command, file, config, seed, versions, revision, machine, parent,
       change, status, verdict_kind, gradient_norm, verdict, loss, metrics, steps, seconds, cost, archived,
       pid, host, process_start, heartbeat, changed)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', ?, ?)`,
    ...[id, run.name, run.created, run.command, run.file ?? null, packJson(run.config)],
    ...[real(run.seed), packJson(run.versions), run.revision ?? null, packJson(run.machine)],
    ...[run.parent ?? null, json(run.change), run.status, verdict?.kind ?? null],
    ...[real(verdict?.gradientNorm), json(verdict), real(run.loss), json(run.metrics)],
    ...[real(run.steps), real(run.seconds), json(run.cost), real(run.archived)],
    ...[run.heartbeat, changed],
  );
  connection.run("DELETE FROM deletions WHERE run = ?", id);
  for (const { seq, time, event } of run.events) {
    connection.run("INSERT INTO events VALUES (?, ?, ?, ?)", id, seq, time, packJson(event));
  }
  for (const [name, { steps, values }] of run.series) {
    const tail = new SeriesTail(name);
    for (let i = 0; i < values.length; i++) tail.add(steps[i]!, values[i]!);
    tail.write(connection, id);
  }
  for (const tag of run.tags) connection.run("INSERT OR IGNORE INTO tags VALUES (?, ?)", id, tag);
  for (const { step, text, created } of run.notes) {
    connection.run(
      "INSERT INTO notes (run, step, text, created) VALUES (?, ?, ?, ?)",
      ...[id, real(step), text, created],
    );
  }
  for (const { kind, name, step, created, mediaType, bytes } of run.artefacts) {
    connection.run(
      "INSERT OR REPLACE INTO artefacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[id, sha256(bytes), kind, name, real(step), created, mediaType, bytes.byteLength, bytes],
    );
  }
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
