import type { SeriesBuckets } from "../records/buckets.ts";
import type { RunFacts } from "../records/runFacts.ts";
import type { TensorSummary } from "../records/tensorSummary.ts";
import type { RunStatus, StoredEvent } from "../runs/run.ts";
import type { SweepRequest, SweepTrial } from "../search/sweep/sweepRecord.ts";

// What the studio's server and its pages say to each other. Types only: both sides import them.
// JSON is written and read by wire.ts, so that numbers that JSON lacks (NaN, infinities) arrive as they were.

/** `GET /api/hello` */
export interface Hello {
  readonly schema: "nadir.studio/1";
  readonly version: string;
  /** The run store's folder, to be shown. */
  readonly store: string;
  /** Whether the server was started with --write: else everything that changes something is refused. */
  readonly write: boolean;
  /** Of a page that holds its runs itself (`nadir export --html`): when it was made, and the buckets of longer series. */
  readonly file?: { readonly made: number; readonly buckets?: number };
}

/** `POST /api/session`: the token of the link, for a cookie. */
export interface SessionRequest {
  readonly token: string;
}

/** Why something was refused or failed; the body of every reply that is no success. */
export interface Problem {
  /** Stable: `store/unknown-run`. */
  readonly code: string;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly hint?: string | undefined;
}

/** A run in the list: what it is filtered by, and what is drawn. What a user may have written is in texts. */
export interface RunRow extends RunFacts {
  /** The lowest loss that was told. */
  readonly best?: number | undefined;
  /** The largest eigenvalue of the Hessian, where it was measured. */
  readonly sharpness?: number | undefined;
  /** Changes when the record was cut back (the run was resumed from further back): points read before are void. */
  readonly rewound: number;
  /** The loss at a glance, one letter a bucket: see `sparkHeights` in spark.ts. */
  readonly spark: string;
}

/** `GET /api/runs?q=FILTER&archived=1&after=ID&limit=N`: newest first. */
export interface RunsReply {
  /** Where the list stood: what a live connection is to go on from. */
  readonly cursor: string;
  readonly runs: readonly RunRow[];
  /** Runs that match in all. */
  readonly total: number;
  /** What `after` is to be for the next page; undefined at the end. */
  readonly next?: string | undefined;
}

// `GET /api/overviews?runs=A,B` answers with the losses of those runs (of all by default) at a glance: the
// message of records/overview.ts.

export interface SeriesInfo {
  readonly name: string;
}

/** A file that belongs to a run: addressed by run and hash, never by a path. */
export interface ArtefactInfo {
  readonly sha256: string;
  readonly kind: string;
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly step?: number | undefined;
  readonly created: number;
}

export interface NoteInfo {
  readonly id: number;
  /** Undefined: of the run as a whole. */
  readonly step?: number | undefined;
  readonly text: string;
  readonly created: number;
}

/** `GET /api/runs/ID` */
export interface RunReply {
  readonly run: RunRow;
  /** The verdict with its evidence; vectors of more than 100 elements are left out. */
  readonly verdict?: Readonly<Record<string, unknown>> | undefined;
  /** Everything that was set, as it was recorded. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The command line that repeats it. */
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly revision?: string | undefined;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly cost?: Readonly<Record<string, unknown>> | undefined;
  readonly series: readonly SeriesInfo[];
  readonly artefacts: readonly ArtefactInfo[];
  /** Steps of the checkpoints that are kept, rising. */
  readonly checkpoints: readonly number[];
  readonly notes: readonly NoteInfo[];
  /** Runs that went on from this one. */
  readonly children: readonly string[];
}

/** `GET /api/runs/ID/tensors?step=N`: the params of a checkpoint, of the newest by default. */
export interface TensorsReply {
  readonly step: number;
  readonly tensors: readonly {
    readonly path: string;
    readonly shape: readonly number[];
    readonly dtype: string;
    readonly norm: number;
  }[];
}

/** `GET /api/runs/ID/tensor?path=PATH&step=N`: what is told of one of them; never its numbers. */
export interface TensorReply extends TensorSummary {
  readonly step: number;
  readonly path: string;
  readonly dtype: string;
}

/** `GET /api/runs/ID/events?after=SEQ` */
export interface EventsReply {
  readonly events: readonly StoredEvent[];
}

/**
 * Head of the binary reply to `GET /api/runs/ID/series?name=NAME&buckets=N&from=STEP&to=STEP`: a
 * packet of wire.ts. With `width` 1 its columns are `step` and `value`: the points themselves. Else
 * `step`, `lastStep`, `first`, `low`, `high` and `last` of buckets of `width` points, aligned at
 * multiples of it, so that a bucket never changes once it is full.
 */
export interface SeriesHead extends Omit<SeriesBuckets, "columns"> {
  readonly run: string;
  readonly name: string;
}

/** `POST /api/runs/tags`, with --write */
export interface TagRequest {
  readonly runs: readonly string[];
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** `POST /api/runs/archive`, with --write */
export interface ArchiveRequest {
  readonly runs: readonly string[];
  readonly archived: boolean;
}

/** `POST /api/runs/delete`, with --write: all of them, or none and why not. */
export interface DeleteRequest {
  readonly runs: readonly string[];
  /** How many the user said they are: refused unless they are as many. */
  readonly count: number;
}

// `GET /api/export?runs=A,B&as=FORM&table=TABLE` answers with a file, as `nadir export` writes it.

export type RunExportForm = "csv" | "jsonl" | "parquet";
/** A row for each step, or a row for each run. */
export type RunExportTable = "series" | "runs";

/** `POST /api/runs/ID/notes`, with --write; answered with a NoteInfo. `DELETE /api/runs/ID/notes/N` removes one. */
export interface NoteRequest {
  readonly text: string;
  readonly step?: number;
}

/**
 * What can be done to a run: measurements; and trainings, of which `resume` goes on with it, `escape` begins beside the
 * saddle where it ended, and `fix` makes the change that `diagnose` proposes.
 */
export type JobKind = "spectrum" | "landscape" | "diagnose" | "resume" | "escape" | "fix";

// `POST /api/runs/ID/stop`, with --write: asks the process that computes it to save and to stop; answered with 202.

/** `POST /api/jobs`, with --write: a command of nadir's about a run, in a process of its own. */
export interface JobRequest {
  readonly kind: JobKind;
  readonly run: string;
  /** The command's own flags: `{ grid: 51, plane: "curvature", line: true }`. */
  readonly flags?: Readonly<Record<string, string | number | boolean>>;
}

/** `GET /api/jobs` answers with all of them; `DELETE /api/jobs/ID` cancels one. */
export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  readonly run: string;
  readonly flags: Readonly<Record<string, string | number | boolean>>;
  readonly status: "waiting" | "running" | "done" | "failed" | "cancelled";
  readonly created: number;
  /** The newest line that the command said on the way. */
  readonly progress?: string | undefined;
  readonly seconds?: number | undefined;
  /**
   * Coarser results that came before the result: how many. `GET /api/jobs/ID/coarser` answers with the last of them, as
   * the result is written.
   */
  readonly coarser?: number | undefined;
  /** The result, kept as an artefact of the run. */
  readonly artefact?: string | undefined;
  /** The run that a training made, or went on with. */
  readonly result?: string | undefined;
  readonly problem?: Problem | undefined;
}

export interface JobsReply {
  readonly jobs: readonly Job[];
}

/**
 * `POST /api/play/runs`, with --write: a race of the playground as runs, one a method. `POST /api/play/file` answers with the same
 * runs as a file for `nadir import`, and keeps nothing.
 */
export interface SaveRaceRequest {
  /** What was minimized: `himmelblau`. */
  readonly target: string;
  /** The function's text. */
  readonly code: string;
  /** The part of the page's address after the #, which makes the race again. */
  readonly link: string;
  /** What the browser calls itself. */
  readonly browser: string;
  readonly start: readonly number[];
  /** Evaluations for each, in units of one gradient. */
  readonly budget: number;
  readonly seed: number;
  readonly racers: readonly SavedRacer[];
}

/** One method's way, as the page measured it: a value and a price for its start and after each iteration. */
export interface SavedRacer {
  readonly method: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly values: readonly number[];
  readonly spent: readonly number[];
  /** x and y in turn. */
  readonly path: readonly number[];
  readonly iterations: number;
  readonly saddlesLeft: number;
  readonly verdict: object;
}

/** The answer to `POST /api/play/runs`. */
export interface SaveRaceReply {
  readonly runs: readonly string[];
  /** The tag that they share. */
  readonly tag: string;
}

/** A sweep in the list. */
export interface SweepRow {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly status: RunStatus;
  readonly file?: string | undefined;
  readonly bestRun?: string | undefined;
  /** The command line that repeats it. */
  readonly command: string;
}

/** `GET /api/sweeps`: newest first. */
export interface SweepsReply {
  readonly sweeps: readonly SweepRow[];
}

/** `GET /api/sweeps/ID` */
export interface SweepReply {
  readonly sweep: SweepRow;
  readonly request: SweepRequest;
  readonly trials: readonly SweepTrial[];
}

/** What a page says on the live connection (`/api/live?after=CURSOR`). */
export type PageMessage = {
  /** Replaces what was followed before. */
  readonly kind: "follow";
  readonly runs: readonly {
    readonly run: string;
    /** The row's `rewound` when they were read. */
    readonly rewound: number;
    /** The points that the page has, by series: it is sent those that come after. */
    readonly series: Readonly<Record<string, number>>;
    /** The `seq` of the last event that it has, -1 for none; leave it out to hear no events. */
    readonly events?: number | undefined;
  }[];
};

/** What the server says on it, as text. New points come as binary packets with a PointsHead. */
export type ServerMessage =
  | {
      readonly kind: "changes";
      /** What to go on from when the connection is lost. */
      readonly cursor: string;
      /** Runs that are new or not as they were, newest first. */
      readonly runs: readonly RunRow[];
      /** Runs that were removed. */
      readonly gone: readonly string[];
      /** The store is another, or the server was started anew: `runs` is all there is. */
      readonly anew: boolean;
    }
  | { readonly kind: "events"; readonly run: string; readonly events: readonly StoredEvent[] }
  | { readonly kind: "job"; readonly job: Job };

/** Head of a binary message: points of one series, columns `step` and `value`. */
export interface PointsHead {
  readonly run: string;
  readonly name: string;
  /** The order number of the first: what the page has from there on is replaced. */
  readonly from: number;
  /** Points in the whole series now. */
  readonly count: number;
}
