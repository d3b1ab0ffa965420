import { randomBytes } from "node:crypto";
import * as node from "node:fs";
import { basename, dirname, join } from "node:path";
import { NadirError } from "../base/errors.ts";

/** The calls on files that saving makes: Node's own, or a test's that fail when told to. */
export interface FileSystem {
  openSync(path: string, flags: string, mode?: number): number;
  writeSync(descriptor: number, data: Uint8Array, offset: number, length: number): number;
  fsyncSync(descriptor: number): void;
  closeSync(descriptor: number): void;
  renameSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  readdirSync(path: string): string[];
  mkdirSync(path: string, options: { readonly recursive: true }): unknown;
}

/**
 * Writes a file that is whole or absent: a temporary file beside it, fsync, rename over it, and
 * fsync of the folder, so that the new name outlives a power cut as well.
 *
 * Until the rename, whatever stood at `path` stays as it was. If a call fails, the temporary file is
 * removed; if the process is killed, it stays, and {@link removeStaleTemporaries} finds it.
 *
 * @throws NadirError `file/full`, `file/not-writable`, `file/io`
 */
export function writeFileAtomically(
  path: string,
  pieces: readonly Uint8Array[],
  files: FileSystem = node,
): void {
  const unique = `${process.pid}-${randomBytes(6).toString("hex")}`;
  const temporary = join(dirname(path), `.${basename(path)}.${unique}.tmp`);
  let descriptor: number | undefined;
  let exists = false;
  try {
    descriptor = files.openSync(temporary, "wx", 0o644);
    exists = true;
    for (const piece of pieces) writeFully(files, descriptor, piece);
    files.fsyncSync(descriptor);
    const whole = descriptor;
    descriptor = undefined; // a failed close is not to be tried again: the number may be another file's by then
    files.closeSync(whole);
    files.renameSync(temporary, path);
    exists = false;
    syncFolder(files, dirname(path));
  } catch (cause) {
    if (descriptor !== undefined) quietly(() => files.closeSync(descriptor ?? -1));
    if (exists) quietly(() => files.unlinkSync(temporary));
    throw fileError(`writing ${path}`, cause);
  }
}

/**
 * Removes the temporary files that killed processes left in a folder. Those of processes that still
 * run, this one among them, are left alone.
 */
export function removeStaleTemporaries(folder: string, files: FileSystem = node): void {
  quietly(() => {
    for (const name of files.readdirSync(folder)) {
      if (isStaleTemporary(name)) quietly(() => files.unlinkSync(join(folder, name)));
    }
  });
}

/** Is this the name of a temporary file whose process is gone? */
export function isStaleTemporary(name: string): boolean {
  const pid = /^\..+\.(\d+)-[0-9a-f]{12}\.tmp$/.exec(name)?.[1];
  return pid !== undefined && !isRunning(Number(pid));
}

/** What the operating system refused, as an error that says what to do. */
export function fileError(doing: string, cause: unknown): NadirError {
  if (cause instanceof NadirError) return cause;
  const code = systemCode(cause);
  const [area, hint] =
    code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG"
      ? ["file/full", "free some space, or choose another place"]
      : code === "EACCES" || code === "EPERM" || code === "EROFS"
        ? ["file/not-writable", "allow writing there, or choose another place"]
        : code === "EMFILE" || code === "ENFILE"
          ? ["file/io", "raise the limit on open files (ulimit -n)"]
          : ["file/io", undefined];
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new NadirError(area, `${doing} failed: ${reason}`, { hint, cause });
}

/** The system's name of an error (`ENOSPC`), if it has one. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

function writeFully(files: FileSystem, descriptor: number, bytes: Uint8Array): void {
  // A write may take only a part, and one of more than 2 GiB always does.
  for (let at = 0; at < bytes.length; ) {
    at += files.writeSync(descriptor, bytes, at, Math.min(bytes.length - at, 1 << 30));
  }
}

function syncFolder(files: FileSystem, folder: string): void {
  if (process.platform === "win32") return; // folders cannot be opened there; NTFS journals the rename
  const descriptor = files.openSync(folder, "r");
  try {
    files.fsyncSync(descriptor);
  } finally {
    files.closeSync(descriptor);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === "EPERM";
  }
}

/**
 * For tidying up: after a failure, whose error is the one worth telling, and before work that leftovers do not hinder. What the
 * system refuses here (a folder that is not there, a file that another process has just removed) changes nothing of that.
 */
function quietly(tidy: () => void): void {
  try {
    tidy();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}
