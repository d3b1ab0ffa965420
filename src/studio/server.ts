import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { NadirError } from "../base/errors.ts";
import { Access, loopback, type Refusal, refusal } from "./access.ts";
import { createApp } from "./app.ts";
import { headersFor } from "./headers.ts";
import { Jobs } from "./jobs.ts";
import { Live } from "./live.ts";
import { Pages } from "./pages.ts";
import { RunTable } from "./runTable.ts";
import { StoreDoor } from "./storeDoor.ts";

export interface StudioOptions {
  /** Folder of the run store; it need not be there yet. */
  readonly store: string;
  /** Folder of the studio's pages. */
  readonly pages: string;
  /** Default 127.0.0.1: this machine alone. */
  readonly host?: string | undefined;
  /** 0 takes any that is free. */
  readonly port: number;
  /** Whether the next free port will do where this one is taken. */
  readonly orNext?: boolean | undefined;
  /** Whether pages may tag, note, archive, delete, measure, and resume and stop runs. Default false. */
  readonly write?: boolean | undefined;
  /** Program and first arguments that start nadir, for measurements and trainings. */
  readonly nadir: readonly string[];
  /** Where they run. */
  readonly cwd: string;
}

export interface Studio extends AsyncDisposable {
  readonly port: number;
  /** The link that lets a browser in: the token stands after the #, which a browser sends to no server. */
  readonly url: string;
  /** Pages that listen now. */
  readonly listeners: number;
  close(): Promise<void>;
}

const MOST_SOCKETS = 64;
const HEADERS_MS = 10_000;
const MOST_PORTS = 20;

/**
 * Serves a run store to a browser on this machine.
 *
 * @throws NadirError `studio/port` if the port is taken, `studio/host` if the host is none of this
 *   machine's, `studio/pages`
 */
export async function startStudio(options: StudioOptions): Promise<Studio> {
  const { host = "127.0.0.1", write = false, nadir, cwd } = options;
  const pages = new Pages(options.pages);
  const door = new StoreDoor(options.store);
  const table = new RunTable(door);
  const live = new Live(table, door);
  const jobs = new Jobs({ door, nadir, cwd, changed: (job) => live.tell(job) });
  const server = createServer({
    headersTimeout: HEADERS_MS,
    requestTimeout: 3 * HEADERS_MS,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 16_384,
  });
  server.maxConnections = MOST_SOCKETS;
  const port = await listen(server, host, options.port, options.orNext === true);
  const access = new Access(host, port);
  const app = createApp({ access, door, table, jobs, write });
  const api = getRequestListener(app.fetch, { overrideGlobalObjects: false });

  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const path = pathOf(request);
    for (const [name, value] of Object.entries(headersFor(path ?? "/"))) {
      response.setHeader(name, value);
    }
    const isApi = path?.startsWith("/api/") === true;
    const refused =
      access.refuseOrigin(request) ??
      (isApi && path !== "/api/session" ? access.refuseStranger(request) : undefined);
    if (refused !== undefined) refuse(response, refused);
    else if (isApi) void api(request, response);
    else if (path === undefined || !sendPage(pages, path, request, response)) {
      refuse(response, nothing);
    }
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refused =
      access.refuseOrigin(request, true) ??
      (pathOf(request) === "/api/live" ? access.refuseStranger(request) : nothing);
    if (refused !== undefined) {
      socket.end(`HTTP/1.1 ${refused.status} Refused\r\nConnection: close\r\n\r\n`);
      return;
    }
    const cursor = new URLSearchParams(request.url?.split("?")[1]).get("after") ?? "";
    live.open(request, socket, head, cursor);
  });

  const close = async (): Promise<void> => {
    const ended = jobs.close();
    live.close();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await Promise.all([closed, ended]);
    door.close();
  };
  const shown = loopback.has(host) || host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return {
    port,
    url: `http://${shown.includes(":") ? `[${shown}]` : shown}:${port}/#token=${access.token}`,
    get listeners() {
      return live.size;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const nothing: Refusal = refusal(404, "studio/no-route", "there is nothing here");

/** The path of a request if it is spelt plainly: no escapes, no dots for folders, no empty parts. */
function pathOf({ url = "" }: IncomingMessage): string | undefined {
  const [path = ""] = url.split("?");
  const plain = /^\/[\w.~@/-]*$/.test(path) && !/\/\.|\/\/|\.\./.test(path);
  return plain ? path : undefined;
}

function refuse(response: ServerResponse, { status, problem }: Refusal): void {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(problem));
}

/**
 * Answers with a page or a file of it; a browser that asks for a page that there is not is shown the studio, which
 * says so and leads on.
 *
 * @returns whether anything was sent
 */
function sendPage(
  pages: Pages,
  path: string,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
): boolean {
  const reads = method === "GET" || method === "HEAD";
  const known = reads ? pages.find(path) : undefined;
  const navigates = reads && (headers.accept ?? "").includes("text/html");
  const found = known ?? (navigates ? pages.find("/") : undefined);
  if (found === undefined) return false;
  const packed = (headers["accept-encoding"] ?? "").includes("gzip");
  const bytes = packed ? found.gzip : found.bytes;
  response.writeHead(known === undefined ? 404 : 200, {
    "Content-Type": found.type,
    "Content-Length": bytes.length,
    "Cache-Control": found.hashed ? "public, max-age=31536000, immutable" : "no-cache",
    ...(packed ? { "Content-Encoding": "gzip" } : {}),
  });
  response.end(method === "HEAD" ? undefined : bytes);
  return true;
}

/** Listens at a port, or at the next that is free. */
async function listen(
  server: Server,
  host: string,
  port: number,
  orNext: boolean,
): Promise<number> {
  for (let at = port; ; at++) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port: at, exclusive: true }, () => {
          server.off("error", reject);
          resolve();
        });
      });
      // Cast: it listens at a port, not at a pipe.
      return (server.address() as AddressInfo).port;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EADDRINUSE" && orNext && at < port + MOST_PORTS) continue;
      throw listenError(code, host, at, error);
    }
  }
}

function listenError(code: unknown, host: string, port: number, cause: unknown): NadirError {
  if (code === "EADDRINUSE") {
    return new NadirError("studio/port", `port ${port} is taken`, {
      hint: `another one with --port ${port + 1}, or --port 0 for any`,
      cause,
    });
  }
  if (code === "EACCES") {
    return new NadirError("studio/port", `port ${port} is not for everyone`, {
      hint: "one above 1023, such as --port 4141",
      cause,
    });
  }
  return new NadirError("studio/host", `cannot listen at ${host}`, {
    expected: "an address of this machine",
    hint: "leave --host out, to serve this machine alone",
    cause,
  });
}
