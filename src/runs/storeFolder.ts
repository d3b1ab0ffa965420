import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { NadirError } from "../base/errors.ts";
import { fileError, systemCode } from "./atomicFile.ts";

/** Makes a folder. Whether it was made now. */
export function makeFolder(folder: string, mayExist: boolean): boolean {
  // Not mkdir's own recursion: under /proc, where no folder can be made, Node 20 never comes back from it.
  const parent = dirname(folder);
  if (mayExist && !existsSync(parent)) makeFolder(parent, true);
  try {
    mkdirSync(folder);
    return true;
  } catch (cause) {
    if (systemCode(cause) === "EEXIST" && (!mayExist || isFolder(folder))) return false;
    throw fileError(`making the folder ${folder}`, cause);
  }
}

/**
 * Refuses a store's folder that is no folder, before it is taken for one without runs.
 *
 * @throws NadirError `store/foreign`
 */
export function requireFolder(folder: string): void {
  if (!existsSync(folder) || isFolder(folder)) return;
  throw new NadirError("store/foreign", `${folder} is a file, not the folder of a run store`, {
    expected: "a folder, in which runs.db is or will be",
    hint: `--store ${basename(folder) === "runs.db" ? dirname(folder) : "DIR names the folder"}`,
  });
}

export function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    if (systemCode(cause) === "ENOTDIR") return false;
    throw fileError(`opening ${file}`, cause);
  }
}

export function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export const missing = (file: string): NadirError =>
  new NadirError("store/missing", `there is no run store ${file}`, {
    expected: existsSync(file) ? "a store with at least its tables" : "a store that a run has made",
    hint: "nadir train FILE, which makes one here, or --store DIR for another place",
  });

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
