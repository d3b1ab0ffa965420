import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";
import { Columns } from "./columns.ts";
import { thisProcess } from "./liveness.ts";
import { packJson } from "./packedJson.ts";
import type { RunStatus } from "./run.ts";
import { newRunId } from "./runReference.ts";
import { statusFrom } from "./runRow.ts";
import type { StoreAccess } from "./storeAccess.ts";

/** What is known of a sweep before it starts. */
export interface SweepInfo {
  readonly name: string;
  /** The user's file that each of its runs trains. */
  readonly file?: string | undefined;
  /** The command line that repeats the sweep. */
  readonly command: string;
  /** What is searched: plain data. */
  readonly space: Readonly<Record<string, unknown>>;
  /** How it is searched (strategy, trials, workers …): plain data. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Many runs of one file under different settings. Its runs are those whose `sweep` is its id. */
export interface Sweep extends SweepInfo {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** A sweep that nobody ended and whose process is gone is `crashed`. */
  readonly status: RunStatus;
  /** The process's last sign of life, in milliseconds since 1970. */
  readonly heartbeat: number;
  /** The id of the best run so far. */
  readonly bestRun: string | undefined;
  /** The store's counter at the newest write that concerns it. */
  readonly changed: number;
}

const columns = [
  ...["id", "name", "created", "file", "command", "space", "settings", "status", "pid", "host"],
  ...["process_start", "heartbeat", "best_run", "changed"],
];

/** The sweeps of a store: `store.sweeps`. */
export class Sweeps {
  readonly #access: StoreAccess;

  /** Made by `Store`. */
  constructor(access: StoreAccess) {
    this.#access = access;
  }

  /**
   * Starts the record of a sweep, as one of this process.
   *
   * @throws NadirError `store/name`, `data/not-plain`, `store/…`
   */
  create(info: SweepInfo): Sweep {
    if (info.name === "" || /\p{Control}|\p{Surrogate}/u.test(info.name)) {
      throw new NadirError("store/name", `the sweep's name is ${JSON.stringify(info.name)}`, {
        expected: "at least one character, and no control characters",
      });
    }
    const [space = null, settings = null] = [info.space, info.settings].map(packJson);
    const { connection, now } = this.#access;
    const { pid, host, started } = thisProcess();
    const id = this.#access.change((changed) => {
      const id = this.#newId();
      const created = now();
      connection.run(
        `INSERT INTO sweeps (id, name, created, file, command, space, settings, status, pid, host,
           process_start, heartbeat, changed) VALUES (?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?)`,
        ...[id, info.name, created, info.file ?? null, info.command, space, settings],
        ...[pid, host, started, created, changed],
      );
      return id;
    });
    return this.get(id);
  }

  /** All sweeps, newest first. */
  list(): Sweep[] {
    return this.#access.connection
      .select(columns, "FROM sweeps ORDER BY seq DESC")
      .map((row) => this.#sweep(row));
  }

  /** The sweeps that were changed after the store's counter stood at `cursor`. */
  changedSince(cursor: number): Sweep[] {
    return this.#access.connection
      .select(columns, "FROM sweeps WHERE changed > ? ORDER BY seq DESC", cursor)
      .map((row) => this.#sweep(row));
  }

  /**
   * A sweep by its id, its name (the newest of that name), or `@` for the newest.
   *
   * @throws NadirError `store/unknown-sweep`
   */
  get(reference: string): Sweep {
    const all = this.list();
    const found =
      reference === "@"
        ? all[0]
        : (all.find(({ id }) => id === reference) ?? all.find(({ name }) => name === reference));
    if (found !== undefined) return found;
    const near = nearest(reference, new Set(all.flatMap(({ id, name }) => [id, name])));
    throw new NadirError("store/unknown-sweep", `there is no sweep "${reference}"`, {
      expected: all.length === 0 ? "a store with a sweep" : "a sweep's id or name, or @",
      hint: near === undefined ? "nadir sweep FILE, which makes one" : `did you mean ${near}?`,
    });
  }

  /**
   * Takes a sweep over, to go on with it in this process.
   *
   * @throws NadirError `store/running` if its process lives; `store/unknown-sweep`
   */
  resume(reference: string): Sweep {
    const { connection, now } = this.#access;
    const { pid, host, started } = thisProcess();
    return this.#access.change((changed) => {
      const { id, status } = this.get(reference);
      if (status === "running") {
        throw new NadirError("store/running", `sweep ${id} is still running`, {
          hint: "stop it first",
        });
      }
      connection.run(
        `UPDATE sweeps SET status = 'running', pid = ?, host = ?, process_start = ?, heartbeat = ?,
           changed = ? WHERE id = ?`,
        ...[pid, host, started, now(), changed, id],
      );
      return this.get(id);
    });
  }

  /**
   * Records how far a sweep has come, which is a sign of life too: to be called at least every few minutes.
   *
   * @throws NadirError `store/unknown-sweep`, `data/not-plain`
   */
  update(
    reference: string,
    news: {
      readonly status?: RunStatus | undefined;
      readonly bestRun?: string | undefined;
      readonly settings?: Readonly<Record<string, unknown>> | undefined;
    } = {},
  ): void {
    const { connection, now } = this.#access;
    const settings = news.settings === undefined ? null : packJson(news.settings);
    this.#access.change((changed) => {
      const { id } = this.get(reference);
      connection.run(
        `UPDATE sweeps SET heartbeat = ?, changed = ?, status = coalesce(?, status),
           best_run = coalesce(?, best_run), settings = coalesce(?, settings) WHERE id = ?`,
        ...[now(), changed, news.status ?? null, news.bestRun ?? null, settings, id],
      );
    });
  }

  /**
   * Keeps what is known of one of a sweep's trials, in place of what was.
   *
   * @param number - counts up from 0
   * @throws NadirError `store/unknown-sweep`, `data/not-plain`
   */
  putTrial(reference: string, number: number, record: object): void {
    const { connection, now } = this.#access;
    const packed = packJson(record);
    this.#access.change((changed) => {
      const { id } = this.get(reference);
      connection.run("INSERT OR REPLACE INTO trials VALUES (?, ?, ?)", id, number, packed);
      connection.run(
        "UPDATE sweeps SET heartbeat = ?, changed = ? WHERE id = ?",
        ...[now(), changed, id],
      );
    });
  }

  /**
   * A sweep's trials by their numbers, as `putTrial` was given them.
   *
   * @throws NadirError `store/unknown-sweep`, `store/corrupt`
   */
  trials(reference: string): object[] {
    const { id } = this.get(reference);
    const { connection } = this.#access;
    return connection
      .select(["record"], "FROM trials WHERE sweep = ? ORDER BY number", id)
      .map((row) => new Columns(row, connection.file, "a trial").json("record"));
  }

  /**
   * Forgets a sweep. Its runs stay, and no longer belong to one.
   *
   * @throws NadirError `store/running`, `store/unknown-sweep`
   */
  remove(reference: string): void {
    const { connection } = this.#access;
    this.#access.change((changed) => {
      const { id, status } = this.get(reference);
      if (status === "running") {
        throw new NadirError("store/running", `sweep ${id} is still running`, {
          hint: "stop it first",
        });
      }
      connection.run("DELETE FROM sweeps WHERE id = ?", id);
      connection.run("UPDATE runs SET sweep = NULL, changed = ? WHERE sweep = ?", changed, id);
    });
  }

  #newId(): string {
    for (let attempt = 0; ; attempt++) {
      const id = newRunId(attempt < 16 ? 4 : 8);
      const taken = "SELECT count(*) FROM sweeps WHERE id = ?";
      if (this.#access.connection.number(taken, id) === 0) return id;
    }
  }

  #sweep(row: Readonly<Record<string, unknown>>): Sweep {
    const column = new Columns(row, this.#access.connection.file, "a sweep");
    const text = (key: string): string => column.text(key);
    return {
      id: column.text("id"),
      name: column.text("name"),
      created: column.number("created"),
      file: column.maybe("file", text),
      command: column.text("command"),
      // Casts: `create` packed them from values of these very types.
      space: column.json("space") as Record<string, unknown>,
      settings: column.json("settings") as Record<string, unknown>,
      status: statusFrom(column, this.#access.now()),
      heartbeat: column.number("heartbeat"),
      bestRun: column.maybe("best_run", text),
      changed: column.number("changed"),
    };
  }
}
