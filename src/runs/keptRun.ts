import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { NadirError } from "../base/errors.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import type { ArtefactLabel } from "./artefacts.ts";
import { fileError } from "./atomicFile.ts";
import { listCheckpoints } from "./checkpoint.ts";
import type { RunEnd, RunInfo, StoredEvent } from "./run.ts";
import { openSealed } from "./sealedTensors.ts";
import type { Series } from "./seriesReader.ts";
import type { Store } from "./store.ts";
import { isThere } from "./storeFolder.ts";

/** Everything that a store keeps of a run that has ended, as plain data: what goes from one store into another. */
export interface KeptRun extends RunInfo {
  readonly id: string;
  /** Milliseconds since 1970, as the two below. */
  readonly created: number;
  readonly heartbeat: number;
  readonly archived?: number | undefined;
  readonly status: RunEnd["status"];
  readonly verdict?: Verdict | undefined;
  readonly loss?: number | undefined;
  readonly metrics?: Readonly<Record<string, number>> | undefined;
  readonly steps?: number | undefined;
  readonly seconds?: number | undefined;
  readonly cost?: object | undefined;
  /** What tells the parent from another run of the same id. */
  readonly parentCreated?: number | undefined;
  readonly tags: readonly string[];
  readonly notes: readonly KeptNote[];
  readonly events: readonly StoredEvent[];
  readonly series: ReadonlyMap<string, Series>;
  readonly artefacts: readonly KeptArtefact[];
  readonly files: readonly KeptFile[];
}

export interface KeptNote {
  readonly step?: number | undefined;
  readonly text: string;
  readonly created: number;
}

export interface KeptArtefact extends ArtefactLabel {
  readonly created: number;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A file of the run's own folder. */
export interface KeptFile {
  /** `params.safetensors`, or `ck-STEP.safetensors`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Reads a part of a run, which has a name; what takes its place where it is damaged. */
export type Attempt = <T>(what: string, read: () => T, otherwise: T) => T;

/**
 * Reads all that is kept of a run: its final params with it and, where asked for, its last checkpoint (of a damaged store the
 * last one that is whole). The id of its sweep is left out: the sweep's own record stays where it is.
 *
 * @throws NadirError `store/running` while it is written; `store/…`, `file/…`
 */
export function keptRun(
  store: Store,
  reference: string,
  options: { readonly checkpoints?: boolean; readonly attempt?: Attempt } = {},
): KeptRun {
  const attempt: Attempt = options.attempt ?? ((_what, read) => read());
  const run = store.run(reference);
  const { id, status, parent } = run;
  if (status === "running") {
    throw new NadirError("store/running", `run ${id} is still running`, {
      hint: "wait for its end or stop it; or leave it out",
    });
  }
  const files: KeptFile[] = [];
  const take = (path: string): boolean => {
    const name = basename(path);
    const bytes = attempt(`the file ${name}`, () => contentsOf(path, options.attempt), undefined);
    if (bytes !== undefined) files.push({ name, bytes });
    return bytes !== undefined;
  };
  const params = join(run.dir, "params.safetensors");
  if (isThere(params)) take(params);
  if (options.checkpoints === true) {
    const all = attempt("the checkpoints", () => listCheckpoints(run.dir), []);
    all.some(({ file }) => take(file));
  }
  const known = attempt(
    "the parent",
    () => (parent === undefined ? undefined : store.runs().find((one) => one.id === parent)),
    undefined,
  );
  const { name, command, file, config, seed, versions, revision, machine, change } = run;
  const { created, heartbeat, archived, verdict, loss, metrics, steps, seconds, cost } = run;
  return {
    ...{ id, name, command, file, config, seed, versions, revision, machine, parent, change },
    ...{ created, heartbeat, archived, status, verdict, loss, metrics, steps, seconds, cost },
    parentCreated: known?.created,
    tags: run.tags,
    notes: attempt("the notes", () => store.notes.list(id), []).map((note) => ({
      ...{ step: note.step, text: note.text, created: note.created },
    })),
    events: attempt("the events", () => store.events(id), []),
    series: new Map(
      attempt("the metrics", () => store.seriesNames(id), []).flatMap((one) => {
        const series = attempt(`the metric ${one}`, () => store.series(id, one), undefined);
        return series === undefined ? [] : [[one, series]];
      }),
    ),
    artefacts: attempt("the artefacts", () => store.artefacts.list(id), []).flatMap((listed) => {
      const what = `the ${listed.kind} ${listed.name}`;
      const kept = attempt(what, () => store.artefacts.read(id, listed.sha256), undefined);
      if (kept === undefined) return [];
      const { kind, mediaType, bytes } = kept;
      return [{ kind, name: kept.name, step: kept.step, created: kept.created, mediaType, bytes }];
    }),
    files,
  };
}

/** A file's bytes; where it may be damaged, held against its seal. */
function contentsOf(path: string, attempt: Attempt | undefined): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw fileError(`reading ${path}`, cause);
  }
  if (attempt !== undefined) openSealed(bytes, path);
  return bytes;
}
