import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../../base/packageRoot.ts";
import type { Evaluation } from "../../../linalg/ask.ts";
import { pythons } from "../python.ts";
import { environment } from "../systems.ts";
import { type Course, Referee, startOf } from "./course.ts";

/** SciPy's global optimizers by name. */
export const scipyMethods = ["basinhopping", "dual_annealing", "differential_evolution"] as const;

/** SciPy in a process of its own, which asks this one for values and gradients. */
export interface Scipy extends AsyncDisposable {
  readonly version: string;
  search(
    method: (typeof scipyMethods)[number],
    course: Course,
    seed: number,
    budget: number,
  ): Promise<number | undefined>;
}

/** @returns undefined where no Python here has SciPy */
export async function startScipy(): Promise<Scipy | undefined> {
  const script = fileURLToPath(new URL("bench/peers/scipy_global.py", packageRoot));
  for (const python of pythons()) {
    const child = spawn(python, [script], { env: { ...process.env, ...environment(1) } });
    child.on("error", () => {}); // a Python that is not there: its output ends, and the next one is tried
    child.stdin.on("error", () => {});
    child.stdout.setEncoding("utf8");
    const version = await greeting(child);
    if (version !== undefined) return driver(child, version);
  }
  return undefined;
}

/** Its first line, if it gets as far. */
const greeting = (child: ChildProcessWithoutNullStreams): Promise<string | undefined> =>
  new Promise((resolve) => {
    child.stdout.once("data", (text) => resolve(/^version (\S+)/.exec(String(text))?.[1]));
    child.stdout.once("close", () => resolve(undefined));
  });

function driver(child: ChildProcessWithoutNullStreams, version: string): Scipy {
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
    search: (method, course, seed, budget) =>
      new Promise((resolve) => {
        const referee = new Referee(course, budget);
        child.once("close", () => resolve(referee.met));
        hear = (line) => {
          const [word = "", ...numbers] = line.split(" ");
          if (word === "done") {
            child.removeAllListeners("close");
            resolve(referee.met);
          } else if (referee.isOver) child.stdin.write("stop\n");
          else child.stdin.write(`${reply(referee, word, Float64Array.from(numbers, Number))}\n`);
        };
        child.stdin.write(`${JSON.stringify(jobOf(method, course, seed))}\n`);
      }),
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      child.kill();
    },
  };
}

const jobOf = (method: string, course: Course, seed: number): object => ({
  ...{ method, seed, x0: [...startOf(course, seed)] },
  bounds: Array.from(course.bounds.lower, (low, i) => [low, course.bounds.upper[i]]),
});

function reply(referee: Referee, word: string, x: Float64Array): string {
  if (word === "v") return String(referee.answer({ kind: "value", x }));
  const { value, gradient } = referee.answer({ kind: "gradient", x }) as Evaluation; // as it answers gradients
  return [value, ...gradient].join(" ");
}
