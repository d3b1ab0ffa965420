import { type Dirent, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { NadirError } from "../base/errors.ts";
import { fileError, isStaleTemporary, systemCode } from "./atomicFile.ts";
import { listCheckpoints, readTensors } from "./checkpoint.ts";
import { isRunId } from "./runReference.ts";
import type { Connection } from "./sqlite.ts";
import type { Store } from "./store.ts";

/** What is looked for beside that which nothing needs. */
export interface GarbageOptions {
  /** Earlier checkpoints of ended runs as well: a landscape moves through training by them, nothing else needs them. Default false. */
  readonly checkpoints?: boolean;
}

/** Something that a store holds and nothing needs. */
export interface Garbage {
  /**
   * `checkpoint`: of a run that has ended, before its last; `temporary`: of a writer that was killed in the midst of a file;
   * `folder`: of no run; `pages`: of the database, free since runs were deleted.
   */
  readonly kind: "checkpoint" | "temporary" | "folder" | "pages";
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
}

/** A run has its folder before its row: a younger folder without a row may be one that is just made. In milliseconds. */
const FOLDER_AGE_MS = 3_600_000;
/** Fewer free bytes of the database will be used by the next runs. */
const LEAST_FREE = 1_000_000;

/** What a store holds and nothing needs; what belongs to a run that goes on is never among it. */
export function findGarbage(
  store: Store,
  connection: Connection,
  { checkpoints = false }: GarbageOptions,
): Garbage[] {
  const runs = store.runs();
  const going = runs.some(({ status }) => status === "running");
  return [
    ...runs.filter(({ status }) => status !== "running").flatMap(({ dir }) => temporariesIn(dir)),
    ...runs
      .filter(({ status }) => checkpoints && status === "ended")
      .flatMap(({ dir }) => earlierCheckpoints(dir)),
    ...temporariesIn(store.dir),
    ...orphans(store.dir, new Set(runs.map(({ id }) => id))),
    ...(going || sweeping(store) ? [] : freePages(connection)),
  ];
}

/**
 * Removes it, one by one: a kill at any moment leaves the rest for the next time.
 *
 * @returns what was removed
 */
export function collectGarbage(
  store: Store,
  connection: Connection,
  options: GarbageOptions,
): Garbage[] {
  const found = findGarbage(store, connection, options);
  for (const { kind, path } of found) {
    if (kind === "pages") connection.vacuum();
    else remove(path);
  }
  return found;
}

/** Those before the last, if that is whole. */
function earlierCheckpoints(folder: string): Garbage[] {
  const [last, ...earlier] = listCheckpoints(folder);
  if (last === undefined || earlier.length === 0 || !isWhole(last.file)) return [];
  return earlier.flatMap(({ file }) => sized("checkpoint", file));
}

function isWhole(file: string): boolean {
  try {
    readTensors(file);
    return true;
  } catch (error) {
    if (error instanceof NadirError) return false;
    throw error;
  }
}

const temporariesIn = (folder: string): Garbage[] =>
  entriesOf(folder)
    .filter((entry) => entry.isFile() && isStaleTemporary(entry.name))
    .flatMap(({ name }) => sized("temporary", join(folder, name)));

/** Folders named as runs are, of no run that is known, and with nothing in them but what nadir writes there. */
function orphans(storeDir: string, known: ReadonlySet<string>): Garbage[] {
  return entriesOf(storeDir).flatMap((entry): Garbage[] => {
    const path = join(storeDir, entry.name);
    if (!entry.isDirectory() || !isRunId(entry.name) || known.has(entry.name)) return [];
    const inside = entriesOf(path);
    const foreign = inside.some(
      (file) => !file.isFile() || !/^(ck-\d+|params)\.safetensors$|^\..+\.tmp$/.test(file.name),
    );
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (foreign || age < FOLDER_AGE_MS) return [];
    const sizes = inside.flatMap(({ name }) => sized("folder", join(path, name)));
    return [{ kind: "folder", path, bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0) }];
  });
}

function freePages(connection: Connection): Garbage[] {
  const pages = connection.number("PRAGMA main.freelist_count");
  const bytes = pages * connection.number("PRAGMA main.page_size");
  return bytes < LEAST_FREE ? [] : [{ kind: "pages", path: connection.file, bytes }];
}

const sweeping = (store: Store): boolean =>
  store.sweeps.list().some(({ status }) => status === "running");

/** A file with its size; none if another process has just removed it. */
function sized(kind: Garbage["kind"], path: string): Garbage[] {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? [] : [{ kind, path, bytes: found.size }];
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return [];
    throw fileError(`listing ${folder}`, cause);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (cause) {
    throw fileError(`removing ${path}`, cause);
  }
}
