import { NadirError } from "../base/errors.ts";
import { writeOverview } from "./seriesChunks.ts";
import { overviewOf, readSeries } from "./seriesReader.ts";
import { type Connection, corrupt, textOf } from "./sqlite.ts";

/** Raised by one with every change of the tables below; `upgrades` then gets a row. */
const SCHEMA_VERSION = 2;
/** `application_id` of a run store: "ndir" in ASCII. */
const APPLICATION_ID = 0x6e646972;

// Columns called json hold packed JSON (packedJson.ts). Times are milliseconds since 1970.
const tables = `
CREATE TABLE runs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created REAL NOT NULL,
  command TEXT NOT NULL,
  file TEXT,
  config TEXT NOT NULL,        -- json
  seed REAL,
  versions TEXT NOT NULL,      -- json
  revision TEXT,
  machine TEXT NOT NULL,       -- json
  parent TEXT,
  status TEXT NOT NULL CHECK (status IN ('running', 'ended', 'interrupted', 'crashed')),
  verdict_kind TEXT,
  gradient_norm REAL,          -- a NaN, which SQLite has not, is the text 'NaN'
  verdict TEXT,                -- json
  loss REAL,                   -- the newest while running
  metrics TEXT,                -- json
  steps REAL,
  seconds REAL,
  cost TEXT,                   -- json
  pid INTEGER NOT NULL,
  host TEXT NOT NULL,
  process_start TEXT NOT NULL,
  heartbeat REAL NOT NULL
);
CREATE TABLE events (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  time REAL NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE TABLE metrics (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  chunk INTEGER NOT NULL,      -- 0, 1, …: all but the last hold CHUNK_POINTS points
  first_step REAL NOT NULL,
  count INTEGER NOT NULL,
  steps BLOB,                  -- float64, little-endian; null if they are first_step, first_step + 1, …
  points BLOB NOT NULL,        -- float64, little-endian
  digest BLOB NOT NULL,        -- see seriesChunks.ts
  PRIMARY KEY (run, name, chunk)
);
PRAGMA application_id = ${APPLICATION_ID};
`;

/** What version 2 adds: the store as a project's memory, and what a reader needs to follow it. */
const version2 = `
ALTER TABLE runs ADD COLUMN archived REAL;                        -- when, if it is put away
ALTER TABLE runs ADD COLUMN sweep TEXT;                           -- the sweep that it belongs to
ALTER TABLE runs ADD COLUMN change TEXT;                          -- json: what it changed against its parent
ALTER TABLE runs ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;   -- the counter at the newest write that concerns it
ALTER TABLE runs ADD COLUMN rewound INTEGER NOT NULL DEFAULT 0;   -- the counter when its record was last cut back
UPDATE runs SET changed = seq;
CREATE INDEX runs_by_change ON runs (changed);
CREATE TABLE counter (id INTEGER PRIMARY KEY CHECK (id = 1), changed INTEGER NOT NULL);
INSERT INTO counter SELECT 1, coalesce(max(seq), 0) FROM runs;
CREATE TABLE deletions (
  run TEXT NOT NULL PRIMARY KEY,
  changed INTEGER NOT NULL,
  folder INTEGER NOT NULL      -- 1 until its folder is gone too
) WITHOUT ROWID;
CREATE INDEX deletions_by_change ON deletions (changed);
CREATE TABLE overviews (       -- a small picture of each series: see overview.ts
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  width INTEGER NOT NULL,
  first_step REAL NOT NULL,
  last_step REAL NOT NULL,
  even INTEGER NOT NULL,
  buckets BLOB NOT NULL,
  PRIMARY KEY (name, run)
) WITHOUT ROWID;
CREATE TABLE tags (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (run, tag)
) WITHOUT ROWID;
CREATE TABLE notes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  step REAL,                   -- null: of the run as a whole
  text TEXT NOT NULL,
  created REAL NOT NULL
);
CREATE INDEX notes_by_run ON notes (run);
CREATE TABLE artefacts (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  sha256 TEXT NOT NULL,        -- of the bytes, 64 hexadecimal digits
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  step REAL,
  created REAL NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (run, sha256)
);
CREATE TABLE sweeps (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created REAL NOT NULL,
  file TEXT,
  command TEXT NOT NULL,
  space TEXT NOT NULL,         -- json
  settings TEXT NOT NULL,      -- json
  status TEXT NOT NULL CHECK (status IN ('running', 'ended', 'interrupted', 'crashed')),
  pid INTEGER NOT NULL,
  host TEXT NOT NULL,
  process_start TEXT NOT NULL,
  heartbeat REAL NOT NULL,
  best_run TEXT,
  changed INTEGER NOT NULL
);
CREATE TABLE trials (
  sweep TEXT NOT NULL REFERENCES sweeps (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,     -- counts up from 0
  record TEXT NOT NULL,        -- json
  PRIMARY KEY (sweep, number)
) WITHOUT ROWID;
PRAGMA user_version = 2;
`;

/** How a store of each older version becomes one of the next, with the tables of version 0 being none. */
const upgrades: readonly string[] = [`${tables}PRAGMA user_version = 1;`, version2];

/**
 * What a reader of a version-1 store sees in place of the tables that it lacks: nothing is written to
 * the file. The sign of life stands for the counter, so that a reader still notices what changes.
 */
const version1AsNewest = `
CREATE TEMP VIEW runs AS SELECT *, NULL AS archived, NULL AS sweep, NULL AS change,
  CAST(heartbeat AS INTEGER) AS changed, 0 AS rewound FROM main.runs;
CREATE TEMP VIEW counter AS SELECT 1 AS id, coalesce(max(changed), 0) AS changed FROM temp.runs;
CREATE TEMP VIEW deletions AS SELECT NULL AS run, 0 AS changed, 0 AS folder WHERE false;
CREATE TEMP VIEW overviews AS SELECT NULL AS run, NULL AS name, 0 AS count, 1 AS width, 0 AS first_step,
  0 AS last_step, 1 AS even, NULL AS buckets WHERE false;
CREATE TEMP VIEW tags AS SELECT NULL AS run, NULL AS tag WHERE false;
CREATE TEMP VIEW notes AS SELECT 0 AS id, NULL AS run, NULL AS step, NULL AS text, 0 AS created WHERE false;
CREATE TEMP VIEW artefacts AS SELECT NULL AS run, NULL AS sha256, NULL AS kind, NULL AS name, NULL AS step,
  0 AS created, NULL AS media_type, 0 AS size, NULL AS bytes WHERE false;
CREATE TEMP VIEW sweeps AS SELECT 0 AS seq, NULL AS id, NULL AS name, 0 AS created, NULL AS file, NULL AS command,
  NULL AS space, NULL AS settings, NULL AS status, 0 AS pid, NULL AS host, NULL AS process_start,
  0 AS heartbeat, NULL AS best_run, 0 AS changed WHERE false;
CREATE TEMP VIEW trials AS SELECT NULL AS sweep, 0 AS number, NULL AS record WHERE false;
`;
const views = [
  ...[
    "counter",
    "runs",
    "deletions",
    "overviews",
    "tags",
    "notes",
    "artefacts",
    "sweeps",
    "trials",
  ],
];

/** What was found in a store's file: whether it has tables, and whether they are of an older version. */
export type SchemaState = "none" | "newest" | "older";

/**
 * Makes sure that the file is a run store that can be used as one of this version. To be written, it is
 * given its tables if it is new, and brought to this version in one transaction if it is older. To be
 * read, a store of an older version is left as it is, and seen as if it were of this one.
 *
 * @throws NadirError `store/newer`, `store/foreign`, `store/corrupt`
 */
export function ensureSchema(connection: Connection, write: boolean): SchemaState {
  const found = versionOf(connection);
  if (found === SCHEMA_VERSION) return "newest";
  if (!write) {
    if (found === 0) return "none";
    connection.temporary(version1AsNewest);
    return "older";
  }
  connection.transaction(() => {
    // Another process may have been faster.
    const before = versionOf(connection);
    for (const upgrade of upgrades.slice(before)) connection.script(upgrade);
    if (before === 1) fillOverviews(connection);
  });
  return "newest";
}

/** Gives the series of a store of version 1 their overviews. A damaged one is for `check` to name. */
function fillOverviews(connection: Connection): void {
  for (const row of connection.select(["run", "name"], "FROM metrics WHERE chunk = 0")) {
    const [run, name] = [textOf(row["run"]), textOf(row["name"])];
    if (run === undefined || name === undefined) continue;
    try {
      const series = readSeries(connection, run, name);
      if (series !== undefined) writeOverview(connection, name, overviewOf(run, series));
    } catch (error) {
      if (!(error instanceof NadirError) || error.code !== "store/corrupt") throw error;
    }
  }
}

/**
 * For a reader that stays: whether a store that was opened as an older one still is. If another process
 * has brought it to this version since, its own tables are seen from now on.
 */
export function stillOlder(connection: Connection): boolean {
  if (versionOf(connection) !== SCHEMA_VERSION) return true;
  connection.temporary(views.map((view) => `DROP VIEW temp.${view};`).join("\n"));
  return false;
}

/** The version of a store, 0 for an empty database, an error for anything else. */
function versionOf(connection: Connection): number {
  const version = connection.number("PRAGMA main.user_version");
  const application = connection.number("PRAGMA main.application_id");
  const objects = connection.number("SELECT count(*) FROM main.sqlite_master");
  if (version === 0 && application === 0 && objects === 0) return 0;
  if (application !== APPLICATION_ID) {
    throw new NadirError("store/foreign", `${connection.file} is another program's database`, {
      expected: "a run store of nadir",
      hint: "choose another place with --store DIR",
    });
  }
  if (version > SCHEMA_VERSION) {
    throw new NadirError(
      "store/newer",
      `the run store ${connection.file} is of version ${version}, made by a newer nadir`,
      {
        expected: `version ${SCHEMA_VERSION} or older`,
        hint: "update nadir (npm install nadir@latest), or use another place with --store DIR",
      },
    );
  }
  if (version < 1) throw corrupt(connection.file, `its version is ${version}`);
  return version;
}
