import { NadirError } from "../base/errors.ts";
import { measuredRuns, tableFile } from "../exchange/exportRuns.ts";
import { runsTable, seriesTable } from "../exchange/runTables.ts";
import type { Store } from "../runs/store.ts";
import type { RunExportForm, RunExportTable } from "./protocol.ts";

/** Points of one file at most: while it is made, the server answers no one else, for some seconds. */
const MOST_POINTS = 1_000_000;

const mediaTypes: Readonly<Record<RunExportForm, string>> = {
  csv: "text/csv",
  jsonl: "application/jsonl",
  parquet: "application/vnd.apache.parquet",
};

/** A file for a browser to keep. */
export interface RunExport {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Runs as `nadir export` writes them: their curves (a row a step), or a row for each.
 *
 * @param form - one of {@link RunExportForm}, as the request has it
 * @param table - one of {@link RunExportTable}, as the request has it
 * @throws NadirError `studio/request`, `studio/too-large`, `export/nothing`, `store/…`
 */
export async function exportRuns(
  store: Store,
  ids: readonly string[],
  form: string,
  table: string,
): Promise<RunExport> {
  if (ids.length === 0 || !isForm(form) || !(table === "series" || table === "runs")) {
    throw new NadirError("studio/request", "the request is not as it should be", {
      expected: "runs=A,B, as=csv, jsonl or parquet, table=series or runs",
    });
  }
  const runs = ids.map((id) => store.run(id));
  if (table === "series") requireFew(store, ids, form);
  const made = table === "runs" ? runsTable(runs) : seriesTable(measuredRuns(store, runs));
  const pieces = await tableFile(made, form);
  const [first] = ids;
  return {
    name: `${ids.length === 1 ? first : `${ids.length}-runs`}-${table}.${form}`,
    mediaType: mediaTypes[form],
    bytes: new Uint8Array(Buffer.concat(pieces)),
  };
}

const isForm = (text: string): text is RunExportForm => Object.hasOwn(mediaTypes, text);

function requireFew(store: Store, ids: readonly string[], form: RunExportForm): void {
  const points = ids.reduce(
    (sum, id) => [...store.seriesCounts(id).values()].reduce((all, count) => all + count, sum),
    0,
  );
  if (points <= MOST_POINTS) return;
  throw new NadirError(
    "studio/too-large",
    `${points} points are too many for a page to hand over`,
    {
      expected: `at most ${MOST_POINTS}`,
      hint: `nadir export ${ids.join(" ")} --as ${form} --out runs.${form}`,
    },
  );
}
