import { NadirError } from "../base/errors.ts";
import { corrupt, textOf } from "./sqlite.ts";
import { type StoreAccess, touch } from "./storeAccess.ts";

/** The tags of a store's runs: `store.tags`. What a run carries is in its summary. */
export class Tags {
  readonly #access: StoreAccess;

  /** Made by `Store`. */
  constructor(access: StoreAccess) {
    this.#access = access;
  }

  /**
   * Gives a run tags. One that it has already stays.
   *
   * @throws NadirError `store/tag` unless a tag is one word (letters, digits, `. _ / : + -`) of at
   *   most 64 characters that starts with a letter or a digit; `store/unknown-run`, `store/…`
   */
  add(reference: string, tags: readonly string[]): void {
    for (const tag of tags) requireTag(tag);
    const { connection } = this.#access;
    this.#access.change((changed) => {
      const run = this.#access.idOf(reference);
      for (const tag of tags) connection.run("INSERT OR IGNORE INTO tags VALUES (?, ?)", run, tag);
      touch(connection, run, changed);
    });
  }

  /** Takes tags from a run. One that it has not is no error. */
  remove(reference: string, tags: readonly string[]): void {
    const { connection } = this.#access;
    this.#access.change((changed) => {
      const run = this.#access.idOf(reference);
      for (const tag of tags) {
        connection.run("DELETE FROM tags WHERE run = ? AND tag = ?", run, tag);
      }
      touch(connection, run, changed);
    });
  }

  /** Every tag in use and how many runs carry it, in alphabetical order. */
  all(): Map<string, number> {
    const found = new Map<string, number>();
    for (const tags of this.byRun().values()) {
      for (const tag of tags) found.set(tag, (found.get(tag) ?? 0) + 1);
    }
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The tags of each run that has any, or of one; each in alphabetical order. */
  byRun(run?: string): Map<string, string[]> {
    const { connection } = this.#access;
    const rows =
      run === undefined
        ? connection.select(["run", "tag"], "FROM tags ORDER BY run, tag")
        : connection.select(["run", "tag"], "FROM tags WHERE run = ? ORDER BY tag", run);
    const found = new Map<string, string[]>();
    for (const row of rows) {
      const [id, tag] = [textOf(row["run"]), textOf(row["tag"])];
      if (id === undefined || tag === undefined) {
        throw corrupt(connection.file, "a tag is not readable");
      }
      const tags = found.get(id);
      if (tags === undefined) found.set(id, [tag]);
      else tags.push(tag);
    }
    return found;
  }
}

/** @throws NadirError `store/tag` unless it is a tag */
export function requireTag(tag: string): void {
  if (/^[\p{L}\p{N}][\p{L}\p{N}\p{M}._/:+-]{0,63}$/u.test(tag)) return;
  throw new NadirError("store/tag", `a tag is ${JSON.stringify(tag)}`, {
    expected:
      "one word of at most 64 letters, digits and . _ / : + -, starting with a letter or a digit",
    hint: "paper, or ablation/width; longer texts are notes (nadir note RUN TEXT)",
  });
}
