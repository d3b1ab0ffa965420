import { batch, signal } from "@preact/signals";
import type { StoredEvent } from "../../../src/runs/run.ts";
import type {
  Hello,
  Job,
  PageMessage,
  PointsHead,
  RunRow,
  ServerMessage,
} from "../../../src/studio/protocol.ts";
import { decodeJson, decodePacket, encodeJson } from "../../../src/studio/wire.ts";
import { base, isFile } from "../app/router.ts";
import { ApiError, api } from "./api.ts";

/** How the page stands with the server. */
export type Connection =
  | { readonly kind: "starting" }
  /** No server of nadir's: the pages are a copy on some other server, and only Play works. */
  | { readonly kind: "alone" }
  /** The page holds its runs itself: nothing changes any more. */
  | { readonly kind: "file" }
  | { readonly kind: "live" }
  /** The user asked that nothing moves. */
  | { readonly kind: "paused" }
  | {
      readonly kind: "lost";
      readonly since: number;
      readonly nextTry: number;
      /** A server answers, but not this browser: it was started anew, and its link was not opened. */
      readonly stranger: boolean;
    }
  | { readonly kind: "refused"; readonly error: ApiError };

export const connection = signal<Connection>({ kind: "starting" });
/** What the server is; undefined until it has answered. */
export const hello = signal<Hello | undefined>(undefined);
/** All runs by id, oldest first. A new map whenever one of them changes: read it in a `computed`. */
export const runs = signal<ReadonlyMap<string, RunRow>>(new Map());
/** Whether `runs` has been read. */
export const loaded = signal(false);
export const jobs = signal<ReadonlyMap<string, Job>>(new Map());
/** When something was last heard, milliseconds since 1970. */
export const lastHeard = signal(0);

/** Hears what is new of a run that it follows. */
export interface Follower {
  readonly run: string;
  /** How many points it has of each series: it hears those that come after. */
  readonly series: () => Readonly<Record<string, number>>;
  /** The `seq` of the last event it has; undefined to hear none. */
  readonly events: () => number | undefined;
  readonly onPoints: (head: PointsHead, step: Float64Array, value: Float64Array) => void;
  readonly onEvents?: (events: readonly StoredEvent[]) => void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;

const followers = new Set<Follower>();
let socket: WebSocket | undefined;
let cursor = "";
let wait = FIRST_WAIT_MS;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Asks who is there, exchanges the link's token for a cookie, reads the runs, and listens from then on. */
export async function start(): Promise<void> {
  try {
    await entered;
    const [about] = await Promise.all([api.hello(), readRuns()]);
    hello.value = about;
    if (isFile) {
      connection.value = { kind: "file" };
      return;
    }
    listen();
    if (about.write) {
      // What was started before this page was loaded; what it has heard since is newer.
      const { jobs: known } = await api.jobs();
      jobs.value = new Map([...known.map((job) => [job.id, job] as const), ...jobs.peek()]);
    }
  } catch (error) {
    const told = error instanceof ApiError ? error : unreadable(error);
    const { status, problem } = told;
    const none = status === 0 || problem.code === "studio/no-server";
    connection.value = none ? { kind: "alone" } : { kind: "refused", error: told };
    loaded.value = false;
  }
}

/** Settled when the server knows this browser, or has refused it. */
export const entered: Promise<void> = enter();

/** Follows a run until the function that it gives back is called. */
export function follow(follower: Follower): () => void {
  followers.add(follower);
  tellFollowed();
  return () => {
    followers.delete(follower);
    tellFollowed();
  };
}

/** Stops and goes on with hearing what is new. */
export function togglePause(): void {
  if (connection.peek().kind === "paused") {
    connection.value = { kind: "starting" };
    listen();
  } else if (connection.peek().kind === "live") {
    connection.value = { kind: "paused" };
    socket?.close();
  }
}

/** Tries again at once. */
export function reconnect(): void {
  if (connection.peek().kind !== "lost") return;
  clearTimeout(timer);
  listen();
}

/** The token leaves the address at once: it must not stay in the history, nor in a link that is shared. */
async function enter(): Promise<void> {
  const token = /^#token=([0-9a-f]{64})$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  history.replaceState(null, "", location.pathname + location.search);
  await api.session(token);
}

async function readRuns(): Promise<void> {
  const pages: (readonly RunRow[])[] = [];
  for (let after: string | undefined, more = true; more; ) {
    const reply = await api.runs({ archived: true, ...(after === undefined ? {} : { after }) });
    // What changes while the pages are read is told again from the first one's cursor.
    if (pages.length === 0) cursor = reply.cursor;
    pages.push(reply.runs);
    after = reply.next;
    more = after !== undefined;
    const all = pages.flat().reverse();
    batch(() => {
      runs.value = new Map(all.map((row) => [row.id, row]));
      loaded.value = true;
    });
  }
  lastHeard.value = Date.now();
}

function listen(): void {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const address = `${scheme}://${location.host}${base}api/live?after=${cursor}`;
  const opened = new WebSocket(address);
  opened.binaryType = "arraybuffer";
  socket = opened;
  opened.onopen = () => {
    wait = FIRST_WAIT_MS;
    connection.value = { kind: "live" };
    tellFollowed();
  };
  opened.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    lastHeard.value = Date.now();
    if (typeof data === "string") hear(decodeJson<ServerMessage>(data));
    else hearPoints(data);
  };
  opened.onclose = () => {
    if (socket !== opened) return;
    socket = undefined;
    if (connection.peek().kind === "paused") return;
    const now = Date.now();
    const before = connection.peek();
    const since = before.kind === "lost" ? before.since : now;
    const stranger = before.kind === "lost" && before.stranger;
    connection.value = { kind: "lost", since, nextTry: now + wait, stranger };
    timer = setTimeout(listen, wait);
    void askWhy();
    wait = Math.min(LONGEST_WAIT_MS, 2 * wait);
  };
}

/** A socket that does not open does not say why: a question that is refused does. */
async function askWhy(): Promise<void> {
  let stranger = false;
  try {
    await api.hello();
  } catch (error) {
    stranger = error instanceof ApiError && error.status === 401;
  }
  const now = connection.peek();
  if (now.kind === "lost" && now.stranger !== stranger) connection.value = { ...now, stranger };
}

function hear(message: ServerMessage): void {
  if (message.kind === "job") {
    jobs.value = new Map(jobs.peek()).set(message.job.id, message.job);
    return;
  }
  if (message.kind === "events") {
    for (const follower of followers) {
      if (follower.run === message.run) follower.onEvents?.(message.events);
    }
    return;
  }
  cursor = message.cursor;
  if (message.runs.length + message.gone.length === 0 && !message.anew) return;
  const next = new Map(message.anew ? [] : runs.peek());
  for (const id of message.gone) next.delete(id);
  for (const row of message.runs.toReversed()) next.set(row.id, row);
  batch(() => {
    runs.value = next;
    loaded.value = true;
  });
}

function hearPoints(data: ArrayBuffer): void {
  const { head, columns } = decodePacket<PointsHead>(data);
  const none = new Float64Array();
  for (const follower of followers) {
    if (follower.run !== head.run) continue;
    follower.onPoints(head, columns["step"] ?? none, columns["value"] ?? none);
  }
}

function tellFollowed(): void {
  if (socket?.readyState !== WebSocket.OPEN) return;
  const all = [...followers].map(({ run, series, events }) => ({
    run,
    rewound: runs.peek().get(run)?.rewound ?? 0,
    series: series(),
    events: events(),
  }));
  socket.send(encodeJson({ kind: "follow", runs: all } satisfies PageMessage));
}

const unreadable = (error: unknown): ApiError =>
  new ApiError(500, {
    code: "studio/reply",
    message: `the studio's answer cannot be read: ${error instanceof Error ? error.message : error}`,
    hint: "reload the page: it may be of another version than the server",
  });
