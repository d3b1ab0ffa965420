import { gzipSync } from "node:zlib";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { NadirError } from "../base/errors.ts";
import { nadirFile } from "../exchange/nadirFile.ts";
import { parseFilter } from "../records/filter.ts";
import { packageVersion } from "../runs/machine.ts";
import type { Store } from "../runs/store.ts";
import type { Access } from "./access.ts";
import type { Jobs } from "./jobs.ts";
import { keptRace } from "./keptRace.ts";
import type {
  ArchiveRequest,
  DeleteRequest,
  EventsReply,
  Hello,
  JobRequest,
  JobsReply,
  NoteRequest,
  Problem,
  RunsReply,
  SaveRaceReply,
  SaveRaceRequest,
  SessionRequest,
  SweepsReply,
  TagRequest,
} from "./protocol.ts";
import { runReply, seriesPacket } from "./replies.ts";
import { rowOf } from "./rows.ts";
import type { RunTable } from "./runTable.ts";
import { stopRun } from "./stopRun.ts";
import type { StoreDoor } from "./storeDoor.ts";
import { sweepReply, sweepRow } from "./sweepReply.ts";
import { tensorReply, tensorsReply } from "./tensors.ts";
import { decodeJson, encodeJson, encodeList, encodePacket } from "./wire.ts";

const LARGEST_BODY = 1_000_000;
/** Smaller replies are sent as they are. */
const SMALLEST_GZIP = 4_000;
/** A race with every step of six methods at their largest budget. */
const LARGEST_RACE = 16_000_000;
/** What is posted and keeps nothing. */
const changeNothing = new Set(["/api/session", "/api/play/file"]);
const BINARY = "application/octet-stream";
const MOST_BUCKETS = 8192;
const MOST_AT_ONCE = 1000;

/** Node's own request stands behind each of Hono's. */
type AppEnv = { Bindings: HttpBindings };
type AppContext = Context<AppEnv>;

export interface AppOptions {
  readonly access: Access;
  readonly door: StoreDoor;
  readonly table: RunTable;
  readonly jobs: Jobs;
  readonly write: boolean;
}

/**
 * What `/api` answers. Who asks was checked before (access.ts): here, only what is asked for. Runs and
 * artefacts are named by ids and hashes; nothing that a client sends becomes a path.
 */
export function createApp({ access, door, table, jobs, write }: AppOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const asked = new Map<string, number>();
  app.use(async (c, next) => {
    const reads = c.req.method === "GET" || c.req.method === "HEAD";
    if (!reads && !write && !changeNothing.has(c.req.path)) return reply(c, readOnly, 403);
    return next();
  });
  app.notFound((c) => reply(c, noSuchRoute, 404));
  app.onError((error, c) => {
    if (error instanceof SyntaxError) return reply(c, noJson, 400);
    return reply(c, problemOf(error), statusOf(error));
  });

  app.post("/api/session", async (c) => {
    const { token } = await bodyOf<SessionRequest>(c);
    const cookie = access.exchange(token);
    if (cookie === undefined) return reply(c, wrongToken, 401);
    return c.body(null, 204, { "Set-Cookie": cookie });
  });
  app.get("/api/hello", (c) => {
    const about = { version: packageVersion(), store: door.dir, write };
    return reply(c, { schema: "nadir.studio/1", ...about } satisfies Hello);
  });
  app.get("/api/runs", async (c) => {
    await table.refresh();
    const { q = "", archived, after, limit } = c.req.query();
    const filter = parseFilter(q, Date.now());
    const all = table.rows.filter(
      (row) => (archived === "1" || !row.archived) && filter.matches(row),
    );
    const begin = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const end = begin + Math.min(MOST_AT_ONCE, countOf(limit) ?? MOST_AT_ONCE);
    const runs = all.slice(begin, end);
    const next = end < all.length ? runs.at(-1)?.id : undefined;
    const head = { cursor: table.cursor, total: all.length, next } satisfies Omit<
      RunsReply,
      "runs"
    >;
    // Rows are the table's own: one that has not changed is not written again.
    return sendJson(c, `${encodeJson(head).slice(0, -1)},"runs":${encodeList(runs)}}`);
  });
  app.get("/api/overviews", async (c) => {
    await table.refresh();
    const ids = c.req.query("runs");
    const bytes = table.overviews(ids === undefined ? undefined : idsOf(ids.split(",")));
    return send(c, bytes, BINARY);
  });
  app.get("/api/runs/:id", async (c) => {
    await table.refresh();
    const store = await door.require();
    const run = store.run(idOf(c));
    const children = table.rows.filter(({ parent }) => parent === run.id).map(({ id }) => id);
    return reply(c, runReply(store, run, table.row(run.id) ?? rowOf(run, undefined), children));
  });
  app.get("/api/runs/:id/series", async (c) => {
    const store = await door.require();
    const { name = "", from, to, buckets } = c.req.query();
    const id = idOf(c);
    const view = store.seriesBuckets(id, name, {
      from: numberOf(from),
      to: numberOf(to),
      buckets: Math.min(MOST_BUCKETS, countOf(buckets) ?? 1024),
    });
    return send(c, encodePacket(seriesPacket(id, name, view)), BINARY);
  });
  app.get("/api/runs/:id/events", async (c) => {
    const store = await door.require();
    const events = store.events(idOf(c), numberOf(c.req.query("after")) ?? -1);
    return reply(c, { events } satisfies EventsReply);
  });
  app.get("/api/runs/:id/tensors", async (c) => {
    const store = await door.require();
    return reply(c, tensorsReply(store.run(idOf(c)), stepOf(c)));
  });
  app.get("/api/runs/:id/tensor", async (c) => {
    const store = await door.require();
    return reply(c, tensorReply(store.run(idOf(c)), c.req.query("path") ?? "", stepOf(c)));
  });
  app.get("/api/runs/:id/artefacts/:sha256", async (c) => {
    const store = await door.require();
    const { bytes, mediaType } = store.artefacts.read(idOf(c), c.req.param("sha256"));
    // Whatever was kept as HTML or SVG must not run as a page of the studio's.
    return send(c, bytes, mediaType, {
      "Content-Security-Policy": "default-src 'none'; sandbox",
      "Content-Disposition": "attachment",
    });
  });
  app.post("/api/runs/tags", async (c) => {
    const { runs, add = [], remove = [] } = await bodyOf<TagRequest>(c);
    const store = await door.write();
    for (const id of idsOf(runs)) {
      store.run(id);
      if (add.length > 0) store.tags.add(id, textsOf(add));
      if (remove.length > 0) store.tags.remove(id, textsOf(remove));
    }
    return c.body(null, 204);
  });
  app.post("/api/runs/archive", async (c) => {
    const { runs, archived } = await bodyOf<ArchiveRequest>(c);
    const store = await door.write();
    for (const id of idsOf(runs)) {
      if (archived === true) store.archive(id);
      else store.unarchive(id);
    }
    return c.body(null, 204);
  });
  app.post("/api/runs/delete", async (c) => {
    const { runs, count } = await bodyOf<DeleteRequest>(c);
    const ids = [...new Set(idsOf(runs))];
    const store = await door.write();
    for (const id of ids) requireWhole(store, id);
    if (count !== ids.length) throw wrongCount(ids.length);
    store.deleteRuns(ids);
    return c.body(null, 204);
  });
  app.get("/api/export", async (c) => {
    const { runs = "", as = "", table: which = "" } = c.req.query();
    const ids = idsOf(runs === "" ? [] : runs.split(","));
    const store = await door.require();
    // Loaded when asked for: few look at runs in order to export them.
    const { exportRuns } = await import("./exportReply.ts");
    const { name, mediaType, bytes } = await exportRuns(store, ids, as, which);
    return send(c, bytes, mediaType, { "Content-Disposition": `attachment; filename="${name}"` });
  });
  app.post("/api/runs/:id/stop", async (c) => {
    const store = await door.require();
    const id = idOf(c);
    if (!jobs.stopRun(id)) stopRun(store, id, asked);
    return c.body(null, 202);
  });
  app.post("/api/runs/:id/notes", async (c) => {
    const { text, step } = await bodyOf<NoteRequest>(c);
    const [checked = ""] = textsOf([text]);
    const store = await door.write();
    const note = store.notes.add(idOf(c), checked, typeof step === "number" ? { step } : {});
    return reply(c, note, 201);
  });
  app.delete("/api/runs/:id/notes/:note{[0-9]{1,15}}", async (c) => {
    const store = await door.write();
    const note = Number(c.req.param("note"));
    if (!store.notes.list(idOf(c)).some(({ id }) => id === note)) {
      throw new NadirError("store/unknown-note", `the run has no note ${note}`);
    }
    store.notes.remove(note);
    return c.body(null, 204);
  });
  app.post("/api/play/runs", async (c) => {
    const kept = keptRace(await bodyOf<SaveRaceRequest>(c, LARGEST_RACE), Date.now());
    const runs = (await door.make()).takeOver(kept.runs).map(({ id }) => id);
    return reply(c, { runs, tag: kept.tag } satisfies SaveRaceReply, 201);
  });
  app.post("/api/play/file", async (c) => {
    const { runs } = keptRace(await bodyOf<SaveRaceRequest>(c, LARGEST_RACE), Date.now());
    return send(c, new Uint8Array(Buffer.concat(nadirFile(runs))), BINARY);
  });
  app.get("/api/sweeps", async (c) => {
    const sweeps = (await door.read())?.sweeps.list() ?? [];
    return reply(c, { sweeps: sweeps.map(sweepRow) } satisfies SweepsReply);
  });
  app.get("/api/sweeps/:id", async (c) => {
    const [id = ""] = idsOf([c.req.param("id")]);
    return reply(c, sweepReply(await door.require(), id));
  });
  app.get("/api/jobs", (c) => reply(c, { jobs: jobs.list } satisfies JobsReply));
  app.post("/api/jobs", async (c) => {
    const { kind, run, flags } = await bodyOf<JobRequest>(c);
    const [id = ""] = idsOf([run]);
    return reply(c, await jobs.start(kind, id, flags), 201);
  });
  app.get("/api/jobs/:id/coarser", (c) => sendJson(c, jobs.coarser(c.req.param("id"))));
  app.delete("/api/jobs/:id", (c) => reply(c, jobs.cancel(c.req.param("id"))));
  return app;
}

/** A run's id as the path names it: the whole id, not the references that a user may type. */
const idOf = (c: Context): string => idsOf([c.req.param("id")])[0] ?? "";

const stepOf = (c: Context): number | undefined => numberOf(c.req.query("step"));

function idsOf(given: unknown): string[] {
  const ids = textsOf(given);
  const odd = ids.find((id) => !/^[a-z0-9]{1,16}$/.test(id));
  if (odd === undefined) return ids;
  throw new NadirError("store/unknown-run", `there is no run ${JSON.stringify(odd.slice(0, 40))}`);
}

/** A name, or the beginning of an id, is no way to name what is to be deleted. */
function requireWhole(store: Store, id: string): void {
  if (store.run(id).id !== id) throw new NadirError("store/unknown-run", `there is no run ${id}`);
}

const wrongCount = (count: number): NadirError =>
  new NadirError("studio/count", "the count is not that of the runs: nothing was deleted", {
    expected: `${count}, typed by whoever deletes`,
  });

function textsOf(given: unknown): string[] {
  if (Array.isArray(given) && given.length <= 10_000) {
    const texts = given.filter((item) => typeof item === "string");
    if (texts.length === given.length) return texts;
  }
  throw new NadirError("studio/request", "the request is not as it should be", {
    expected: "a list of texts",
  });
}

/**
 * The body, an object; what its fields hold is checked where they are used.
 *
 * @throws NadirError `studio/too-large`, SyntaxError
 */
async function bodyOf<T extends object>(c: AppContext, most = LARGEST_BODY): Promise<Partial<T>> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of c.env.incoming as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > most) {
      throw new NadirError("studio/too-large", "the request is too large", {
        expected: `at most ${most} bytes`,
      });
    }
    pieces.push(piece);
  }
  const body: unknown = decodeJson(Buffer.concat(pieces).toString("utf8"));
  if (typeof body !== "object" || body === null) throw new SyntaxError("no object");
  return body as Partial<T>;
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined || !Number.isFinite(Number(text)) ? undefined : Number(text);

const countOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;

type Status = 200 | 201 | 400 | 401 | 403 | 404 | 409 | 413 | 500 | 503;

const reply = (c: Context, value: object, status: Status = 200): Response =>
  sendJson(c, encodeJson(value), status);

const sendJson = (c: Context, text: string, status: Status = 200): Response =>
  send(c, new TextEncoder().encode(text), "application/json", {}, status);

function send(
  c: Context,
  bytes: Uint8Array<ArrayBuffer>,
  type: string,
  more: Readonly<Record<string, string>> = {},
  status: Status = 200,
): Response {
  const headers = { "Content-Type": type, "Cache-Control": "no-store", ...more };
  // Points hardly shrink, and to this machine the way is short.
  const accepts = type !== BINARY && (c.req.header("accept-encoding") ?? "").includes("gzip");
  if (!accepts || bytes.length < SMALLEST_GZIP) return c.body(bytes, status, headers);
  const packed = gzipSync(bytes, { level: 1 });
  return c.body(new Uint8Array(packed), status, { ...headers, "Content-Encoding": "gzip" });
}

const readOnly: Problem = {
  code: "studio/read-only",
  message: "this studio only shows: it was started without --write",
  hint: "nadir studio --write",
};
const noSuchRoute: Problem = { code: "studio/no-route", message: "there is nothing here" };
const noJson: Problem = { code: "studio/request", message: "the request is no JSON object" };
const wrongToken: Problem = {
  code: "studio/token",
  message: "the link's token is not that of this start",
  hint: "open the link that nadir studio printed when it started",
};

function problemOf(error: unknown): Problem {
  if (!(error instanceof NadirError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: "internal", message: `internal: ${message}` };
  }
  const { code, summary: message, advice } = error;
  return { code, message, expected: advice.expected, hint: advice.hint };
}

function statusOf(error: unknown): Status {
  if (!(error instanceof NadirError)) return 500;
  const { code } = error;
  if (/\/(unknown-|ambiguous-|missing)/.test(code)) return 404;
  if (code === "studio/too-large") return 413;
  if (code === "store/locked") return 503;
  if (
    /^(store\/running|studio\/(busy|not-running|trial|elsewhere)|resume\/ended|escape\/no-saddle)$/.test(
      code,
    )
  )
    return 409;
  if (code === "store/read-only" || code === "store/not-writable") return 403;
  if (/^(store\/(corrupt|newer|foreign|full|io)|sweep\/record|checkpoint\/damaged)$/.test(code))
    return 500;
  return 400;
}
