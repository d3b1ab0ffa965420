import { fileURLToPath } from "node:url";
import { NadirError } from "../../base/errors.ts";
import { packageRoot } from "../../base/packageRoot.ts";
import { openStore } from "../../runs/store.ts";
import { loopback } from "../../studio/access.ts";
import { startStudio } from "../../studio/server.ts";
import type { Command, Invocation } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { namedRun } from "../namedRuns.ts";
import { handOver, openInBrowser } from "../openInBrowser.ts";

const DEFAULT_PORT = 4141;

/** `nadir studio`: serves the run store to a browser on this machine, until Ctrl-C. */
export const studio: Command = async (invocation) => {
  const { flags, output, store, cwd } = invocation;
  const port = portFlag(flags);
  const host = hostFlag(flags);
  const write = flags["write"] === true;
  const run = await runOf(invocation);
  await using server = await startStudio({
    ...{ store, host, write, cwd },
    port: port ?? DEFAULT_PORT,
    orNext: port === undefined,
    pages: fileURLToPath(new URL("dist/studio", packageRoot)),
    nadir: [process.execPath, fileURLToPath(new URL("dist/cli/main.js", packageRoot))],
  });
  const url = run === undefined ? server.url : pageOf(server.url, run);
  // Heard from before it is told of: who reads the link may end it at once.
  const ended = untilSignal();
  const data = { schema: "nadir.studio/1", url, port: server.port, store, write } as const;
  output.result(`${output.colors.bold("nadir studio")}  ${url}`, data);
  if (host !== undefined && !loopback.has(host)) {
    output.note(
      output.noteColors.yellow(
        `! anyone who reaches ${host}:${server.port} and has the link can see these runs; what is sent is not encrypted`,
      ),
    );
  }
  output.note(
    output.noteColors.dim(`  ${write ? "writes to" : "shows"} ${store} · Ctrl-C ends it`),
  );
  using page = flags["open"] === false ? undefined : handOver(url);
  if (page !== undefined && !(await openInBrowser(page.file, invocation.env))) {
    output.note(output.noteColors.dim("  no browser could be started here: open the link"));
  }
  await ended;
  // An open channel would keep this process.
  if (process.connected) process.disconnect();
  return exitCode.done;
};

/** The run whose page is to be opened, by its id. */
async function runOf({ words, store, now }: Invocation): Promise<string | undefined> {
  const [word] = words;
  if (word === undefined) return undefined;
  await using opened = await openStore(store, { readOnly: true });
  return namedRun(opened, word, now()).id;
}

function pageOf(url: string, run: string): string {
  const link = new URL(url);
  link.pathname = `/run/${run}`;
  return link.href;
}

function portFlag(flags: Invocation["flags"]): number | undefined {
  const value = flags["port"];
  if (value === undefined) return undefined;
  const port = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (port <= 65_535) return port;
  throw new NadirError("cli/flag", `--port is "${value}"`, {
    expected: "a whole number from 0 (any that is free) to 65535",
  });
}

function hostFlag(flags: Invocation["flags"]): string | undefined {
  const host = flags["host"];
  if (typeof host !== "string" || loopback.has(host) || flags["token"] === true) {
    return typeof host === "string" ? host : undefined;
  }
  throw new NadirError("studio/host", `--host ${host} lets other machines reach the studio`, {
    expected: "--token beside it, which says that you know: whoever has the link may look",
    hint: "leave --host out, to serve this machine alone",
  });
}

/** Ctrl-C is how a server is told to end: no failure. So is the end of a training that started it (studioBeside.ts). */
const untilSignal = (): Promise<void> =>
  new Promise((resolve) => {
    process.once("disconnect", () => resolve());
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => resolve());
    }
  });
