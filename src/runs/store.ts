import { accessSync, constants, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";
import type { RunEvent } from "../training/events.ts";
import { fileError, systemCode } from "./atomicFile.ts";
import { thisProcess } from "./liveness.ts";
import { packJson, unpackJson } from "./packedJson.ts";
import type { RecordMark, Run, RunFilter, RunInfo, RunSummary, StoredEvent } from "./run.ts";
import { newRunId, resolveRun } from "./runReference.ts";
import { real, summaryColumns, summaryFrom, verdictFrom } from "./runRow.ts";
import { type Clock, RunWriter } from "./runWriter.ts";
import { ensureSchema } from "./schema.ts";
import { readSeries, type Series, SeriesTail } from "./seriesChunks.ts";
import {
  Connection,
  corrupt,
  loadLibsql,
  type OpenDatabase,
  requireDatabase,
  textOf,
} from "./sqlite.ts";

export interface StoreOptions {
  /** Never changes the store; several may read while others write. Default false. */
  readonly readOnly?: boolean | undefined;
  readonly clock?: Clock | undefined;
  /** For tests: what opens the database in libsql's place. */
  readonly open?: OpenDatabase | undefined;
}

const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

/**
 * Opens the run store in a folder: `runs.db`, an SQLite database, and a folder for each run.
 * A store that is to be written is made if it is not there.
 *
 * @param dir - by default `.nadir` in the working directory
 * @throws NadirError `store/missing` (to be read, but not there), `store/corrupt`, `store/newer`,
 *   `store/foreign`, `store/locked`, `store/not-writable`, `store/full`, `store/io`
 */
export async function openStore(dir = ".nadir", options: StoreOptions = {}): Promise<Store> {
  const folder = resolve(dir);
  const file = join(folder, "runs.db");
  const readOnly = options.readOnly ?? false;
  if (!readOnly) makeFolder(folder, true);
  const there = isThere(file);
  if (readOnly && !there) throw missing(file);
  const writable = mayWrite(folder) && (!there || mayWrite(file));
  if (!readOnly && !writable) {
    throw new NadirError("store/not-writable", `the run store ${folder} cannot be written`, {
      hint: "allow writing there, or choose another place with --store DIR",
    });
  }
  if (there) requireDatabase(file);
  const open = options.open ?? (await loadLibsql());
  const mode = readOnly ? (writable ? "read" : "frozen") : "write";
  const connection = new Connection(file, mode, open);
  try {
    if (!ensureSchema(connection, !readOnly)) throw missing(file);
  } catch (error) {
    connection.close();
    throw error;
  }
  return new Store(folder, connection, readOnly, options.clock ?? systemClock);
}

/** All runs of a folder. Made by `openStore`; to be released with `await using` or `close`. */
export class Store {
  /** The store's folder, absolute. */
  readonly dir: string;
  readonly readOnly: boolean;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #writers = new Set<RunWriter>();
  #open = true;

  constructor(dir: string, connection: Connection, readOnly: boolean, clock: Clock) {
    this.dir = dir;
    this.readOnly = readOnly;
    this.#connection = connection;
    this.#clock = clock;
  }

  /** The database file. */
  get file(): string {
    return this.#connection.file;
  }

  /**
   * Starts the record of a run, with a folder of its own. It is in the store when this returns.
   *
   * @throws NadirError `store/read-only`, `store/name`, `data/not-plain`, `store/…`, `file/…`
   */
  createRun(info: RunInfo): RunWriter {
    this.#requireWritable();
    if (info.name === "" || /\p{Control}|\p{Surrogate}/u.test(info.name)) {
      throw new NadirError("store/name", `the run's name is ${JSON.stringify(info.name)}`, {
        expected: "at least one character, and no control characters",
      });
    }
    const [config, versions, machine] = [info.config, info.versions, info.machine].map(packJson);
    const { id, dir } = this.#newFolder();
    const now = this.#clock.now();
    const { pid, host, started } = thisProcess();
    const insert = (): void =>
      this.#connection.run(
        `INSERT INTO runs (id, name, created, command, file, config, seed, versions, revision, machine,
           parent, status, pid, host, process_start, heartbeat)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?)`,
        id,
        info.name,
        now,
        info.command,
        info.file ?? null,
        config ?? null,
        real(info.seed),
        versions ?? null,
        info.revision ?? null,
        machine ?? null,
        info.parent ?? null,
        pid,
        host,
        started,
        now,
      );
    try {
      this.#connection.transaction(insert);
    } catch (error) {
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
    return this.#writer(id, dir, { events: 0, seconds: 0, tails: new Map() });
  }

  /**
   * Continues the record of a run from a mark that one of its checkpoints kept: what was recorded
   * after it is dropped, so that the resumed run leaves the record that an uninterrupted one would.
   *
   * @throws NadirError `store/running` if its writer lives, `store/mark` if the record is shorter
   *   than the mark, and as `createRun`
   */
  resumeRun(reference: string, mark: RecordMark): RunWriter {
    this.#requireWritable();
    const tails = new Map<string, SeriesTail>();
    const { id, dir } = this.#connection.transaction(() => {
      const run = this.run(reference);
      const { id, status } = run;
      if (status === "running") {
        throw new NadirError("store/running", `run ${id} is still running`, {
          hint: "stop it first, or resume another",
        });
      }
      const told = "SELECT coalesce(max(seq) + 1, 0) FROM events WHERE run = ?";
      if (this.#connection.number(told, id) < mark.events) throw shorter(id, "events");
      this.#connection.run("DELETE FROM events WHERE run = ? AND seq >= ?", id, mark.events);
      const stored = new Map(this.seriesNames(id).map((name) => [name, this.series(id, name)]));
      this.#connection.run("DELETE FROM metrics WHERE run = ?", id);
      for (const [name, count] of Object.entries(mark.points)) {
        const { steps, values } = stored.get(name) ?? { steps: [], values: [] };
        if (values.length < count) throw shorter(id, name);
        const tail = new SeriesTail(name);
        for (let i = 0; i < count; i++) tail.add(steps[i]!, values[i]!);
        tail.write(this.#connection, id);
        tails.set(name, tail);
      }
      const { pid, host, started } = thisProcess();
      this.#connection.run(
        `UPDATE runs SET status = 'running', verdict_kind = NULL, gradient_norm = NULL, verdict = NULL,
           metrics = NULL, cost = NULL, loss = NULL, steps = NULL, pid = ?, host = ?, process_start = ?, heartbeat = ? WHERE id = ?`,
        pid,
        host,
        started,
        this.#clock.now(),
        id,
      );
      return run;
    });
    makeFolder(dir, true);
    for (const tail of tails.values()) tail.settle();
    return this.#writer(id, dir, { events: mark.events, seconds: mark.seconds, tails });
  }

  /** The runs that match, newest first. */
  runs(filter: RunFilter = {}): RunSummary[] {
    const wanted = (
      [
        ["name", filter.name],
        ["file", filter.file],
        ["parent", filter.parent],
        ["verdict_kind", filter.verdict],
      ] as const
    ).flatMap(([column, value]) => (value === undefined ? [] : [{ column, value }]));
    const where = wanted.map(({ column }) => ` AND ${column} = ?`).join("");
    const rows = this.#connection.select(
      summaryColumns,
      `FROM runs WHERE true${where} ORDER BY seq DESC`,
      ...wanted.map(({ value }) => value),
    );
    const limit = filter.limit ?? rows.length;
    const found: RunSummary[] = [];
    // The status depends on whether the writer lives, which SQL cannot tell.
    for (const row of rows) {
      if (found.length >= limit) break;
      const summary = this.#summary(row);
      if (filter.status === undefined || summary.status === filter.status) found.push(summary);
    }
    return found;
  }

  /**
   * The run that a user means by `@` (the latest), `@2`, an id, a name, or the start of an id.
   *
   * @throws NadirError `store/unknown-run`, `store/ambiguous-run`
   */
  run(reference: string): Run {
    const known = this.#connection
      .select(["id", "name"], "FROM runs ORDER BY seq DESC")
      .map(({ id, name }) => ({ id: this.#text(id), name: this.#text(name) }));
    const id = resolveRun(reference, known);
    const columns = [...summaryColumns, "verdict"];
    const [row] = this.#connection.select(columns, "FROM runs WHERE id = ?", id);
    if (row === undefined) throw corrupt(this.file, `run ${id} cannot be found by its id`);
    return { ...this.#summary(row), verdict: verdictFrom(row, this.file) };
  }

  /**
   * What a run told, in order. Of each row of progress events only the newest before each write is
   * kept; `series` holds all their values.
   *
   * @param after - only events whose `seq` is higher, for those who follow a run. Default: all
   */
  events(reference: string, after = -1): StoredEvent[] {
    const { id } = this.run(reference);
    return this.#connection
      .select(
        ["seq", "time", "json"],
        "FROM events WHERE run = ? AND seq > ? ORDER BY seq",
        id,
        after,
      )
      .map(({ seq, time, json }) => {
        if (typeof seq !== "number" || typeof time !== "number") {
          throw corrupt(this.file, `an event of run ${id} is not readable`);
        }
        return { seq, time, event: this.#event(id, this.#text(json)) };
      });
  }

  /** The names of a run's series, in alphabetical order. */
  seriesNames(reference: string): string[] {
    const { id } = this.run(reference);
    return this.#connection
      .select(["name"], "FROM metrics WHERE run = ? AND chunk = 0 ORDER BY name", id)
      .map(({ name }) => this.#text(name));
  }

  /**
   * A metric's whole history, in one read.
   *
   * @throws NadirError `store/unknown-series`, `store/corrupt`
   */
  series(reference: string, name: string): Series {
    const { id } = this.run(reference);
    const found = readSeries(this.#connection, id, name);
    if (found !== undefined) return found;
    const names = this.seriesNames(id);
    const near = nearest(name, names);
    throw new NadirError("store/unknown-series", `run ${id} has no metric "${name}"`, {
      expected: names.length === 0 ? "a run that has told a metric" : `one of ${names.join(", ")}`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }

  /** What is wrong with the store's file, one sentence each; none if it is intact. Reads all of it. */
  check(): string[] {
    const problems: string[] = [];
    const noting = (read: () => void): void => {
      try {
        read();
      } catch (error) {
        if (!(error instanceof NadirError) || error.code !== "store/corrupt") throw error;
        problems.push(error.summary);
      }
    };
    noting(() => {
      const found = this.#connection.select(["integrity_check"], "FROM pragma_integrity_check");
      for (const { integrity_check: line } of found) {
        const text = textOf(line) ?? "text that is not UTF-8";
        if (text !== "ok") problems.push(text);
      }
    });
    noting(() => {
      for (const { id } of this.runs()) {
        noting(() => void this.events(id));
        noting(() => {
          for (const name of this.seriesNames(id)) noting(() => void this.series(id, name));
        });
      }
    });
    return problems;
  }

  /** Releases the store. Runs that nobody ended are recorded as crashed. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    const failures: unknown[] = [];
    for (const writer of [...this.#writers]) {
      try {
        writer.abandon();
      } catch (error) {
        failures.push(error);
      }
    }
    this.#connection.close();
    if (failures.length > 0) throw failures[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #writer(
    id: string,
    dir: string,
    from: { events: number; seconds: number; tails: Map<string, SeriesTail> },
  ): RunWriter {
    const writer: RunWriter = new RunWriter(
      this.#connection,
      this.#clock,
      { id, dir },
      from,
      () => void this.#writers.delete(writer),
    );
    this.#writers.add(writer);
    return writer;
  }

  /** A new id, claimed by making its folder: two processes never get the same, nor one that was used before. */
  #newFolder(): { id: string; dir: string } {
    for (let attempt = 0; ; attempt++) {
      const id = newRunId(attempt < 16 ? 4 : 8);
      const dir = join(this.dir, id);
      if (makeFolder(dir, false)) return { id, dir };
    }
  }

  #summary(row: Parameters<typeof summaryFrom>[0]): RunSummary {
    return summaryFrom(row, this.file, this.dir, this.#clock.now());
  }

  #text(value: unknown): string {
    const text = textOf(value);
    if (text === undefined) throw corrupt(this.file, "it holds text that is not readable");
    return text;
  }

  #event(id: string, json: string): RunEvent {
    let value: unknown;
    try {
      value = unpackJson(json);
    } catch (cause) {
      throw corrupt(this.file, `an event of run ${id} is not readable`, cause);
    }
    if (typeof value !== "object" || value === null || !("kind" in value)) {
      throw corrupt(this.file, `an event of run ${id} has no kind`);
    }
    return value as RunEvent; // RunWriter packed it from one
  }

  #requireWritable(): void {
    if (!this.readOnly) return;
    throw new NadirError("store/read-only", `the run store ${this.dir} was opened to be read`, {
      expected: "openStore(dir) without readOnly",
    });
  }
}

/** Whether the folder was made now. */
function makeFolder(folder: string, mayExist: boolean): boolean {
  // Not mkdir's own recursion: under /proc, where no folder can be made, Node 20 never comes back from it.
  const parent = dirname(folder);
  if (mayExist && !existsSync(parent)) makeFolder(parent, true);
  try {
    mkdirSync(folder);
    return true;
  } catch (cause) {
    if (systemCode(cause) === "EEXIST" && (!mayExist || isFolder(folder))) return false;
    throw fileError(`making the folder ${folder}`, cause);
  }
}

function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    if (systemCode(cause) === "ENOTDIR") return false;
    throw fileError(`opening ${file}`, cause);
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const missing = (file: string): NadirError =>
  new NadirError("store/missing", `there is no run store ${file}`, {
    expected: existsSync(file) ? "a store with at least its tables" : "a store that a run has made",
    hint: "nadir train FILE, which makes one here, or --store DIR for another place",
  });

const shorter = (id: string, what: string): NadirError =>
  new NadirError("store/mark", `the record of run ${id} holds fewer ${what} than the mark`, {
    expected: "the mark of one of this run's own checkpoints",
  });

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
