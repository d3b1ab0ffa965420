import { existsSync, realpathSync, type Stats, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { NadirError } from "../base/errors.ts";
import { fileError, writeFileAtomically } from "../runs/atomicFile.ts";
import type { Invocation } from "./command.ts";

/**
 * The file that a flag names, if it is given: asked before what goes into it is measured, which may take minutes.
 *
 * @throws NadirError `output/folder` for a folder, or for a file in a folder that is not there
 */
export function outputFlag(
  flags: Invocation["flags"],
  name: string,
  cwd: string,
): string | undefined {
  const given = flags[name];
  if (typeof given !== "string") return undefined;
  const path = resolve(cwd, given);
  requireOutputFile(path);
  return path;
}

function requireOutputFile(path: string): void {
  const folder = dirname(path);
  if (statOf(folder)?.isDirectory() !== true) {
    const found = existsSync(folder) ? "is a file" : "is not there";
    throw new NadirError("output/folder", `${path} cannot be written: ${folder} ${found}`, {
      expected: "a file in a folder that there is",
    });
  }
  if (statOf(path)?.isDirectory() !== true) return;
  throw new NadirError("output/folder", `${path} is a folder`, { expected: "the name of a file" });
}

/**
 * Writes what a user asked for by name. A file is whole or as it was, and a link to one stays a link; a device or a pipe is written into, where
 * a rename would put a file in its place.
 *
 * @throws NadirError `output/folder`, and `file/…` as the system refuses it
 */
export function writeOutputFile(path: string, pieces: readonly Uint8Array[]): void {
  requireOutputFile(path);
  const found = statOf(path);
  if (found === undefined || found.isFile()) {
    writeFileAtomically(found === undefined ? path : realpathSync(path), pieces);
    return;
  }
  try {
    writeFileSync(path, Buffer.concat(pieces));
  } catch (cause) {
    throw fileError(`writing ${path}`, cause);
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw fileError(`looking at ${path}`, cause);
  }
}
