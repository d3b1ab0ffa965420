import { NadirError } from "../base/errors.ts";
import { type Connection, corrupt } from "./sqlite.ts";

/** Raised by one with every change of the tables below. */
const SCHEMA_VERSION = 1;
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
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Makes sure that the file is a run store of this version, and makes its tables if it is new.
 *
 * @param create - whether an empty file may be given its tables
 * @returns whether the store has tables now
 * @throws NadirError `store/newer`, `store/foreign`, `store/corrupt`
 */
export function ensureSchema(connection: Connection, create: boolean): boolean {
  if (check(connection)) return true;
  if (!create) return false;
  connection.transaction(() => {
    // Another process may have been faster.
    if (!check(connection)) connection.script(tables);
  });
  return true;
}

/** True for a store of this version, false for an empty database, an error for anything else. */
function check(connection: Connection): boolean {
  const version = connection.number("PRAGMA user_version");
  const application = connection.number("PRAGMA application_id");
  const objects = connection.number("SELECT count(*) FROM sqlite_master");
  if (version === 0 && application === 0 && objects === 0) return false;
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
  if (version !== SCHEMA_VERSION) throw corrupt(connection.file, `its version is ${version}`);
  return true;
}
