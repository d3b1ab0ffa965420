import type { RunEvent } from "../training/events.ts";
import { Columns } from "./columns.ts";
import type { StoredEvent } from "./run.ts";
import { type Connection, corrupt } from "./sqlite.ts";

/**
 * A run's events in order, from those whose `seq` is higher than `after`.
 *
 * @throws NadirError `store/corrupt`
 */
export const readEvents = (connection: Connection, run: string, after: number): StoredEvent[] =>
  connection
    .select(
      ["seq", "time", "json"],
      "FROM events WHERE run = ? AND seq > ? ORDER BY seq",
      ...[run, after],
    )
    .map((row) => {
      const column = new Columns(row, connection.file, `an event of run ${run}`);
      const event = column.json("json");
      if (!("kind" in event)) {
        throw corrupt(connection.file, `an event of run ${run} has no kind`);
      }
      // Cast: RunWriter packed it from one.
      return { seq: column.number("seq"), time: column.number("time"), event: event as RunEvent };
    });
