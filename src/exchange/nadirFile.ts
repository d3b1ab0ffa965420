import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { NadirError } from "../base/errors.ts";
import { readTensors } from "../runs/checkpoint.ts";
import type { KeptRun } from "../runs/keptRun.ts";
import { requireKeptRun } from "../runs/keptRunCheck.ts";
import type { SavedTensor } from "../runs/safetensors.ts";
import { sealTensors } from "../runs/sealedTensors.ts";
import { requireInputFile } from "./inputFile.ts";
import { readKeptRunText, writeKeptRunText } from "./keptRunText.ts";
import { damaged, PlainFields } from "./plainFields.ts";

/** What such a file says that it is; the number is raised when an older nadir could not read it. */
const schema = "nadir.runs";
const version = 1;

/**
 * Whole runs as one file: safetensors, sealed by its own SHA-256 (`sealTensors`). Its `meta` is
 * `{ schema: "nadir.runs", version, runs: [ID, …] }`, oldest first; of each run it holds
 *
 * - `ID/run`: packed JSON, all that is kept but the following (`KeptRunText`)
 * - `ID/steps/NAME`, `ID/values/NAME`: each series as float64
 * - `ID/artefacts/SHA256`: each artefact's bytes
 * - `ID/files/NAME`: `params.safetensors`, and a checkpoint where it was asked for
 *
 * The same runs give the same bytes.
 */
export function nadirFile(runs: readonly KeptRun[]): Uint8Array[] {
  const tensors: Record<string, SavedTensor> = {};
  for (const { series, artefacts, files, ...rest } of runs) {
    const at = (name: string): string => `${rest.id}/${name}`;
    for (const [name, { steps, values }] of series) {
      tensors[at(`steps/${name}`)] = { dtype: "f64", shape: [steps.length], data: steps };
      tensors[at(`values/${name}`)] = { dtype: "f64", shape: [values.length], data: values };
    }
    const labels = artefacts.map(({ bytes, ...label }) => {
      const sha256 = hashOf(bytes);
      tensors[at(`artefacts/${sha256}`)] = bytesTensor(bytes);
      return { ...label, sha256 };
    });
    for (const { name, bytes } of files) tensors[at(`files/${name}`)] = bytesTensor(bytes);
    const names = { series: [...series.keys()], files: files.map(({ name }) => name) };
    tensors[at("run")] = bytesTensor(writeKeptRunText({ ...rest, ...names, artefacts: labels }));
  }
  return sealTensors({ tensors, meta: { schema, version, runs: runs.map(({ id }) => id) } }).pieces;
}

/**
 * Reads a file that `nadirFile` wrote: every byte is accounted for, by the seal and by name. Nothing in it is executed.
 *
 * @throws NadirError `import/no-file`, `import/damaged` for anything else, `import/newer` for a later version
 */
export function readNadirFile(path: string): KeptRun[] {
  const { tensors, meta } = opened(path);
  const head = new PlainFields(meta, `the head of ${path}`);
  if (head.text("schema") !== schema) throw damaged(`${path} holds no runs`);
  const written = head.number("version");
  if (written !== version) {
    throw new NadirError("import/newer", `${path} is of version ${written}, of a newer nadir`, {
      expected: `version ${version}`,
      hint: "update nadir (npm install nadir@latest); nothing was imported",
    });
  }
  const left = new Map(Object.entries(tensors));
  const take = (name: string, dtype: SavedTensor["dtype"]): SavedTensor["data"] => {
    const found = left.get(name);
    if (found?.dtype !== dtype || found.shape.length !== 1) {
      throw damaged(`${path} lacks ${JSON.stringify(name.slice(0, 100))}`);
    }
    left.delete(name);
    return found.data;
  };
  // Each tensor was read into memory of its own.
  const numbers = (name: string): Float64Array => new Float64Array(take(name, "f64").buffer);
  const bytes = (name: string): Uint8Array => new Uint8Array(take(name, "u8").buffer);
  const runs = head.texts("runs").map((id): KeptRun => {
    const text = readKeptRunText(bytes(`${id}/run`), `run ${id.slice(0, 100)} of ${path}`);
    if (text.id !== id) throw damaged(`${path} gives run ${id} two ids`);
    const series = text.series.map((name) => {
      const points = {
        steps: numbers(`${id}/steps/${name}`),
        values: numbers(`${id}/values/${name}`),
      };
      return [name, points] as const;
    });
    const artefacts = text.artefacts.map(({ sha256, ...label }) => {
      const content = bytes(`${id}/artefacts/${sha256}`);
      if (hashOf(content) !== sha256)
        throw damaged(`${path}: an artefact of run ${id} is not its hash`);
      return { ...label, bytes: content };
    });
    const files = text.files.map((name) => ({ name, bytes: bytes(`${id}/files/${name}`) }));
    const run = { ...text, series: new Map(series), artefacts, files };
    try {
      requireKeptRun(run);
    } catch (error) {
      throw damaged(`${path}: ${summaryOf(error)}`, error);
    }
    return run;
  });
  if (runs.length === 0) throw damaged(`${path} holds no runs`);
  const [over] = left.keys();
  if (over !== undefined)
    throw damaged(`${path} holds ${JSON.stringify(over.slice(0, 100))} as well`);
  return runs;
}

function opened(path: string): ReturnType<typeof readTensors> {
  requireInputFile(path, "a file that nadir export --as nadir wrote");
  if (statSync(path).size === 0) throw damaged(`${path} is empty`);
  try {
    return readTensors(path);
  } catch (error) {
    if (error instanceof NadirError && /^(checkpoint|safetensors|data)\//.test(error.code)) {
      throw damaged(summaryOf(error), error);
    }
    throw error;
  }
}

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const bytesTensor = (bytes: Uint8Array): SavedTensor => ({
  ...{ dtype: "u8", shape: [bytes.length], data: new Uint8Array(bytes) },
});

/** An error of ours by its first line; any other goes on. */
function summaryOf(error: unknown): string {
  if (error instanceof NadirError) return error.summary;
  throw error;
}
