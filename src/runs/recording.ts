import { rmSync } from "node:fs";
import { join } from "node:path";
import { NadirError } from "../base/errors.ts";
import { real } from "./columns.ts";
import { thisProcess } from "./liveness.ts";
import { packJson } from "./packedJson.ts";
import type { RecordMark, Run, RunInfo } from "./run.ts";
import { newRunId } from "./runReference.ts";
import { SeriesTail } from "./seriesChunks.ts";
import { readSeries, seriesNames } from "./seriesReader.ts";
import type { StoreAccess } from "./storeAccess.ts";
import { makeFolder } from "./storeFolder.ts";

/** Where a record's writer begins: at nothing, or where a mark stands. */
export interface RecordStart {
  readonly id: string;
  /** The run's own folder. */
  readonly dir: string;
  readonly events: number;
  readonly seconds: number;
  readonly tails: Map<string, SeriesTail>;
}

/** The row and the folder of a new run: see `Store.createRun`. */
export function startRecord(access: StoreAccess, storeDir: string, info: RunInfo): RecordStart {
  requireRunName(info.name);
  const [config = null, versions = null, machine = null] = [
    info.config,
    info.versions,
    info.machine,
  ].map(packJson);
  const change = info.change === undefined ? null : packJson(info.change);
  const { id, dir } = newFolder(storeDir);
  const now = access.now();
  const { pid, host, started } = thisProcess();
  const insert = (changed: number): void =>
    access.connection.run(
      `INSERT INTO runs (id, name, created, command, file, config, seed, versions, revision, machine,
         parent, change, sweep, status, pid, host, process_start, heartbeat, changed)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?)`,
      ...[id, info.name, now, info.command, info.file ?? null, config, real(info.seed), versions],
      ...[info.revision ?? null, machine, info.parent ?? null, change, info.sweep ?? null],
      ...[pid, host, started, now, changed],
    );
  try {
    access.change(insert);
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
  return { id, dir, events: 0, seconds: 0, tails: new Map() };
}

/** A run's record cut back to a mark, with this process as its writer: see `Store.resumeRun`. */
export function rewindRecord(
  access: StoreAccess,
  runOf: (reference: string) => Run,
  reference: string,
  mark: RecordMark,
): RecordStart {
  const { connection } = access;
  const tails = new Map<string, SeriesTail>();
  const { id, dir } = access.change((changed) => {
    const run = runOf(reference);
    const { id, status } = run;
    if (status === "running") {
      throw new NadirError("store/running", `run ${id} is still running`, {
        hint: "stop it first, or resume another",
      });
    }
    const told = "SELECT coalesce(max(seq) + 1, 0) FROM events WHERE run = ?";
    if (connection.number(told, id) < mark.events) throw shorter(id, "events");
    connection.run("DELETE FROM events WHERE run = ? AND seq >= ?", id, mark.events);
    const names = seriesNames(connection, id);
    const stored = new Map(names.map((name) => [name, readSeries(connection, id, name)]));
    connection.run("DELETE FROM metrics WHERE run = ?", id);
    connection.run("DELETE FROM overviews WHERE run = ?", id);
    for (const [name, count] of Object.entries(mark.points)) {
      const { steps, values } = stored.get(name) ?? { steps: [], values: [] };
      if (values.length < count) throw shorter(id, name);
      const tail = new SeriesTail(name);
      for (let i = 0; i < count; i++) tail.add(steps[i]!, values[i]!);
      tail.write(connection, id);
      tails.set(name, tail);
    }
    const { pid, host, started } = thisProcess();
    connection.run(
      `UPDATE runs SET status = 'running', verdict_kind = NULL, gradient_norm = NULL, verdict = NULL,
         metrics = NULL, cost = NULL, loss = NULL, steps = NULL, pid = ?, host = ?,
         process_start = ?, heartbeat = ?, changed = ?, rewound = ? WHERE id = ?`,
      ...[pid, host, started, access.now(), changed, changed, id],
    );
    return run;
  });
  makeFolder(dir, true);
  for (const tail of tails.values()) tail.settle();
  return { id, dir, events: mark.events, seconds: mark.seconds, tails };
}

/** @throws NadirError `store/name` unless a run may be called so */
export function requireRunName(name: string): void {
  if (name !== "" && !/\p{Control}|\p{Surrogate}/u.test(name)) return;
  throw new NadirError("store/name", `the run's name is ${JSON.stringify(name)}`, {
    expected: "at least one character, and no control characters",
  });
}

/** A new id, claimed by making its folder: two processes never get the same, nor one that was used before. */
export function newFolder(storeDir: string): { id: string; dir: string } {
  for (let attempt = 0; ; attempt++) {
    const id = newRunId(attempt < 16 ? 4 : 8);
    const dir = join(storeDir, id);
    if (makeFolder(dir, false)) return { id, dir };
  }
}

const shorter = (id: string, what: string): NadirError =>
  new NadirError("store/mark", `the record of run ${id} holds fewer ${what} than the mark`, {
    expected: "the mark of one of this run's own checkpoints",
  });
