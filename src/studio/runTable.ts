import { randomBytes } from "node:crypto";
import { type PackedOverview, packOverviews } from "../records/overview.ts";
import type { RunSummary } from "../runs/run.ts";
import type { Store } from "../runs/store.ts";
import type { RunRow } from "./protocol.ts";
import { rowOf } from "./rows.ts";
import type { StoreDoor } from "./storeDoor.ts";

/** Overviews that are asked for run by run. */
const MOST_NAMED = 100;

interface Entry {
  readonly row: RunRow;
  readonly overview: PackedOverview | undefined;
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
    const changes = store.changesSince(this.#cursor);
    this.#cursor = changes.cursor;
    const crashed = changes.crashed.filter((id) => this.#entries.get(id)?.row.status === "running");
    if (changes.runs.length + changes.deleted.length + crashed.length === 0) {
      return changes.anew && this.#forget();
    }
    this.#version++;
    if (changes.anew) {
      const kept = new Set(changes.runs.map(({ id }) => id));
      this.#remove([...this.#entries.keys()].filter((id) => !kept.has(id)));
    }
    this.#remove(changes.deleted);
    this.#take(store, changes.runs);
    for (const id of crashed) {
      const entry = this.#entries.get(id);
      if (entry?.row.status !== "running") continue;
      const row = { ...entry.row, status: "crashed" } as const;
      this.#entries.set(id, { ...entry, row, version: this.#version });
    }
    return true;
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

  /** The losses of runs at a glance, as one message of records/overview.ts; of all runs by default. */
  overviews(ids?: readonly string[]): Uint8Array<ArrayBuffer> {
    const entries =
      ids === undefined
        ? [...this.#entries.values()]
        : ids.map((id) => this.#entries.get(id)).filter((entry) => entry !== undefined);
    const known = entries.map(({ overview }) => overview).filter((found) => found !== undefined);
    return packOverviews(known);
  }

  #take(store: Store, runs: readonly RunSummary[]): void {
    const ids = runs.map(({ id }) => id);
    // Of many, all are read in one go.
    const read = store.overviews("loss", ids.length > MOST_NAMED ? undefined : ids);
    const overviews = new Map(read.map((overview) => [overview.run, overview]));
    // The store tells the newest first.
    for (const run of runs.toReversed()) {
      const overview = overviews.get(run.id);
      this.#entries.set(run.id, { row: rowOf(run, overview), overview, version: this.#version });
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
