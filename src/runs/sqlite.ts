import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { NadirError } from "../base/errors.ts";

/** What SQLite can hold. Not booleans: libsql ends the whole process when it is given one. */
export type SqlValue = string | number | null | Uint8Array;
export type Row = Readonly<Record<string, unknown>>;

/** The part of libsql's database that the store uses; a test hands in one that fails when told to. */
export interface RawDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): {
    all(...values: SqlValue[]): unknown[];
    run(...values: SqlValue[]): unknown;
  };
  readonly inTransaction: boolean;
  close(): unknown;
}

/** Opens a database by path or `file:` URL. */
export type OpenDatabase = (name: string) => RawDatabase;

/** Milliseconds to wait for another process's transaction before saying `store/locked`. */
const PATIENCE_MS = 10_000;

/** libsql, loaded when the first store is opened: it is a native module of 10 MB. */
export async function loadLibsql(): Promise<OpenDatabase> {
  const { default: Database } = await import("libsql");
  return (name) => {
    const database = new Database(name);
    return {
      exec: (sql) => database.exec(sql),
      prepare: (sql) => database.prepare(sql),
      close: () => database.close(),
      get inTransaction() {
        return database.inTransaction;
      },
    };
  };
}

/**
 * One connection to the store's file. Every failure of SQLite comes out as a NadirError that names
 * the file and says what to do: `store/corrupt`, `store/locked`, `store/full`, `store/not-writable`,
 * `store/moved`, `store/io`.
 */
export class Connection {
  readonly file: string;
  readonly #database: RawDatabase;
  readonly #statements = new Map<string, ReturnType<RawDatabase["prepare"]>>();
  #patience = PATIENCE_MS;
  #open = true;

  /**
   * @param mode - `write` creates the file if it is not there; `read` never changes a row, but may
   *   roll back what a killed writer left half done; `frozen` cannot touch the file at all, for
   *   folders that are not ours to write
   */
  constructor(file: string, mode: "write" | "read" | "frozen", open: OpenDatabase) {
    this.file = file;
    const url = pathToFileURL(file).href;
    try {
      this.#database = open(
        `${url}?mode=${mode === "write" ? "rwc" : mode === "read" ? "rw" : "ro"}`,
      );
    } catch (cause) {
      throw storeError(file, cause);
    }
    try {
      this.#exec(`PRAGMA busy_timeout = ${PATIENCE_MS}`);
      // A damaged or foreign file is data: nothing in its schema may run, and cells are checked when read.
      this.#exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
      this.#exec("PRAGMA temp_store = MEMORY");
      if (mode !== "write") this.#exec("PRAGMA query_only = ON");
      else this.#useRollbackJournal();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * All rows of `SELECT columns rest`. Text comes as its bytes, for `textOf`: libsql ends the whole
   * process when a damaged file gives it text that is not UTF-8.
   */
  select(columns: readonly string[], rest: string, ...values: SqlValue[]): Row[] {
    const safe = columns.map((c) => `iif(typeof(${c}) = 'text', CAST(${c} AS BLOB), ${c}) AS ${c}`);
    return this.#all(`SELECT ${safe.join(", ")} ${rest}`, ...values);
  }

  /** The whole number that a pragma, or a query for one value, gives. */
  number(sql: string, ...values: SqlValue[]): number {
    const [value] = Object.values(this.#all(sql, ...values)[0] ?? {});
    if (typeof value === "number") return value;
    throw corrupt(this.file, `${sql} gives no number`);
  }

  run(sql: string, ...values: SqlValue[]): void {
    this.#guard(() => this.#prepare(sql).run(...values));
  }

  /** Several statements without values, such as a schema. */
  script(sql: string): void {
    this.#exec(sql);
  }

  /** Statements about this connection's own temporary views, which a reader may have too. */
  temporary(sql: string): void {
    const [own] = Object.values(this.#all("PRAGMA query_only")[0] ?? {});
    this.#exec(`PRAGMA query_only = OFF; ${sql}`);
    if (own === 1) this.#exec("PRAGMA query_only = ON");
  }

  /** What `body` reads, all of it as of one moment: who writes waits meanwhile. */
  glance<T>(body: () => T): T {
    this.#exec("BEGIN");
    try {
      return body();
    } finally {
      if (this.#database.inTransaction) this.#exec("COMMIT");
    }
  }

  /** All of `body`'s changes or, if it throws, none. Takes the writer's turn at once. */
  transaction<T>(body: () => T, patienceMs = PATIENCE_MS): T {
    if (patienceMs !== this.#patience) {
      this.#exec(`PRAGMA busy_timeout = ${patienceMs}`);
      this.#patience = patienceMs;
    }
    this.#exec("BEGIN IMMEDIATE");
    try {
      const result = body();
      this.#exec("COMMIT");
      return result;
    } catch (error) {
      // SQLite itself rolls back after some failures (disk full), and then there is nothing to roll back.
      if (this.#database.inTransaction) this.#exec("ROLLBACK");
      throw error;
    }
  }

  /** Gives free pages back to the system. A kill in the midst of it leaves the file as it was: the journal puts it right. */
  vacuum(): void {
    // In a file, where it is as large as the store.
    this.#exec("PRAGMA temp_store = FILE; VACUUM; PRAGMA temp_store = MEMORY");
  }

  close(): void {
    this.#statements.clear();
    this.#open = false;
    this.#database.close();
  }

  #useRollbackJournal(): void {
    // No write-ahead log: the bundled SQLite 3.45 has the log-reset bug that 3.51.3 fixed.
    const [mode] = Object.values(this.#all("PRAGMA journal_mode = TRUNCATE")[0] ?? {});
    if (mode === "truncate") return;
    throw new NadirError("store/locked", `${this.file} is held in another journal mode`, {
      expected: "no other program to have the store open in write-ahead-log mode",
      hint: "close the program that has it open",
    });
  }

  /** Only whole results: a statement left half read would lock out every writer. */
  #all(sql: string, ...values: SqlValue[]): Row[] {
    // Cast: a row of a query is an object by column name.
    return this.#guard(() => this.#prepare(sql).all(...values) as Row[]);
  }

  #prepare(sql: string): ReturnType<RawDatabase["prepare"]> {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #exec(sql: string): void {
    this.#guard(() => this.#database.exec(sql));
  }

  #guard<T>(call: () => T): T {
    if (!this.#open) {
      throw new NadirError("store/closed", `the run store ${this.file} has been closed`, {
        hint: "openStore(dir) again",
      });
    }
    try {
      return call();
    } catch (cause) {
      throw storeError(this.file, cause);
    }
  }
}

// Made once: making one costs more than most texts.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a column that `select` read; undefined if it is no text, or not UTF-8. */
export function textOf(value: unknown): string | undefined {
  if (!(value instanceof ArrayBuffer)) return undefined;
  try {
    return utf8.decode(value);
  } catch {
    return undefined;
  }
}

/**
 * Refuses a file that is not an SQLite database, before SQLite sees it: one of a few bytes it would
 * take for an empty database, and overwrite.
 *
 * @throws NadirError `store/corrupt`
 */
export function requireDatabase(file: string): void {
  // What a journal will put right may look like anything.
  if ((statSync(`${file}-journal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return;
  const found = statSync(file);
  if (!found.isFile())
    throw corrupt(file, found.isDirectory() ? "it is a folder" : "it is no file");
  const { size } = found;
  if (size === 0) return;
  const start = Buffer.alloc(16);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, start, 0, 16, 0);
  } finally {
    closeSync(descriptor);
  }
  if (size < 512 || start.toString("latin1") !== "SQLite format 3\0") {
    throw corrupt(file, "it does not start as an SQLite database does");
  }
}

/** A store whose file is not as nadir wrote it. */
export function corrupt(file: string, what: string, cause?: unknown): NadirError {
  return new NadirError("store/corrupt", `the run store ${file} is damaged: ${what}`, {
    expected: "a run store as nadir wrote it",
    hint:
      "nadir doctor --repair takes what can be read of it into a new store beside it; or " +
      `move it aside (mv ${file} ${file}.damaged) and the next run starts a new one; nothing was changed`,
    cause,
  });
}

/** SQLite's failure as an error that says what to do. */
function storeError(file: string, cause: unknown): NadirError {
  if (cause instanceof NadirError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code =
    cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
  const failed = (kind: string, what: string, hint: string): NadirError =>
    new NadirError(kind, `the run store ${file} ${what}: ${reason}`, { hint, cause });

  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) {
    return failed("store/locked", "is locked by another process", "try again in a moment");
  }
  if (code === "SQLITE_FULL") {
    return failed("store/full", "cannot grow", "free some space, or use --store DIR");
  }
  if (code === "SQLITE_READONLY_DBMOVED") {
    return failed(
      "store/moved",
      "was moved or deleted while in use",
      "put it back, or start again",
    );
  }
  if (code === "SQLITE_READONLY_ROLLBACK" || code === "SQLITE_READONLY_RECOVERY") {
    return failed(
      "store/needs-recovery",
      "was left half written by a killed process",
      "open it once where it can be written: nadir ls as a user who may write there",
    );
  }
  if (/^SQLITE_(READONLY|PERM|AUTH)/.test(code)) {
    return failed("store/not-writable", "cannot be written", "allow writing, or use --store DIR");
  }
  // libsql reports a failed open in words, with SQLite's code 14 (CANTOPEN) at the end.
  if (code.startsWith("SQLITE_CANTOPEN") || reason.startsWith("ConnectionFailed")) {
    return existsSync(file)
      ? failed("store/io", "cannot be opened", "check that it is a file that you may read")
      : failed("store/not-writable", "cannot be made", "allow writing there, or use --store DIR");
  }
  if (/^SQLITE_(IOERR|NOLFS|NOMEM|INTERRUPT)/.test(code)) {
    return failed("store/io", "cannot be read or written", "check the disk and the free space");
  }
  if (code === "SQLITE_TOOBIG") {
    return failed("store/too-big", "cannot hold a value of over 1 GB", "record less at once");
  }
  // The statements are ours and tested: one that fails on this file means that the file is not ours.
  return corrupt(file, reason, cause);
}
