import * as node from "node:fs";
import { dirname, join } from "node:path";
import { NadirError } from "../base/errors.ts";
import { requireCount } from "../base/require.ts";
import {
  type FileSystem,
  fileError,
  removeStaleTemporaries,
  systemCode,
  writeFileAtomically,
} from "./atomicFile.ts";
import { openSealed, sealTensors, type TensorsAndMeta } from "./sealedTensors.ts";

/** A file that was saved: whole, checksummed and on disk. */
export interface SavedFile {
  readonly file: string;
  readonly bytes: number;
  /** The seal that the file carries: see `sealTensors`. */
  readonly sha256: string;
}

/** A checkpoint that stands in a folder; whether it is whole, reading tells. */
export interface CheckpointFile {
  readonly file: string;
  readonly step: number;
}

export interface LatestCheckpoint extends CheckpointFile, TensorsAndMeta {
  /** Newer checkpoints that were passed over because they are damaged, newest first. */
  readonly damaged: readonly NadirError[];
}

/**
 * Saves tensors and plain data as one sealed safetensors file, whole or not at all.
 *
 * @throws NadirError `safetensors/write`, `data/not-plain`, `file/full`, `file/not-writable`, `file/io`
 */
export function saveTensors(
  file: string,
  content: TensorsAndMeta,
  files: FileSystem = node,
): SavedFile {
  const { pieces, sha256 } = sealTensors(content);
  writeFileAtomically(file, pieces, files);
  removeStaleTemporaries(dirname(file), files);
  return { file, sha256, bytes: pieces.reduce((sum, piece) => sum + piece.length, 0) };
}

/**
 * What `saveTensors` or `saveCheckpoint` saved, verified against its seal.
 *
 * @throws NadirError `checkpoint/damaged`, `checkpoint/format`, `checkpoint/missing`, `file/io`
 */
export function readTensors(file: string): TensorsAndMeta {
  let bytes: Uint8Array;
  try {
    bytes = readWhole(file);
  } catch (cause) {
    if (systemCode(cause) !== "ENOENT") throw fileError(`reading ${file}`, cause);
    throw new NadirError("checkpoint/missing", `there is no file ${file}`, { cause });
  }
  return openSealed(bytes, file);
}

/**
 * Saves the state at a step as `ck-STEP.safetensors` in `folder`, then removes all but the newest
 * `keep`, and `waymarks` of those before them, spread over the training. Nothing is removed before the new one is safely there.
 *
 * Checkpoints of later steps belong to a future that was given up (a run resumed from further back),
 * and are removed too: so the highest step is always the newest.
 *
 * @param step - at least 0
 * @throws NadirError as `saveTensors`
 */
export function saveCheckpoint(
  folder: string,
  step: number,
  content: TensorsAndMeta,
  options: { readonly keep?: number; readonly waymarks?: number; readonly files?: FileSystem } = {},
): SavedFile {
  requireCount("checkpoint/step", step, 0);
  const keep = requireCount("checkpoint/keep", options.keep ?? 2);
  const waymarks = requireCount("checkpoint/waymarks", options.waymarks ?? 0, 0);
  const files = options.files ?? node;
  const { pieces, sha256 } = sealTensors(content);
  const file = join(folder, `ck-${step}.safetensors`);
  try {
    files.mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw fileError(`making the folder ${folder}`, cause);
  }
  writeFileAtomically(file, pieces, files);
  removeStaleTemporaries(folder, files);
  prune(folder, step, { keep, waymarks }, files);
  return { file, sha256, bytes: pieces.reduce((sum, piece) => sum + piece.length, 0) };
}

/** The checkpoints in a folder, highest step first; none if there is no such folder. */
export function listCheckpoints(folder: string, files: FileSystem = node): CheckpointFile[] {
  let names: string[];
  try {
    names = files.readdirSync(folder);
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return [];
    throw fileError(`listing ${folder}`, cause);
  }
  return names
    .map((name) => ({ file: join(folder, name), step: stepOf(name) }))
    .filter((found): found is CheckpointFile => found.step !== undefined)
    .sort((a, b) => b.step - a.step);
}

/**
 * The newest checkpoint in a folder that is whole, with its content, and those that were passed over.
 *
 * @returns undefined if the folder holds no checkpoint at all
 * @throws NadirError `checkpoint/damaged` if it holds only damaged ones
 */
export function latestCheckpoint(folder: string): LatestCheckpoint | undefined {
  const damaged: NadirError[] = [];
  for (const found of listCheckpoints(folder)) {
    try {
      return { ...found, ...readTensors(found.file), damaged };
    } catch (error) {
      if (!(error instanceof NadirError) || error.code !== "checkpoint/damaged") throw error;
      damaged.push(error);
    }
  }
  const [newest] = damaged;
  if (newest === undefined) return undefined;
  throw new NadirError("checkpoint/damaged", `no checkpoint in ${folder} is whole`, {
    expected: "at least one undamaged checkpoint",
    hint: "start the run again; the files were not changed",
    cause: newest,
  });
}

function prune(
  folder: string,
  step: number,
  { keep, waymarks }: { readonly keep: number; readonly waymarks: number },
  files: FileSystem,
): void {
  try {
    const all = listCheckpoints(folder, files);
    const abandoned = all.filter((found) => found.step > step);
    const passed = all.filter((found) => found.step <= step);
    const left = passed.slice(keep);
    const marks = spread(left.toReversed(), waymarks, step);
    const old = left.filter((found) => !marks.includes(found));
    for (const { file } of [...abandoned, ...old]) files.unlinkSync(file);
  } catch (cause) {
    throw fileError(`removing old checkpoints in ${folder}`, cause);
  }
}

/** So many of them, as evenly over the steps up to `end` as they stand: what leaves the narrowest gap goes first. */
function spread(rising: readonly CheckpointFile[], count: number, end: number): CheckpointFile[] {
  const kept = [...rising];
  while (kept.length > count) {
    const gaps = kept.map((_, i) => (kept[i + 1]?.step ?? end) - (kept[i - 1]?.step ?? 0));
    kept.splice(gaps.indexOf(Math.min(...gaps)), 1);
  }
  return kept;
}

function stepOf(name: string): number | undefined {
  const digits = /^ck-(0|[1-9]\d*)\.safetensors$/.exec(name)?.[1];
  const step = Number(digits);
  return digits !== undefined && Number.isSafeInteger(step) ? step : undefined;
}

/** `readFileSync` refuses files of more than 2 GiB. */
function readWhole(file: string): Uint8Array {
  const descriptor = node.openSync(file, "r");
  try {
    const bytes = new Uint8Array(node.fstatSync(descriptor).size);
    let at = 0;
    while (at < bytes.length) {
      const count = node.readSync(descriptor, bytes, at, Math.min(bytes.length - at, 1 << 30), at);
      if (count === 0) return bytes.subarray(0, at);
      at += count;
    }
    return bytes;
  } finally {
    node.closeSync(descriptor);
  }
}
