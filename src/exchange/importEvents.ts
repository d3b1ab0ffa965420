import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { NadirError } from "../base/errors.ts";
import { fileError } from "../runs/atomicFile.ts";
import { type EventFile, readEventFile, type ScalarPoint } from "./eventFile.ts";
import { requireInputFile } from "./inputFile.ts";

/** Seconds since 1970 that a date can still tell; a damaged file may say anything. */
const LATEST = 8.64e12;

/** Points of one tag, in the order in which they were told. */
interface Told {
  readonly steps: number[];
  readonly values: number[];
}

/** What the event files of one folder tell: a run, as TensorBoard counts them. */
export interface ImportedRun {
  readonly name: string;
  readonly files: readonly string[];
  /** SHA-256 of the files, to know them again. */
  readonly digest: string;
  /** Seconds since 1970, of the first and the last point. */
  readonly started: number;
  readonly ended: number;
  readonly series: ReadonlyMap<string, Told>;
  /** What was not taken over, a sentence each. */
  readonly remarks: readonly string[];
}

/**
 * Reads TensorBoard event files: one file, or all below a folder, of which each folder is a run.
 * Where a file goes back to an earlier step than the one before it (a training that was started again), its
 * points replace those from there on, as in TensorBoard.
 *
 * @throws NadirError `import/nothing`, `import/no-file`, `import/no-event-file`, `file/…`
 */
export function readEventFiles(path: string): ImportedRun[] {
  const files = isFolder(path) ? eventFilesIn(path) : [path];
  if (files.length === 0) {
    throw new NadirError("import/nothing", `no event file is below ${path}`, {
      expected: "a file named events.out.tfevents.…, or a folder with such files",
    });
  }
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const folder = dirname(file);
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return [...folders].map(([folder, own]) => {
    const below = relative(path, folder);
    const name = below === "" || below === ".." ? basename(folder) : below;
    return runOf(name || "imported", own);
  });
}

function runOf(name: string, files: readonly string[]): ImportedRun {
  const remarks: string[] = [];
  const hash = createHash("sha256");
  const read: EventFile[] = files.map((file) => {
    const bytes = contentsOf(file);
    hash.update(bytes);
    const events = readNamed(file, bytes);
    if (events.damage !== undefined)
      remarks.push(`${basename(file)}: ${events.damage}; what is before it was read`);
    for (const [kind, count] of Object.entries(events.leftOut))
      remarks.push(`${basename(file)}: ${count} ${kind} left out`);
    return events;
  });
  const series = new Map<string, Told>();
  let replaced = 0;
  for (const { points } of read) {
    const earliest = new Map<string, number>();
    for (const { tag, step } of points)
      earliest.set(tag, Math.min(step, earliest.get(tag) ?? Number.POSITIVE_INFINITY));
    for (const [tag, first] of earliest) {
      const told = series.get(tag);
      while (told !== undefined && (told.steps.at(-1) ?? -1) >= first) {
        told.steps.pop();
        told.values.pop();
        replaced++;
      }
    }
    for (const point of points) tell(series, point);
  }
  if (replaced > 0) remarks.push(`${replaced} points were replaced by those of a later file`);
  const walls = read.flatMap(({ points }) => [points[0]?.wallTime, points.at(-1)?.wallTime]);
  const known = walls.filter(
    (time): time is number => time !== undefined && time >= 0 && time < LATEST,
  );
  if (series.size === 0) remarks.push("it holds no numbers");
  return {
    ...{ name, files, series, remarks, digest: hash.digest("hex") },
    started: known.length > 0 ? Math.min(...known) : 0,
    ended: known.length > 0 ? Math.max(...known) : 0,
  };
}

function tell(series: Map<string, Told>, { tag, step, value }: ScalarPoint): void {
  if (tag === "" || /\0/.test(tag)) return; // no name that the store can keep
  let told = series.get(tag);
  if (told === undefined) {
    told = { steps: [], values: [] };
    series.set(tag, told);
  }
  told.steps.push(step);
  told.values.push(value);
}

/** Files named as event files below a folder, each folder's in the order of their names: those begin with their times. */
function eventFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.includes("tfevents"))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (cause) {
    throw fileError(`reading ${folder}`, cause);
  }
}

function contentsOf(file: string): Uint8Array {
  requireInputFile(file, "a file as SummaryWriter writes it, named events.out.tfevents.…");
  try {
    return readFileSync(file);
  } catch (cause) {
    throw fileError(`reading ${file}`, cause);
  }
}

function readNamed(file: string, bytes: Uint8Array): EventFile {
  try {
    return readEventFile(bytes);
  } catch (error) {
    if (!(error instanceof NadirError)) throw error;
    throw new NadirError(error.code, error.summary.replace("this is", `${file} is`), {
      expected: error.advice.expected,
    });
  }
}

function isFolder(path: string): boolean {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined) return found.isDirectory();
  } catch (cause) {
    throw fileError(`reading ${path}`, cause);
  }
  throw new NadirError("import/no-file", `there is no file or folder ${path}`, {
    expected: "a TensorBoard event file, or a folder of them",
  });
}
