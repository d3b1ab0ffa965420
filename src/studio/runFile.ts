import { gzipSync } from "node:zlib";
import { NadirError } from "../base/errors.ts";
import { packOverviews } from "../records/overview.ts";
import { packageVersion } from "../runs/machine.ts";
import type { Run } from "../runs/run.ts";
import type { Store } from "../runs/store.ts";
import { type Answers, packAnswers } from "./archive.ts";
import type {
  EventsReply,
  Hello,
  JobsReply,
  RunsReply,
  SweepReply,
  SweepsReply,
} from "./protocol.ts";
import { runReply, seriesPacket } from "./replies.ts";
import { rowOf } from "./rows.ts";
import { sweepReply } from "./sweepReply.ts";
import { newestTensors } from "./tensors.ts";
import { encodeJson, encodePacket } from "./wire.ts";

/** So much may be sent by mail, and opens at once. */
const LARGEST = 5_000_000;
/** Columns of a curve, from as many as the pages ask for to as few as still show its shape. */
const widths = [1024, 512, 256, 128] as const;

/** Where the answers stand in the page; scripts/studio.mjs writes it. */
const place = '<script type="application/octet-stream" data-runs></script>';

/** Runs as one page, and what it holds. */
export interface RunFile {
  readonly html: string;
  /** Buckets of a longer series; undefined where every point is there. */
  readonly buckets: number | undefined;
}

/**
 * The studio's own pages with the answers that its server would give about some runs: one file, which needs no
 * server and can change nothing. Series that are longer than a picture is wide are there as buckets of it, and as
 * fewer where the file would be too large.
 *
 * @param template - the pages, `dist/studio.html`
 * @param now - milliseconds since 1970
 * @throws NadirError `export/too-large`, with what takes the room
 */
export function runFile(
  store: Store,
  runs: readonly Run[],
  template: string,
  now: number,
): RunFile {
  let size = 0;
  for (const width of widths) {
    const { answers, thinned } = answersOf(store, runs, width, now);
    const packed = gzipSync(Buffer.concat(packAnswers(answers)), { level: 9 }).toString("base64");
    // A function: a replacement's text may hold what stands for something in one.
    const html = template.replace(place, () => place.replace("></", `>${packed}</`));
    size = html.length;
    if (size <= LARGEST) return { html, buckets: thinned ? width : undefined };
  }
  const { answers } = answersOf(store, runs, widths.at(-1) ?? 0, now);
  throw new NadirError("export/too-large", `the file would take ${megabytes(size)}`, {
    expected: `at most ${megabytes(LARGEST)}: ${largestOf(answers, template)}`,
    hint: "name fewer runs; nadir export --as nadir writes runs of any size, for another store",
  });
}

function answersOf(
  store: Store,
  runs: readonly Run[],
  width: number,
  now: number,
): { answers: Answers; thinned: boolean } {
  const answers = new Map<string, Uint8Array>();
  const tell = (name: string, value: object): void => {
    answers.set(name, new TextEncoder().encode(encodeJson(value)));
  };
  const ids = runs.map(({ id }) => id);
  const overviews = new Map(store.overviews("loss", ids).map((one) => [one.run, one]));
  const rows = new Map(runs.map((run) => [run.id, rowOf(run, overviews.get(run.id))]));
  let thinned = false;
  for (const run of runs) {
    const { id } = run;
    const children = runs.filter(({ parent }) => parent === id).map((child) => child.id);
    const reply = runReply(store, run, rows.get(id) ?? rowOf(run, undefined), children);
    const params = paramsOf(run, reply.checkpoints.length);
    tell(`runs/${id}`, { ...reply, checkpoints: params === undefined ? [] : [params.list.step] });
    if (params !== undefined) tell(`runs/${id}/tensors`, params.list);
    for (const one of params?.each ?? []) tell(`runs/${id}/tensor ${one.path}`, one);
    tell(`runs/${id}/events`, { events: store.events(id) } satisfies EventsReply);
    for (const name of store.seriesNames(id)) {
      const view = store.seriesBuckets(id, name, { buckets: width });
      thinned ||= view.width > 1;
      answers.set(`runs/${id}/series ${name}`, encodePacket(seriesPacket(id, name, view)));
    }
    for (const { sha256 } of store.artefacts.list(id)) {
      answers.set(`runs/${id}/artefacts/${sha256}`, store.artefacts.read(id, sha256).bytes);
    }
  }
  const file = { made: now, ...(thinned ? { buckets: width } : {}) };
  const about = { version: packageVersion(), store: "", write: false, file };
  tell("hello", { schema: "nadir.studio/1", ...about } satisfies Hello);
  tell("runs", { cursor: "", runs: [...rows.values()], total: rows.size } satisfies RunsReply);
  answers.set("overviews", packOverviews([...overviews.values()]));
  tell("jobs", { jobs: [] } satisfies JobsReply);
  const sweeps = sweepsOf(store, runs);
  for (const reply of sweeps) tell(`sweeps/${reply.sweep.id}`, reply);
  tell("sweeps", { sweeps: sweeps.map(({ sweep }) => sweep) } satisfies SweepsReply);
  return { answers, thinned };
}

/** The sweeps that runs are trials of; without those whose record is gone or cannot be read. */
function sweepsOf(store: Store, runs: readonly Run[]): SweepReply[] {
  const ids = new Set(runs.flatMap(({ sweep }) => sweep ?? []));
  return [...ids].flatMap((id) => {
    try {
      return [sweepReply(store, id)];
    } catch (error) {
      if (error instanceof NadirError && /^(store|sweep)\//.test(error.code)) return [];
      throw error;
    }
  });
}

/** What is told of the newest params; undefined where none are kept, or not whole: the pages show the rest. */
function paramsOf(run: Run, checkpoints: number): ReturnType<typeof newestTensors> | undefined {
  if (checkpoints === 0) return undefined;
  try {
    return newestTensors(run);
  } catch (error) {
    if (error instanceof NadirError && /^(checkpoint|safetensors|file)\//.test(error.code))
      return undefined;
    throw error;
  }
}

/** What takes the room, the largest first, as it is compressed. */
function largestOf(answers: Answers, template: string): string {
  const sizes = new Map<string, number>([["the pages", template.length]]);
  for (const [name, bytes] of answers) {
    const [, run = "", kind = ""] = /^runs\/(\w+)\/(\w+)/.exec(name) ?? [];
    const what = run === "" ? "the list" : `the ${kind} of ${run}`;
    const size = (gzipSync(bytes, { level: 1 }).length * 4) / 3;
    sizes.set(what, (sizes.get(what) ?? 0) + size);
  }
  const largest = [...sizes].sort(([, a], [, b]) => b - a).slice(0, 4);
  return largest.map(([what, size]) => `${what} ${megabytes(size)}`).join(", ");
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
