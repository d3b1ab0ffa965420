import { NadirError } from "../base/errors.ts";
import { Columns } from "./columns.ts";
import { type Attempt, keptRun } from "./keptRun.ts";
import type { Connection } from "./sqlite.ts";
import type { Store } from "./store.ts";

/** What was rescued of a damaged store, and what could not be read. */
export interface Rescue {
  /** Ids of runs of which everything was read. */
  readonly whole: readonly string[];
  /** Ids of runs of which a part was. */
  readonly partly: readonly string[];
  /** What was not, one sentence each. */
  readonly lost: readonly string[];
}

/**
 * Takes into another store what can be read of a damaged one: runs with their verdicts, series, events, notes, tags,
 * artefacts, final params and last checkpoint. The damaged store is only read.
 *
 * @throws NadirError `store/running` while one of its runs goes on; and as writing the other store does
 */
export function rescueRuns(from: Store, connection: Connection, into: Store): Rescue {
  const [whole, partly, lost]: [string[], string[], string[]] = [[], [], []];
  for (const id of readableIds(connection)) {
    const before = lost.length;
    const unless =
      (isKnown: (error: unknown) => boolean): Attempt =>
      (what, read, otherwise) => {
        try {
          return read();
        } catch (error) {
          if (!isKnown(error)) throw error;
          lost.push(`${what} of run ${id}`);
          return otherwise;
        }
      };
    const attempt = unless(isDamage);
    const run = attempt(
      "the record",
      () => keptRun(from, id, { checkpoints: true, attempt }),
      undefined,
    );
    if (run === undefined) continue;
    // One by one: a run that no store holds as it was read is left out alone.
    const taken = unless(isRefused)("the record", () => into.takeOver([run]), undefined);
    if (taken !== undefined) (lost.length === before ? whole : partly).push(id);
  }
  return { whole, partly, lost };
}

/** Of what is read: of the database, or of a file. */
const isDamage = (error: unknown): boolean =>
  error instanceof NadirError &&
  /^(store\/corrupt$|file\/io$|checkpoint\/|safetensors\/|data\/)/.test(error.code);

/** Of a run that no store would have written: see `requireKeptRun`. */
const isRefused = (error: unknown): boolean =>
  error instanceof NadirError &&
  /^(store\/(kept-run|name|tag|note|artefact|series-name)$|data\/)/.test(error.code);

/** Ids from the first run up to one that cannot be read, and from the last down to one. */
function readableIds(connection: Connection): string[] {
  const found = new Map<number, string>();
  const walk = (next: string, start: number): void => {
    for (let seq = start; ; ) {
      let column: Columns;
      try {
        const [row] = connection.select(["seq", "id"], `FROM runs WHERE ${next} LIMIT 1`, seq);
        if (row === undefined) return;
        column = new Columns(row, connection.file, "a run");
        seq = column.number("seq");
        if (found.has(seq)) return;
        found.set(seq, column.text("id"));
      } catch (error) {
        if (!isDamage(error)) throw error;
        return;
      }
    }
  };
  walk("seq > ? ORDER BY seq", 0);
  walk("seq < ? ORDER BY seq DESC", Number.MAX_SAFE_INTEGER);
  return [...found].sort(([a], [b]) => a - b).map(([, id]) => id);
}
