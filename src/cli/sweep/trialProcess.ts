import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../base/packageRoot.ts";
import { exitCode } from "../exitCodes.ts";
import { memberVariable } from "./member.ts";

/** What a training process is asked to do. */
export interface TrialOrder {
  readonly sweep: string;
  readonly trial: number;
  /** Words after `nadir`: `train FILE …` or `resume RUN`. */
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the training is to stop and save. */
  readonly signal: AbortSignal;
  /** Seconds after which it counts as hung; undefined for no limit. */
  readonly patience: number | undefined;
}

/** What a training said of itself: the JSON of `nadir train`, as far as a sweep reads it. */
export interface TrialReport {
  readonly id: string;
  readonly status: string;
  readonly loss: number | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  readonly verdict: string | undefined;
  readonly steps: number;
}

/** How a training process ended. */
export type TrialEnd =
  /** It has come as far as it was asked, or diverged on the way. */
  | { readonly kind: "told"; readonly report: TrialReport; readonly diverged: boolean }
  /** It was asked to stop, and saved. */
  | { readonly kind: "stopped"; readonly report: TrialReport | undefined }
  /** Its own fault, which another try would meet again: settings, or the user's code. */
  | { readonly kind: "refused"; readonly why: string }
  /** Killed, out of memory, hung, or a bug: another try may do better. */
  | { readonly kind: "lost"; readonly why: string; readonly hung: boolean };

/** How long a process that was asked to save may take. */
const SAVING_MS = 10_000;

/** Runs one training in a process of its own, which ends with this one. */
export function runTrial(order: TrialOrder): Promise<TrialEnd> {
  const main = fileURLToPath(new URL("dist/cli/main.js", packageRoot));
  const child = spawn(process.execPath, [main, ...order.words, "--json", "--quiet"], {
    cwd: order.cwd,
    env: { ...order.env, [memberVariable]: `${order.sweep}/${order.trial}/${process.pid}` },
    // Its standard input tells it when this process is gone. A group of its own: a terminal's Ctrl-C reaches this
    // process alone, which passes it on once (twice would mean: leave without saving).
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    stderr = (stderr + data.toString()).slice(-4000);
  });
  // A process that is gone takes no input; that is told by its end.
  child.stdin.on("error", () => {});
  let hung = false;
  let last: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.kill("SIGTERM");
    last ??= setTimeout(() => child.kill("SIGKILL"), SAVING_MS);
  };
  const patience =
    order.patience === undefined
      ? undefined
      : setTimeout(() => {
          hung = true;
          stop();
        }, 1000 * order.patience);
  if (order.signal.aborted) stop();
  order.signal.addEventListener("abort", stop);
  return new Promise((resolve) => {
    const settle = (end: TrialEnd): void => {
      clearTimeout(patience);
      clearTimeout(last);
      order.signal.removeEventListener("abort", stop);
      resolve(end);
    };
    child.on("error", ({ message }) =>
      settle({ kind: "lost", hung: false, why: `could not be started: ${message}` }),
    );
    child.on("close", (code, signal) => {
      if (hung) settle({ kind: "lost", hung, why: `had not ended after ${order.patience} s` });
      else settle(endOf({ code, signal, stdout, stderr, asked: order.signal.aborted }));
    });
  });
}

function endOf(ended: {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly asked: boolean;
}): TrialEnd {
  const { code, signal, stdout, stderr, asked } = ended;
  const report = reportIn(stdout);
  if (asked) return { kind: "stopped", report };
  if (report !== undefined && (code === exitCode.done || code === exitCode.limit))
    return { kind: "told", report, diverged: false };
  if (report !== undefined && code === exitCode.diverged)
    return { kind: "told", report, diverged: true };
  const said = messageIn(stdout) ?? stderr.trim().split("\n")[0] ?? "";
  if (code === exitCode.usage || code === exitCode.missing || code === exitCode.damaged)
    return { kind: "refused", why: said };
  const how = signal === null ? `left with ${code}` : `was ended by ${signal}`;
  return { kind: "lost", hung: false, why: said === "" ? how : `${how}: ${said}` };
}

function reportIn(stdout: string): TrialReport | undefined {
  const value = lastObject(stdout);
  if (value?.["schema"] !== "nadir.run/1" || typeof value["id"] !== "string") return undefined;
  const { verdict, metrics, loss, steps } = value;
  const kind =
    typeof verdict === "object" && verdict !== null && "kind" in verdict ? verdict.kind : undefined;
  return {
    id: value["id"],
    status: String(value["status"]),
    loss: typeof loss === "number" ? loss : undefined,
    // Cast: `nadir train --json` writes numbers by name there.
    metrics: (typeof metrics === "object" && metrics !== null ? metrics : {}) as Record<
      string,
      number
    >,
    verdict: typeof kind === "string" ? kind : undefined,
    steps: typeof steps === "number" ? steps : 0,
  };
}

function messageIn(stdout: string): string | undefined {
  const message = lastObject(stdout)?.["message"];
  return typeof message === "string" ? message.split("\n")[0] : undefined;
}

/** The last line that is a JSON object: a user's file may print lines of its own. */
function lastObject(stdout: string): Record<string, unknown> | undefined {
  for (const line of stdout.trim().split("\n").reverse()) {
    if (!line.startsWith("{")) continue;
    try {
      return JSON.parse(line) as Record<string, unknown>; // a text that begins with a brace is an object's
    } catch (error) {
      // A line of the user's own that only begins like JSON, or one cut off with its process: the next may be whole.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return undefined;
}
