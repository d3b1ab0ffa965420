/** What a table of the copy holds: its columns, each with what it means. */
export interface QueryTable {
  readonly meaning: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** The tables that SQL may ask: what the store holds, a row for each thing, without its own packing. */
export const queryTables = {
  runs: {
    meaning: "a row a run",
    columns: {
      id: "",
      name: "",
      status: "running, ended, interrupted, crashed",
      verdict: "its kind: local-minimum, saddle …",
      loss: "the newest while it runs",
      gradient_norm: "",
      steps: "",
      seconds: "of computing",
      seed: "",
      created: "UTC, as 2026-01-31 12:00:00",
      method: "",
      file: "",
      command: "repeats it",
      parent: "the run that it continues",
      sweep: "the sweep that it belongs to",
      archived: "1 if it was put away",
      revision: "of the user's files, by Git",
      config: "JSON: all that is known of its set-up",
      metrics: "JSON: at its end",
      cost: "JSON",
    },
  },
  settings: {
    meaning: "a row a setting of a run",
    columns: { run: "its id", name: "dotted: schedule.peak", value: "" },
  },
  verdicts: {
    meaning: "a row a run that has ended with one",
    columns: { run: "its id", kind: "", detail: "JSON: eigenvalues, tolerance, evidence, advice" },
  },
  series: {
    meaning: "a row a metric of a run",
    columns: { run: "its id", name: "loss, testLoss …", points: "", first_step: "", last_step: "" },
  },
  metrics: {
    meaning: "a row a step of a metric",
    columns: { run: "its id", name: "of the series", step: "", value: "NULL where it was NaN" },
  },
  events: {
    meaning: "a row a thing that happened in a run",
    columns: { run: "its id", seq: "", time: "UTC", kind: "", step: "", event: "JSON" },
  },
  tags: { meaning: "a row a tag of a run", columns: { run: "its id", tag: "" } },
  notes: {
    meaning: "a row a note on a run",
    columns: { id: "", run: "", step: "NULL: on the whole run", text: "", created: "UTC" },
  },
  artefacts: {
    meaning: "a row a thing that was measured of a run and kept",
    columns: {
      ...{ run: "its id", kind: "spectrum, landscape …", name: "", step: "" },
      ...{ created: "UTC", media_type: "", size: "bytes", sha256: "" },
    },
  },
  sweeps: {
    meaning: "a row a sweep",
    columns: {
      ...{ id: "", name: "", status: "", best_run: "", created: "UTC", file: "", command: "" },
      ...{ settings: "JSON", space: "JSON" },
    },
  },
} as const satisfies Record<string, QueryTable>;

export type QueryTableName = keyof typeof queryTables;

export const queryTableNames = Object.keys(queryTables) as QueryTableName[]; // the keys of a constant

export const columnsOf = (table: QueryTableName): string[] =>
  Object.keys(queryTables[table].columns);

/**
 * The copy's schema. Points lie in chunks of JSON, which SQLite unpacks row by row: a query that names a run and a series
 * reads no others.
 */
export const querySchema = `
${queryTableNames
  .filter((table) => table !== "metrics")
  .map((table) => `CREATE TABLE ${table} (${columnsOf(table).join(", ")});`)
  .join("\n")}
CREATE TABLE points (run, name, part INTEGER, first REAL, stride REAL, points TEXT, PRIMARY KEY (run, name, part)) WITHOUT ROWID;
CREATE VIEW metrics AS
  SELECT run, name, first + key * stride AS step, CAST(value AS REAL) AS value FROM points, json_each(points.points) WHERE stride IS NOT NULL
  UNION ALL
  SELECT run, name, value ->> 0, CAST(value ->> 1 AS REAL) FROM points, json_each(points.points) WHERE stride IS NULL;
`;
