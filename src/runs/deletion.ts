import { rmSync } from "node:fs";
import { join } from "node:path";
import { NadirError } from "../base/errors.ts";
import { Columns } from "./columns.ts";
import type { RunSummary } from "./run.ts";
import type { Connection } from "./sqlite.ts";

/**
 * Deletes the rows of runs, within a transaction, and notes that their folders are to go as well. In
 * this order a reader never finds a run without its folder, and a kill leaves nothing that is not known.
 *
 * @throws NadirError `store/running`
 */
export function deleteRuns(
  connection: Connection,
  runs: readonly RunSummary[],
  changed: number,
): void {
  for (const { id, status } of runs) {
    if (status === "running") {
      throw new NadirError("store/running", `run ${id} is still running`, {
        hint: "stop it first; nothing was deleted",
      });
    }
  }
  for (const { id } of runs) {
    // The rows of other tables go with it: ON DELETE CASCADE.
    connection.run("DELETE FROM runs WHERE id = ?", id);
    connection.run(
      "UPDATE sweeps SET best_run = NULL, changed = ? WHERE best_run = ?",
      changed,
      id,
    );
    connection.run("INSERT OR REPLACE INTO deletions VALUES (?, ?, 1)", id, changed);
  }
}

/**
 * Removes the folders of deleted runs that are still there. One that cannot be removed now (a file in
 * use, no permission) is left for the next time.
 */
export function removeFolders(connection: Connection, storeDir: string): void {
  for (const row of connection.select(
    ["run"],
    "FROM deletions WHERE folder = 1 AND run NOT IN (SELECT id FROM runs)",
  )) {
    const id = new Columns(row, connection.file, "a deletion").text("run");
    // The name of a folder in the store and nothing else, whatever a damaged file says.
    if (!/^[a-z0-9]+$/.test(id)) continue;
    try {
      rmSync(join(storeDir, id), { recursive: true, force: true });
    } catch {
      continue;
    }
    connection.run("UPDATE deletions SET folder = 0 WHERE run = ?", id);
  }
}
