import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { NadirError } from "../base/errors.ts";
import type { Store } from "../runs/store.ts";
import type { Job, PointsHead, ServerMessage } from "./protocol.ts";
import type { RunTable } from "./runTable.ts";
import type { StoreDoor } from "./storeDoor.ts";
import { decodeJson, encodeJson, encodePacket, type Packet } from "./wire.ts";

/** Between two looks at the store, and so between two messages to a page: at most ten a second. */
const TICK_MS = 100;
/** A page that is this far behind is passed over until it has caught up. */
const MOST_BUFFERED = 1_000_000;
const LARGEST_FRAME = 64 * 1024;
const MOST_FOLLOWED = 64;
/** A page that answers no ping for this long is gone. */
const PING_MS = 30_000;

/** A page that listens. */
interface Page {
  readonly socket: WebSocket;
  /** The table as the page knows it. */
  cursor: string;
  /** What it follows, by run. */
  follows: Map<string, Followed>;
  alive: boolean;
}

interface Followed {
  /** The table's version when the page was last told of it; -1 at first. */
  version: number;
  readonly series: Map<string, number>;
  events: number | undefined;
  /** The row's `rewound` that the counts are of. */
  rewound: number;
}

/**
 * The live connections: while a page listens, the store's counter is watched, and what is new goes to
 * each page from where it stands, in at most ten messages a second.
 */
export class Live {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_FRAME,
    perMessageDeflate: false,
  });
  readonly #pages = new Set<Page>();
  readonly #table: RunTable;
  readonly #door: StoreDoor;
  readonly #jobs = new Map<string, Job>();
  #timer: NodeJS.Timeout | undefined;
  #pings: NodeJS.Timeout | undefined;
  #busy = false;

  constructor(table: RunTable, door: StoreDoor) {
    this.#table = table;
    this.#door = door;
  }

  /** Pages that listen. */
  get size(): number {
    return this.#pages.size;
  }

  /** Takes over a connection that was let in. */
  open(request: IncomingMessage, socket: Duplex, head: Buffer, cursor: string): void {
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      const page: Page = { socket: opened, cursor, follows: new Map(), alive: true };
      this.#pages.add(page);
      opened.on("message", (data, binary) => this.#hear(page, data, binary));
      opened.on("pong", () => {
        page.alive = true;
      });
      opened.on("error", () => opened.terminate());
      opened.on("close", () => {
        this.#pages.delete(page);
        if (this.#pages.size === 0) this.#rest();
      });
      this.#watch();
      // Even where nothing is new: the page then knows that it is up to date.
      this.#send(page, { kind: "changes", ...this.#table.since(cursor) });
      page.cursor = this.#table.cursor;
    });
  }

  /** Tells all pages of a job, with the next tick. */
  tell(job: Job): void {
    this.#jobs.set(job.id, job);
  }

  close(): void {
    this.#rest();
    for (const { socket } of this.#pages) socket.close(1001, "the studio ends");
    for (const { socket } of this.#pages) socket.terminate();
    this.#server.close();
  }

  #hear(page: Page, data: RawData, binary: boolean): void {
    const follows = binary ? undefined : readFollow(String(data));
    if (follows === undefined) page.socket.close(1003, "not understood");
    else page.follows = follows;
  }

  #watch(): void {
    this.#timer ??= setInterval(() => void this.#tick(), TICK_MS);
    this.#pings ??= setInterval(() => {
      for (const page of this.#pages) {
        if (!page.alive) page.socket.terminate();
        page.alive = false;
        page.socket.ping();
      }
    }, PING_MS);
  }

  #rest(): void {
    clearInterval(this.#timer);
    clearInterval(this.#pings);
    this.#timer = this.#pings = undefined;
  }

  async #tick(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.#table.refresh();
      const store = await this.#door.read();
      for (const page of this.#pages) {
        if (page.socket.bufferedAmount > MOST_BUFFERED) continue;
        if (page.cursor !== this.#table.cursor) {
          const changes = this.#table.since(page.cursor);
          this.#send(page, { kind: "changes", ...changes });
          page.cursor = changes.cursor;
        }
        for (const job of this.#jobs.values()) this.#send(page, { kind: "job", job });
        if (store !== undefined) this.#tellFollowed(page, store);
      }
      this.#jobs.clear();
    } catch (error) {
      // Another process holds the store, or it was just removed: the next tick tries again.
      if (!(error instanceof NadirError)) throw error;
    } finally {
      this.#busy = false;
    }
  }

  #tellFollowed(page: Page, store: Store): void {
    for (const [run, followed] of page.follows) {
      const row = this.#table.row(run);
      if (row === undefined || !this.#table.changedAfter(run, followed.version)) continue;
      const { version } = this.#table;
      const cut = row.rewound !== followed.rewound;
      if (cut && followed.events !== undefined) followed.events = -1;
      followed.rewound = row.rewound;
      for (const [name, after] of followed.series) {
        const points = newPoints(store, run, name, cut ? 0 : after);
        if (points === undefined) continue;
        followed.series.set(name, points.head.count);
        page.socket.send(encodePacket(points));
      }
      if (followed.events !== undefined) {
        const events = store.events(run, followed.events);
        followed.events = events.at(-1)?.seq ?? followed.events;
        if (events.length > 0) this.#send(page, { kind: "events", run, events });
      }
      followed.version = version;
    }
  }

  #send(page: Page, message: ServerMessage): void {
    page.socket.send(encodeJson(message));
  }
}

/** What a page says, checked: it comes from outside. */
function readFollow(text: string): Map<string, Followed> | undefined {
  let message: unknown;
  try {
    message = decodeJson(text);
  } catch {
    return undefined;
  }
  if (!isObject(message) || message["kind"] !== "follow") return undefined;
  const { runs } = message;
  if (!Array.isArray(runs)) return undefined;
  const follows = new Map<string, Followed>();
  for (const wanted of runs.slice(0, MOST_FOLLOWED)) {
    if (!isObject(wanted) || typeof wanted["run"] !== "string") return undefined;
    const { rewound, series, events } = wanted;
    if (!isObject(series)) return undefined;
    const counts = Object.entries(series).map(([name, count]) => [name, Number(count)] as const);
    follows.set(wanted["run"], {
      version: -1,
      series: new Map(counts.slice(0, MOST_FOLLOWED)),
      events: typeof events === "number" ? events : undefined,
      rewound: Number(rewound),
    });
  }
  return follows;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** The points of a series from an order number on; undefined where there are none. */
function newPoints(
  store: Store,
  run: string,
  name: string,
  after: number,
): Packet<PointsHead> | undefined {
  if (!store.seriesNames(run).includes(name)) return undefined;
  const asked = Number.isInteger(after) && after >= 0 ? after : 0;
  let part = store.seriesAfter(run, name, asked);
  // The page has more than there is: it is told all anew.
  if (asked > part.count) part = store.seriesAfter(run, name, 0);
  const { from, count, steps: step, values: value } = part;
  if (step.length === 0) return undefined;
  return { head: { run, name, from, count }, columns: { step, value } };
}
