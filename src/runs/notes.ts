import { NadirError } from "../base/errors.ts";
import { Columns, real } from "./columns.ts";
import { type StoreAccess, touch } from "./storeAccess.ts";

/** What somebody wrote about a run, or about one of its steps. */
export interface Note {
  readonly id: number;
  /** The run's id. */
  readonly run: string;
  /** Undefined for a note on the run as a whole. */
  readonly step: number | undefined;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly created: number;
}

const LONGEST = 10_000;
const columns = ["id", "run", "step", "text", "created"];

/** The notes on a store's runs: `store.notes`. */
export class Notes {
  readonly #access: StoreAccess;

  /** Made by `Store`. */
  constructor(access: StoreAccess) {
    this.#access = access;
  }

  /**
   * Writes a note on a run, or on the point of its curves at a step.
   *
   * @throws NadirError `store/note` for an empty text, one of more than 10 000 characters, or a step
   *   that is no number; `store/unknown-run`, `store/…`
   */
  add(reference: string, text: string, options: { readonly step?: number | undefined } = {}): Note {
    const { step } = options;
    requireNoteText(text);
    if (step !== undefined && !Number.isFinite(step)) {
      throw new NadirError("store/note", `a note's step is ${step}`, {
        expected: "a finite number",
      });
    }
    const { connection, now } = this.#access;
    return this.#access.change((changed) => {
      const run = this.#access.idOf(reference);
      const created = now();
      const id = connection.number(
        "INSERT INTO notes (run, step, text, created) VALUES (?, ?, ?, ?) RETURNING id",
        run,
        real(step),
        text,
        created,
      );
      touch(connection, run, changed);
      return { id, run, step, text, created };
    });
  }

  /** A run's notes, oldest first. */
  list(reference: string): Note[] {
    const { connection } = this.#access;
    const run = this.#access.idOf(reference);
    return connection
      .select(columns, "FROM notes WHERE run = ? ORDER BY id", run)
      .map((row) => this.#note(row));
  }

  /**
   * Removes a note, and gives it back, so that this can be undone with `add`.
   *
   * @throws NadirError `store/unknown-note`
   */
  remove(id: number): Note {
    const { connection } = this.#access;
    return this.#access.change((changed) => {
      const [row] = connection.select(columns, "FROM notes WHERE id = ?", id);
      if (row === undefined) {
        throw new NadirError("store/unknown-note", `there is no note ${id}`, {
          hint: "nadir note RUN, which lists them with their numbers",
        });
      }
      const note = this.#note(row);
      connection.run("DELETE FROM notes WHERE id = ?", id);
      touch(connection, note.run, changed);
      return note;
    });
  }

  #note(row: Readonly<Record<string, unknown>>): Note {
    const column = new Columns(row, this.#access.connection.file, "a note");
    return {
      id: column.number("id"),
      run: column.text("run"),
      step: column.maybe("step", (key) => column.number(key)),
      text: column.text("text"),
      created: column.number("created"),
    };
  }
}

/** @throws NadirError `store/note` unless it is a note's text */
export function requireNoteText(text: string): void {
  // SQLite's text ends at a NUL, and a lone surrogate has no UTF-8.
  if (text.trim() !== "" && text.length <= LONGEST && !/\0|\p{Surrogate}/u.test(text)) return;
  throw new NadirError(
    "store/note",
    text.length > LONGEST
      ? `a note of ${text.length} characters`
      : `a note is ${JSON.stringify(text)}`,
    { expected: `a text of 1 to ${LONGEST} characters` },
  );
}
