import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { RunSummary } from "../runs/run.ts";
import type { Store } from "../runs/store.ts";
import type { RunRow } from "./protocol.ts";
import { rowOf } from "./rows.ts";
import type { StoreDoor } from "./storeDoor.ts";

interface Entry {
  readonly row: RunRow;
  /** The table's version when the row last changed. */
  readonly version: number;
}

/** What a page that knows the table as of a version must hear to know it as it is. */
export interface TableChanges {
  readonly cursor: string;
  readonly runs: readonly RunRow[];
  readonly gone: readonly string[];
  /** Whether the page is to forget what it has: `runs` is all there is. */
  readonly anew: boolean;
}

/**
 * The rows of the list, kept as the store has them: each refresh asks the store what was changed since
 * the last, which costs as much as there is new.
 */
export class RunTable {
  readonly #door: StoreDoor;
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();
  #gone: { readonly id: string; readonly version: number }[] = [];
  /** Versions of this table say nothing of another server's. */
  readonly #life = randomBytes(4).toString("hex");
  #version = 0;
  #store: Store | undefined;
  #cursor = -1;

  constructor(door: StoreDoor) {
    this.#door = door;
  }

  /** What a page names to be told what is new since. */
  get cursor(): string {
    return `${this.#life}.${this.#version}`;
  }

  /** All rows, newest first. */
  get rows(): RunRow[] {
    return [...this.#entries.values()].map(({ row }) => row).reverse();
  }

  row(id: string): RunRow | undefined {
    return this.#entries.get(id)?.row;
  }

  /** Whether a run was changed after a version. */
  changedAfter(id: string, version: number): boolean {
    return (this.#entries.get(id)?.version ?? 0) > version;
  }

  get version(): number {
    return this.#version;
  }

  /** Looks what is new in the store. @returns whether anything is */
  async refresh(): Promise<boolean> {
    const store = await this.#door.read();
    if (store === undefined) return this.#forget();
    if (store !== this.#store) this.#cursor = -1;
    this.#store = store;
    // The file's own times tell whether there is anything to read.
    const written = statSync(store.file).mtimeMs;
    if (written === this.#cursor && !this.#anyRunning) return false;
    this.#cursor = written;
    const all = store.runs();
    const changed = all.filter(
      (run) => !isDeepStrictEqual(this.row(run.id), rowOf(run, undefined)),
    );
    const kept = new Set(all.map(({ id }) => id));
    const gone = [...this.#entries.keys()].filter((id) => !kept.has(id));
    if (changed.length + gone.length === 0) return false;
    this.#version++;
    this.#remove(gone);
    this.#take(changed);
    return true;
  }

  get #anyRunning(): boolean {
    return [...this.#entries.values()].some(({ row }) => row.status === "running");
  }

  /** What is new since a cursor that this table gave out; everything since any other. */
  since(cursor: string): TableChanges {
    const [life, text] = cursor.split(".");
    const version = Number(text);
    const anew = life !== this.#life || !Number.isInteger(version) || version > this.#version;
    const after = anew ? -1 : version;
    const runs = [...this.#entries.values()]
      .filter((entry) => entry.version > after)
      .map(({ row }) => row)
      .reverse();
    const gone = this.#gone.filter((run) => run.version > after).map(({ id }) => id);
    return { cursor: this.cursor, runs, gone: anew ? [] : gone, anew };
  }

  #take(runs: readonly RunSummary[]): void {
    // The store tells the newest first.
    for (const run of runs.toReversed()) {
      this.#entries.set(run.id, { row: rowOf(run, undefined), version: this.#version });
    }
  }

  #remove(ids: readonly string[]): void {
    for (const id of ids) {
      if (!this.#entries.delete(id)) continue;
      this.#gone.push({ id, version: this.#version });
    }
  }

  #forget(): boolean {
    this.#store = undefined;
    this.#cursor = -1;
    if (this.#entries.size === 0) return false;
    this.#version++;
    this.#remove([...this.#entries.keys()]);
    return true;
  }
}
