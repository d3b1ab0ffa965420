import { isDeepStrictEqual } from "node:util";
import { NadirError } from "../base/errors.ts";
import { overviewOf, readOverviews, readSeries } from "./seriesReader.ts";
import { type Connection, corrupt, textOf } from "./sqlite.ts";
import type { Store } from "./store.ts";

/**
 * What is wrong with a store's file, one sentence each: see `Store.check`.
 *
 * @param overviews - whether the store keeps overviews: one of version 1 has none
 */
export function checkStore(store: Store, connection: Connection, overviews: boolean): string[] {
  const problems: string[] = [];
  const noting = (read: () => void): void => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof NadirError) || error.code !== "store/corrupt") throw error;
      problems.push(error.summary);
    }
  };
  noting(() => {
    const found = connection.select(["integrity_check"], "FROM pragma_integrity_check");
    for (const { integrity_check: line } of found) {
      const text = textOf(line) ?? "text that is not UTF-8";
      if (text !== "ok") problems.push(text);
    }
  });
  noting(() => {
    for (const { id } of store.runs()) {
      noting(() => void store.events(id));
      noting(() => {
        for (const name of store.seriesNames(id))
          noting(() => checkSeries(connection, id, name, overviews));
      });
      noting(() => void store.notes.list(id));
      noting(() => {
        for (const { sha256 } of store.artefacts.list(id)) {
          noting(() => void store.artefacts.read(id, sha256));
        }
      });
    }
  });
  noting(() => void store.sweeps.list());
  return problems;
}

/**
 * A series' points carry digests; its overview must be what the points give.
 *
 * @throws NadirError `store/corrupt`
 */
function checkSeries(connection: Connection, run: string, name: string, overviews: boolean): void {
  // Both as of one moment: the run may be written meanwhile.
  const [series, kept] = connection.glance(() => [
    readSeries(connection, run, name),
    overviews ? readOverviews(connection, name, [run])[0] : undefined,
  ]);
  if (!overviews || series === undefined) return;
  if (kept !== undefined && isDeepStrictEqual(kept, overviewOf(run, series))) return;
  throw corrupt(
    connection.file,
    `the overview of metric ${name} of run ${run} does not show its points, which are intact`,
  );
}
