import { join, resolve } from "node:path";
import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import type { SeriesBuckets, SeriesPart } from "../records/buckets.ts";
import type { PackedOverview } from "../records/overview.ts";
import { Artefacts } from "./artefacts.ts";
import { readBuckets, type SeriesView } from "./bucketReader.ts";
import { type Changes, changesSince } from "./changes.ts";
import { real } from "./columns.ts";
import { deleteRuns, removeFolders } from "./deletion.ts";
import { readEvents } from "./eventReader.ts";
import { collectGarbage, findGarbage, type Garbage, type GarbageOptions } from "./garbage.ts";
import type { KeptRun } from "./keptRun.ts";
import { pidHere } from "./liveness.ts";
import { Notes } from "./notes.ts";
import { packJson } from "./packedJson.ts";
import { type RecordStart, rewindRecord, startRecord } from "./recording.ts";
import { type Rescue, rescueRuns } from "./rescue.ts";
import type { RecordMark, Run, RunFilter, RunInfo, RunSummary, StoredEvent } from "./run.ts";
import { findId, findRuns, latestRuns } from "./runFinder.ts";
import { summaryColumns, summaryFrom, verdictFrom, writerColumns, writerFrom } from "./runRow.ts";
import { type Clock, RunWriter } from "./runWriter.ts";
import { ensureSchema, type SchemaState, stillOlder } from "./schema.ts";
import {
  overviewOf,
  readOverviews,
  readPart,
  readSeries,
  type Series,
  seriesCounts,
  seriesNames,
} from "./seriesReader.ts";
import {
  Connection,
  corrupt,
  loadLibsql,
  type OpenDatabase,
  type Row,
  requireDatabase,
  textOf,
} from "./sqlite.ts";
import { raiseCounter, type StoreAccess, touch } from "./storeAccess.ts";
import { checkStore } from "./storeCheck.ts";
import { isThere, makeFolder, mayWrite, missing, requireFolder } from "./storeFolder.ts";
import { Sweeps } from "./sweeps.ts";
import { Tags } from "./tags.ts";
import { type TakenRun, takeOver } from "./takeOver.ts";

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
 * A store that is to be written is made if it is not there, and brought to this version if it is older.
 * Opened to be read, an older one is left as it is and read as if it were of this version.
 *
 * @param dir - by default `.nadir` in the working directory
 * @throws NadirError `store/missing` (to be read, but not there), `store/corrupt`, `store/newer`,
 *   `store/foreign`, `store/locked`, `store/not-writable`, `store/full`, `store/io`
 */
export async function openStore(dir = ".nadir", options: StoreOptions = {}): Promise<Store> {
  const folder = resolve(dir);
  const file = join(folder, "runs.db");
  const readOnly = options.readOnly ?? false;
  requireFolder(folder);
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
  let schema: SchemaState;
  try {
    schema = ensureSchema(connection, !readOnly);
    if (schema === "none") throw missing(file);
    if (!readOnly) removeFolders(connection, folder);
  } catch (error) {
    connection.close();
    throw error;
  }
  return new Store(folder, connection, readOnly, options.clock ?? systemClock, schema === "older");
}

/** All runs of a folder. Made by `openStore`; to be released with `await using` or `close`. */
export class Store {
  /** The store's folder, absolute. */
  readonly dir: string;
  readonly readOnly: boolean;
  readonly #connection: Connection;
  readonly #access: StoreAccess;
  readonly #clock: Clock;
  readonly #writers = new Set<RunWriter>();
  readonly tags: Tags;
  readonly notes: Notes;
  readonly artefacts: Artefacts;
  readonly sweeps: Sweeps;
  #open = true;
  #older: boolean;

  constructor(
    dir: string,
    connection: Connection,
    readOnly: boolean,
    clock: Clock,
    older: boolean,
  ) {
    this.dir = dir;
    this.readOnly = readOnly;
    this.#connection = connection;
    this.#clock = clock;
    this.#older = older;
    this.#access = {
      connection,
      now: () => clock.now(),
      idOf: (reference) => this.#idOf(reference),
      change: (write) => this.#change(write),
    };
    this.tags = new Tags(this.#access);
    this.notes = new Notes(this.#access);
    this.artefacts = new Artefacts(this.#access);
    this.sweeps = new Sweeps(this.#access);
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
    return this.#writer(startRecord(this.#access, this.dir, info));
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
    const runOf = (one: string): Run => this.run(one);
    return this.#writer(rewindRecord(this.#access, runOf, reference, mark));
  }

  /** The runs that match, newest first. */
  runs(filter: RunFilter = {}): RunSummary[] {
    this.#refresh();
    const tags = this.tags.byRun();
    return findRuns(this.#connection, filter, (row) => this.#summary(row, tags));
  }

  /** Ids and names of the latest runs that are not archived, newest first: without reading more of them. */
  latest(limit: number): { readonly id: string; readonly name: string }[] {
    this.#refresh();
    return latestRuns(this.#connection, limit);
  }

  /**
   * What is new since a reader last asked: cheap, to be asked several times a second.
   *
   * @param cursor - what the last answer gave; -1 for everything
   */
  changesSince(cursor: number): Changes {
    this.#refresh();
    return changesSince(this.#connection, cursor, this.#clock.now(), (rows) => {
      const tags = this.tags.byRun();
      return rows.map((row) => this.#summary(row, tags));
    });
  }

  /**
   * The run that a user means by `@` (the latest that is not archived), `@2`, an id, a name, or the
   * start of an id.
   *
   * @throws NadirError `store/unknown-run`, `store/ambiguous-run`
   */
  run(reference: string): Run {
    const id = this.#idOf(reference);
    const columns = [...summaryColumns, "verdict"];
    const [row] = this.#connection.select(columns, "FROM runs WHERE id = ?", id);
    if (row === undefined) throw corrupt(this.file, `run ${id} cannot be found by its id`);
    return { ...this.#summary(row, this.tags.byRun(id)), verdict: verdictFrom(row, this.file) };
  }

  /** The id of the process that computes a run, if that lives on this machine. */
  writerHere(reference: string): number | undefined {
    const id = this.#idOf(reference);
    const [row] = this.#connection.select([...writerColumns], "FROM runs WHERE id = ?", id);
    if (row === undefined) throw corrupt(this.file, `run ${id} cannot be found by its id`);
    return pidHere(writerFrom(row, this.file));
  }

  /**
   * Gives a run that has ended another verdict, by more evidence. Those before stay among its events.
   *
   * @throws NadirError `store/not-ended`, `data/not-plain`, `store/unknown-run`, `store/…`
   */
  judgeAnew(reference: string, verdict: Verdict): void {
    const packed = packJson(verdict);
    this.#change((changed) => {
      const { id, status, steps = 0 } = this.run(reference);
      if (status !== "ended") {
        throw new NadirError("store/not-ended", `run ${id} has not ended, but is ${status}`, {
          expected: "a run with a verdict on its end",
        });
      }
      this.#connection.run(
        "UPDATE runs SET verdict_kind = ?, gradient_norm = ?, verdict = ? WHERE id = ?",
        ...[verdict.kind, real(verdict.gradientNorm), packed, id],
      );
      this.#connection.run(
        "INSERT INTO events SELECT ?, coalesce(max(seq), -1) + 1, ?, ? FROM events WHERE run = ?",
        ...[id, this.#clock.now(), packJson({ kind: "verdict", step: steps, verdict }), id],
      );
      touch(this.#connection, id, changed);
    });
  }

  /** Puts a run away: it stays, and can be asked for by its id, but `nadir ls` and `@` pass it over. */
  archive(reference: string): void {
    this.#setArchived(reference, this.#clock.now());
  }

  /** Takes back `archive`. */
  unarchive(reference: string): void {
    this.#setArchived(reference, null);
  }

  /**
   * Deletes runs, with their folders: all of those named or, if one of them may not be, none. What
   * a kill in the midst of it leaves of the folders, the next process that writes the store removes.
   *
   * @returns their ids
   * @throws NadirError `store/running` if a writer of one of them lives; `store/unknown-run`, `store/…`
   */
  deleteRuns(references: readonly string[]): string[] {
    const ids = this.#change((changed) => {
      const runs = [...new Map(references.map((r) => this.run(r)).map((run) => [run.id, run]))];
      deleteRuns(
        this.#connection,
        runs.map(([, run]) => run),
        changed,
      );
      return runs.map(([id]) => id);
    });
    removeFolders(this.#connection, this.dir);
    return ids;
  }

  /**
   * What a run told, in order. Of each row of progress events only the newest before each write is
   * kept; `series` holds all their values.
   *
   * @param after - only events whose `seq` is higher, for those who follow a run. Default: all
   */
  events(reference: string, after = -1): StoredEvent[] {
    return readEvents(this.#connection, this.#idOf(reference), after);
  }

  /** The names of a run's series, in alphabetical order. */
  seriesNames(reference: string): string[] {
    return seriesNames(this.#connection, this.#idOf(reference));
  }

  /** How many points each of a run's series has, by name in alphabetical order. */
  seriesCounts(reference: string): Map<string, number> {
    return seriesCounts(this.#connection, this.#idOf(reference));
  }

  /**
   * A metric's whole history, in one read.
   *
   * @throws NadirError `store/unknown-series`, `store/corrupt`
   */
  series(reference: string, name: string): Series {
    const id = this.#idOf(reference);
    return readSeries(this.#connection, id, name) ?? this.#noSeries(id, name);
  }

  /**
   * A metric's points from an order number on, and how many there are in all: what a reader that has
   * the first `after` lacks. If the run's `rewound` is not what it was, those are void, and `after` is 0.
   *
   * @throws NadirError as `series`
   */
  seriesAfter(reference: string, name: string, after: number): SeriesPart & { count: number } {
    const id = this.#idOf(reference);
    return readPart(this.#connection, id, name, after) ?? this.#noSeries(id, name);
  }

  /**
   * A metric as finely as a picture shows it: of each bucket of a power of two of points the first, the
   * lowest, the highest and the last. New points change only the last bucket.
   *
   * @throws NadirError as `series`
   */
  seriesBuckets(reference: string, name: string, view: SeriesView): SeriesBuckets {
    const id = this.#idOf(reference);
    return readBuckets(this.#connection, id, name, view) ?? this.#noSeries(id, name);
  }

  /**
   * One metric of all runs at a glance, or of those with some ids: 256 buckets at most of each, as they
   * are kept, to be sent with `packOverviews`. Runs that have not told it are left out.
   */
  overviews(name: string, ids?: readonly string[]): PackedOverview[] {
    this.#refresh();
    if (!this.#older) return readOverviews(this.#connection, name, ids);
    return (ids ?? this.runs().map(({ id }) => id)).flatMap((id) => {
      const series = readSeries(this.#connection, id, name);
      return series === undefined ? [] : [overviewOf(id, series)];
    });
  }

  /**
   * Takes over runs that were kept elsewhere, as they were: all of them or, if one cannot be kept, none. Each has its own
   * id here unless another run has that; one that is here already, with the same content, is left as it is.
   *
   * @throws NadirError `store/kept-run` for what no store holds; `store/…`, `file/…`
   */
  takeOver(runs: readonly KeptRun[]): TakenRun[] {
    this.#requireWritable();
    return takeOver(this, this.#access, runs);
  }

  /** What is wrong with the store's file, one sentence each; none if it is intact. Reads all of it. */
  check(): string[] {
    this.#refresh();
    return checkStore(this, this.#connection, !this.#older);
  }

  /**
   * Takes into another store what can be read of this one, which is damaged: see `nadir doctor --repair`.
   *
   * @throws NadirError `store/running`, and as `takeOver` of the other
   */
  rescueInto(other: Store): Rescue {
    this.#refresh();
    return rescueRuns(this, this.#connection, other);
  }

  /** What the store holds and nothing needs. */
  garbage(options: GarbageOptions = {}): Garbage[] {
    this.#refresh();
    return findGarbage(this, this.#connection, options);
  }

  /**
   * Removes what nothing needs, and says what that was.
   *
   * @throws NadirError `store/read-only`, `store/locked`, `store/…`, `file/…`
   */
  collectGarbage(options: GarbageOptions = {}): Garbage[] {
    this.#requireWritable();
    return collectGarbage(this, this.#connection, options);
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

  #writer(start: RecordStart): RunWriter {
    const ended = (): void => void this.#writers.delete(writer);
    const writer: RunWriter = new RunWriter(this.#connection, this.#clock, start, ended);
    this.#writers.add(writer);
    return writer;
  }

  #summary(row: Row, tags: ReadonlyMap<string, readonly string[]>): RunSummary {
    const own = tags.get(textOf(row["id"]) ?? "") ?? [];
    return summaryFrom(row, this.file, this.dir, this.#clock.now(), own);
  }

  #noSeries(id: string, name: string): never {
    const names = this.seriesNames(id);
    const near = nearest(name, names);
    throw new NadirError("store/unknown-series", `run ${id} has no metric "${name}"`, {
      expected: names.length === 0 ? "a run that has told a metric" : `one of ${names.join(", ")}`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }

  #idOf(reference: string): string {
    this.#refresh();
    return findId(this.#connection, reference);
  }

  #setArchived(reference: string, time: number | null): void {
    this.#change((changed) => {
      const id = this.#idOf(reference);
      this.#connection.run("UPDATE runs SET archived = ? WHERE id = ?", time, id);
      touch(this.#connection, id, changed);
    });
  }

  #change<T>(write: (changed: number) => T): T {
    this.#requireWritable();
    return this.#connection.transaction(() => write(raiseCounter(this.#connection)));
  }

  /** A reader of an older store looks whether another process has brought it to this version. */
  #refresh(): void {
    if (this.#older) this.#older = stillOlder(this.#connection);
  }

  #requireWritable(): void {
    if (!this.readOnly) return;
    throw new NadirError("store/read-only", `the run store ${this.dir} was opened to be read`, {
      expected: "openStore(dir) without readOnly",
    });
  }
}
