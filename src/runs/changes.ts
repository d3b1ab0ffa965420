import { Columns } from "./columns.ts";
import type { RunSummary } from "./run.ts";
import { statusFrom, summaryColumns } from "./runRow.ts";
import type { Connection, Row } from "./sqlite.ts";

/** What is new in a store since a reader last asked. */
export interface Changes {
  /** To be given with the next question. */
  readonly cursor: number;
  /** The runs that were made or changed (told, ended, tagged, noted, archived …), newest first. */
  readonly runs: readonly RunSummary[];
  /** Ids of runs that were deleted: to be forgotten before `runs` is taken in. */
  readonly deleted: readonly string[];
  /** Ids of all runs whose writer is gone without an end: nothing is written when that happens. */
  readonly crashed: readonly string[];
  /** Whether the store is another than the cursor was of: forget everything, `runs` is all there is. */
  readonly anew: boolean;
}

/** What `Store.changesSince` answers; `summaries` makes runs of rows. */
export function changesSince(
  connection: Connection,
  cursor: number,
  now: number,
  summaries: (rows: Row[]) => RunSummary[],
): Changes {
  // The counter first: what is written while the rest is read is told again the next time.
  const counter = connection.number("SELECT changed FROM counter");
  const anew = cursor < 0 || cursor > counter;
  const after = anew ? -1 : cursor;
  const quiet = after === counter;
  const rows = quiet
    ? []
    : connection.select(summaryColumns, "FROM runs WHERE changed > ? ORDER BY seq DESC", after);
  const deleted =
    quiet || anew
      ? []
      : connection.select(["run"], "FROM deletions WHERE changed > ? ORDER BY changed", after);
  return {
    cursor: counter,
    runs: rows.length === 0 ? [] : summaries(rows),
    deleted: deleted.map((row) => new Columns(row, connection.file, "a deletion").text("run")),
    crashed: crashed(connection, now),
    anew,
  };
}

function crashed(connection: Connection, now: number): string[] {
  const columns = ["id", "status", "pid", "host", "process_start", "heartbeat"];
  return connection
    .select(columns, "FROM runs WHERE status = 'running' ORDER BY seq DESC")
    .map((row) => new Columns(row, connection.file, "a run"))
    .filter((column) => statusFrom(column, now) === "crashed")
    .map((column) => column.text("id"));
}
