import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Answer, BenchRequest } from "./measurement.ts";

/** A system that is up and answers one request after another. */
export interface Session extends AsyncDisposable {
  readonly versions: readonly string[];
  /** Never rejects: a crash, or no answer in time, is an answer that says so. */
  ask(request: BenchRequest): Promise<Answer>;
}

/** How to start a system's own process. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Set for the process; `undefined` unsets. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Lines of the protocol begin with this; a library may print others. The child says
 * `{"hello": [versions]}` or `{"missing": why}` first, then one answer to each line it is sent.
 */
export const linePrefix = "@nadir-bench ";

const helloTimeoutMs = 60_000;
const answerTimeoutMs = 150_000;

/**
 * Starts a system in a process of its own, so that no peer's threads, heap or compiled code are in
 * another's way.
 *
 * @returns the session, or in one sentence why there is none
 */
export async function startSession(program: Program): Promise<Session | string> {
  const env = { ...process.env, ...program.env };
  const child = spawn(program.command, program.args, { env, stdio: ["pipe", "pipe", "pipe"] });
  const lines = answersOf(child);
  const hello = await lines.next(helloTimeoutMs);
  if (typeof hello === "string" || !("hello" in hello)) {
    child.kill();
    return typeof hello === "string" ? hello : whyMissing(hello);
  }
  const versions = Array.isArray(hello["hello"]) ? hello["hello"].map(String) : [];
  let dead: string | undefined;
  return {
    versions,
    async ask(request) {
      if (dead !== undefined) return { missing: dead };
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const answer = await lines.next(answerTimeoutMs);
      if (typeof answer === "string") {
        dead = answer;
        child.kill("SIGKILL");
        return { missing: answer };
      }
      if (!Array.isArray(answer["measurements"])) return { missing: whyMissing(answer) };
      // The other end is `serve` or bench/peers/serve.py, which write Measurements.
      return {
        measurements: answer["measurements"] as Extract<
          Answer,
          { measurements: unknown }
        >["measurements"],
      };
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 2000);
      await gone;
      clearTimeout(timer);
    },
  };
}

type Message = Readonly<Record<string, unknown>>;

const whyMissing = (message: Message): string =>
  typeof message["missing"] === "string" ? message["missing"] : "gave no answer";

/** The protocol's messages from a child, in order; a string tells why there will be no more. */
function answersOf(child: ChildProcessByStdio<Writable, Readable, Readable>) {
  const queue: (Message | string)[] = [];
  let wake: (() => void) | undefined;
  const push = (entry: Message | string): void => {
    queue.push(entry);
    wake?.();
  };
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith(linePrefix)) return;
    push(JSON.parse(line.slice(linePrefix.length)) as Message);
  });
  child.stdin.on("error", () => undefined); // a dead child is seen by its exit
  child.on("error", (error) => push(error.message));
  child.on("close", (code, signal) => {
    const last = errors.trim().split("\n").at(-1) ?? "";
    push(last || `stopped with ${signal ?? `code ${code}`}`);
  });
  return {
    async next(timeoutMs: number): Promise<Message | string> {
      if (queue.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      return queue.shift() ?? `no answer within ${timeoutMs / 1000} s`;
    },
  };
}
