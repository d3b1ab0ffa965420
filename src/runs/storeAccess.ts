import type { Connection } from "./sqlite.ts";

/** What the parts of a store (its tags, notes, artefacts, sweeps) share with it. */
export interface StoreAccess {
  readonly connection: Connection;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * The id of the run that a reference means.
   *
   * @throws NadirError `store/unknown-run`, `store/ambiguous-run`
   */
  readonly idOf: (reference: string) => string;
  /**
   * All that `write` does or nothing, as one change: it is given the new value of the store's counter.
   * Any process that may write the store may do it, whoever writes the run.
   *
   * @throws NadirError `store/read-only`, `store/locked`, `store/…`
   */
  readonly change: <T>(write: (changed: number) => T) => T;
}

/** The store's counter, raised by one: within a transaction. */
export const raiseCounter = (connection: Connection): number =>
  connection.number("UPDATE counter SET changed = changed + 1 RETURNING changed");

/** Marks a run as changed, for those who follow the store: within a transaction. */
export function touch(connection: Connection, run: string, changed: number): void {
  connection.run("UPDATE runs SET changed = ? WHERE id = ?", changed, run);
}
