import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../base/packageRoot.ts";
import type { Vector } from "../../linalg/ask.ts";
import { pythons } from "./python.ts";
import { environment } from "./systems.ts";

/** SciPy in a process of its own, which asks this one for values and gradients. */
export interface ScipyTalk extends AsyncDisposable {
  readonly version: string;
  /**
   * One run.
   *
   * @param answer - numbers for a question about a point, or undefined when enough was seen
   * @returns the numbers that it says at its end; undefined if the process ended before
   */
  run(
    job: object,
    answer: (word: string, x: Vector) => readonly number[] | undefined,
  ): Promise<readonly number[] | undefined>;
}

/**
 * @param script - one of `bench/peers` that speaks so
 * @returns undefined where no Python here has SciPy
 */
export async function startScipyTalk(script: string): Promise<ScipyTalk | undefined> {
  const file = fileURLToPath(new URL(`bench/peers/${script}`, packageRoot));
  for (const python of pythons()) {
    const child = spawn(python, [file], { env: { ...process.env, ...environment(1) } });
    child.on("error", () => {}); // a Python that is not there: its output ends, and the next one is tried
    child.stdin.on("error", () => {});
    child.stdout.setEncoding("utf8");
    const version = await greeting(child);
    if (version !== undefined) return talkWith(child, version);
    child.kill();
  }
  return undefined;
}

/** Its first line, if it gets as far; it may come in pieces. */
const greeting = (child: ChildProcessWithoutNullStreams): Promise<string | undefined> =>
  new Promise((resolve) => {
    let said = "";
    const listen = (text: string): void => {
      said += text;
      if (!said.includes("\n")) return;
      child.stdout.off("data", listen);
      resolve(/^version (\S+)/.exec(said)?.[1]);
    };
    child.stdout.on("data", listen);
    child.stdout.once("close", () => resolve(undefined));
  });

function talkWith(child: ChildProcessWithoutNullStreams, version: string): ScipyTalk {
  let hear: (line: string) => void = () => {};
  let rest = "";
  // By hand, because a promise for each of a million lines takes longer than the search.
  child.stdout.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear(line);
  });
  return {
    version,
    run: (job, answer) =>
      new Promise((resolve) => {
        const closed = (): void => resolve(undefined);
        child.once("close", closed);
        hear = (line) => {
          const [word = "", ...numbers] = line.split(" ");
          const values = Float64Array.from(numbers, Number);
          if (word === "done") {
            child.off("close", closed);
            resolve([...values]);
          } else child.stdin.write(`${answer(word, values)?.join(" ") ?? "stop"}\n`);
        };
        child.stdin.write(`${JSON.stringify(job)}\n`);
      }),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      child.kill();
    },
  };
}
