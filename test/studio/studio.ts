import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { start } from "../../src/cli/testing.ts";
import type { RunInfo } from "../../src/runs/run.ts";
import { openStore } from "../../src/runs/store.ts";
import type { RunEvent } from "../../src/training/events.ts";

/** A studio that runs as a user's would: the built program, in a process of its own. */
export interface ServedStudio extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without the token. */
  readonly origin: string;
  /** The link that it printed. */
  readonly link: string;
  readonly port: number;
  readonly folder: string;
  readonly store: string;
  /** The cookie that the token was exchanged for. */
  readonly cookie: string;
  /** What it has said on stderr. */
  said(): string;
}

/** Starts `nadir studio` in a new folder, whose store holds what `fill` puts there. */
export async function serveStudio(
  fill: (store: string) => Promise<void> | void = () => {},
  flags: readonly string[] = [],
): Promise<ServedStudio> {
  const folder = mkdtempSync(join(tmpdir(), "nadir-studio-test-"));
  await fill(join(folder, ".nadir"));
  const served = await serveFolder(folder, flags);
  return {
    ...served,
    [Symbol.asyncDispose]: async () => {
      await served[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts `nadir studio` over the store of a folder, which stays. */
export async function serveFolder(
  folder: string,
  flags: readonly string[] = [],
): Promise<ServedStudio> {
  const { child, ended } = start(
    ["studio", "--no-open", "--port", "0", "--json", ...flags],
    folder,
  );
  let stderr = "";
  child.stderr.on("data", (text: string) => {
    stderr += text;
  });
  const [line] = await Promise.race([
    once(child.stdout, "data") as Promise<[string]>,
    ended.then((how) => Promise.reject(new Error(`it ended with ${how.exit}: ${how.stderr}`))),
  ]);
  const { url, port } = JSON.parse(line) as { url: string; port: number };
  const origin = `http://127.0.0.1:${port}`;
  const token = url.split("#token=")[1] ?? "";
  const session = await ask(port, "POST", "/api/session", {
    headers: { Origin: origin },
    body: JSON.stringify({ token }),
  });
  const cookie = String(session.headers["set-cookie"]).split(";")[0] ?? "";
  return {
    ...{ origin, link: url, port, folder, store: join(folder, ".nadir"), cookie },
    said: () => stderr,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGINT");
      await ended;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** A few connections that are used again: hundreds of requests would else wait for one another. */
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** One request, its path as it is written: Node's fetch would tidy it first. */
export function ask(
  port: number,
  method: string,
  path: string,
  { headers = {}, body = "" }: { headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method, path, headers, agent }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
      });
      answer.on("end", () => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
      });
      answer.on("error", reject);
    });
    sent.on("error", (error: NodeJS.ErrnoException) => {
      // The server closes a connection that was idle for 5 s, perhaps just as it is used again: nothing was asked then.
      const stale = sent.reusedSocket && ["ECONNRESET", "EPIPE"].includes(error.code ?? "");
      if (stale) ask(port, method, path, { headers, body }).then(resolve, reject);
      else reject(error);
    });
    sent.end(body);
  });
}

/** Presses two keys that belong together, without waiting between them: a page takes them for two if a second goes by. */
export async function chord({ keyboard }: Page, first: string, second: string): Promise<void> {
  await Promise.all([keyboard.press(first), keyboard.press(second)]);
}

/** What all made-up runs are begun with. */
export const circumstances: Omit<RunInfo, "name" | "command"> = {
  config: { task: "train", method: "adam", settings: { learningRate: 0.01, width: 32 } },
  versions: { nadir: "0.1.0" },
  machine: { cpu: "test", cores: 2, memory: 1, node: "20", platform: "linux" },
};

/** What a made-up run of a test is, beside what all of them are. */
export interface MadeRun extends Partial<RunInfo> {
  readonly name: string;
  readonly losses: readonly number[];
  readonly kind?: "local-minimum" | "saddle";
  readonly tags?: readonly string[];
  readonly note?: string;
}

/** Puts ended runs into a store; gives back their ids. */
export async function fillStore(dir: string, runs: readonly MadeRun[]): Promise<string[]> {
  await using store = await openStore(dir);
  return runs.map(({ losses, kind = "local-minimum", tags = [], note, ...info }) => {
    const run = store.createRun({ ...circumstances, command: "nadir train x.ts", ...info });
    run.event(progress(losses));
    run.end({
      status: "ended",
      verdict: {
        ...{ kind, gradientNorm: 1e-6, tolerance: 1e-4, evidence: ["measured"], advice: [] },
        ...{ smallestEigenvalue: kind === "saddle" ? -1 : 0.5, eigenvalueError: 0.01 },
        ...{ direction: new Float64Array([1]), predictedDecrease: 0.1 },
      },
      loss: losses.at(-1),
      steps: losses.length,
      seconds: 1,
    });
    if (tags.length > 0) store.tags.add(run.id, tags);
    if (note !== undefined) store.notes.add(run.id, note);
    return run.id;
  });
}

function progress(losses: readonly number[]): RunEvent {
  const steps = losses.map((_, i) => i + 1);
  const [step, loss] = [losses.length, losses.at(-1) ?? 0];
  const series = { steps, values: { loss: losses } };
  return { kind: "progress", step, loss, gradientNorm: 0.1, series };
}
