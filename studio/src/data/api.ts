import type { BucketColumns } from "../../../src/records/buckets.ts";
import type {
  ArchiveRequest,
  DeleteRequest,
  EventsReply,
  Hello,
  Job,
  JobRequest,
  JobsReply,
  NoteInfo,
  NoteRequest,
  Problem,
  RunExportForm,
  RunExportTable,
  RunReply,
  RunsReply,
  SaveRaceReply,
  SaveRaceRequest,
  SeriesHead,
  SessionRequest,
  SweepReply,
  SweepsReply,
  TagRequest,
  TensorReply,
  TensorsReply,
} from "../../../src/studio/protocol.ts";
import { decodeJson, decodePacket, encodeJson } from "../../../src/studio/wire.ts";
import { base, isFile } from "../app/router.ts";
import type { EmbeddedAnswers } from "./embedded.ts";

/** What was refused or failed, with what to do: shown where it happened by `<ProblemBox>`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** 0 where there was no answer at all. */
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.message);
    this.status = status;
    this.problem = problem;
  }
}

/** A series for a picture: its points, or buckets of `width` points. */
export interface SeriesView extends BucketColumns {
  readonly head: SeriesHead;
}

export interface SeriesOptions {
  /** Columns of the picture; default 1024. */
  readonly buckets?: number;
  readonly from?: number;
  readonly to?: number;
  readonly signal?: AbortSignal;
}

/** Everything that the server answers. Each call throws `ApiError`. */
export const api = {
  session: (token: string): Promise<void> =>
    send("POST", "session", { token } satisfies SessionRequest),
  hello: (): Promise<Hello> => get("hello"),
  runs: (
    query: { after?: string; archived?: boolean; limit?: number } = {},
  ): Promise<RunsReply> => {
    const { after, limit } = query;
    return get("runs", { after, limit, archived: query.archived === true ? 1 : undefined });
  },
  /** The losses of runs at a glance, of all by default: bytes for `unpackOverviews`. */
  overviews: async (ids?: readonly string[]): Promise<ArrayBuffer> =>
    (await ask("GET", url("overviews", { runs: ids?.join(",") }))).arrayBuffer(),
  run: (id: string, signal?: AbortSignal): Promise<RunReply> => get(`runs/${id}`, {}, signal),
  series: async (run: string, name: string, options: SeriesOptions = {}): Promise<SeriesView> => {
    const { buckets, from, to, signal } = options;
    const query = { name, buckets, from, to };
    const reply = await ask("GET", url(`runs/${run}/series`, query), undefined, signal);
    const { head, columns } = decodePacket<SeriesHead>(await reply.arrayBuffer());
    const none = new Float64Array();
    const { step = none, value = none } = columns;
    const { lastStep = step, first = value, low = value, high = value, last = value } = columns;
    return { head, step, lastStep, first, low, high, last };
  },
  events: (run: string, after = -1): Promise<EventsReply> => get(`runs/${run}/events`, { after }),
  /** The params of a checkpoint; of the newest by default. */
  tensors: (run: string, step?: number): Promise<TensorsReply> =>
    get(`runs/${run}/tensors`, { step }),
  /** What is told of one of them. */
  tensor: (run: string, path: string, step?: number): Promise<TensorReply> =>
    get(`runs/${run}/tensor`, { path, step }),
  /** An artefact that is JSON, as it was kept. */
  artefact: <T>(run: string, sha256: string): Promise<T> => get(`runs/${run}/artefacts/${sha256}`),
  /** An artefact that is text. */
  artefactText: async (run: string, sha256: string): Promise<string> =>
    (await ask("GET", url(`runs/${run}/artefacts/${sha256}`))).text(),
  artefactUrl: (run: string, sha256: string): string =>
    embedded?.urlOf(`runs/${run}/artefacts/${sha256}`) ?? url(`runs/${run}/artefacts/${sha256}`),
  tag: (request: TagRequest): Promise<void> => send("POST", "runs/tags", request),
  archive: (request: ArchiveRequest): Promise<void> => send("POST", "runs/archive", request),
  delete: (request: DeleteRequest): Promise<void> => send("POST", "runs/delete", request),
  /** Runs as a file, and its name. */
  export: async (
    runs: readonly string[],
    as: RunExportForm,
    table: RunExportTable,
  ): Promise<readonly [name: string, content: Blob]> => {
    const reply = await ask("GET", url("export", { runs: runs.join(","), as, table }));
    const named = reply.headers.get("content-disposition") ?? "";
    return [/filename="([^"]+)"/.exec(named)?.[1] ?? `runs.${as}`, await reply.blob()];
  },
  stop: (run: string): Promise<void> => send("POST", `runs/${run}/stop`),
  note: async (run: string, request: NoteRequest): Promise<NoteInfo> =>
    read(await ask("POST", url(`runs/${run}/notes`), request)),
  removeNote: (run: string, note: number): Promise<void> =>
    send("DELETE", `runs/${run}/notes/${note}`),
  /** Keeps a race of the playground as runs. */
  saveRace: async (race: SaveRaceRequest): Promise<SaveRaceReply> =>
    read(await ask("POST", url("play/runs"), race)),
  /** The same runs as a file for `nadir import`. */
  raceFile: async (race: SaveRaceRequest): Promise<ArrayBuffer> =>
    (await ask("POST", url("play/file"), race)).arrayBuffer(),
  sweeps: (): Promise<SweepsReply> => get("sweeps"),
  sweep: (id: string): Promise<SweepReply> => get(`sweeps/${id}`),
  jobs: (): Promise<JobsReply> => get("jobs"),
  startJob: async (request: JobRequest): Promise<Job> =>
    read(await ask("POST", url("jobs"), request)),
  /** The newest coarser result of a job that goes on, as the artefact will be; null once that is there. */
  coarser: <T>(job: string): Promise<T | null> => get(`jobs/${job}/coarser`),
  cancelJob: async (id: string): Promise<Job> => read(await ask("DELETE", url(`jobs/${id}`))),
} as const;

/** In a file that holds its runs: what takes the server's place, once it was asked. */
let embedded: EmbeddedAnswers | undefined;

type Query = Readonly<Record<string, string | number | undefined>>;

function url(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return `${base}api/${path}${given.length === 0 ? "" : `?${search}`}`;
}

const get = async <T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> =>
  read<T>(await ask("GET", url(path, query), undefined, signal));

const send = async (method: string, path: string, body?: object): Promise<void> => {
  await ask(method, url(path), body);
};

const read = async <T>(reply: Response): Promise<T> => decodeJson<T>(await reply.text());

async function ask(
  method: string,
  address: string,
  body?: object,
  signal?: AbortSignal,
): Promise<Response> {
  let reply: Response;
  try {
    if (isFile) {
      embedded ??= await (await import("./embedded.ts")).embeddedAnswers();
      return await successOf(embedded.answer(method, address.slice(`${base}api/`.length)));
    }
    reply = await fetch(address, {
      method,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: encodeJson(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true || error instanceof ApiError) throw error;
    throw new ApiError(0, {
      code: "studio/gone",
      message: "the studio does not answer",
      hint: "nadir studio, in the folder of the runs",
    });
  }
  return successOf(reply);
}

/** The answer, if it is none of refusal or failure. */
async function successOf(reply: Response): Promise<Response> {
  if (reply.ok) return reply;
  const text = await reply.text();
  let problem: Problem;
  try {
    problem = decodeJson<Problem>(text);
  } catch {
    problem = { code: "studio/no-server", message: "no studio of nadir's answers here" };
  }
  throw new ApiError(reply.status, problem);
}
