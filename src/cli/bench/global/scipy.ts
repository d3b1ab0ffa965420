import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
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
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const [word, version = ""] = ((await lines.next()).value ?? "").split(" ");
    if (word === "version") return driver(child, lines, version);
  }
  return undefined;
}

const driver = (
  child: ChildProcessWithoutNullStreams,
  lines: AsyncIterator<string>,
  version: string,
): Scipy => ({
  version,
  search: async (method, course, seed, budget) => {
    const { bounds } = course;
    const job = {
      ...{ method, seed, x0: [...startOf(course, seed)] },
      bounds: Array.from(bounds.lower, (low, i) => [low, bounds.upper[i]]),
    };
    child.stdin.write(`${JSON.stringify(job)}\n`);
    const referee = new Referee(course, budget);
    for (;;) {
      const { value: line = "done", done } = await lines.next();
      const [word = "", ...numbers] = line.split(" ");
      if (done === true || word === "done") return referee.met;
      const x = Float64Array.from(numbers, Number);
      child.stdin.write(referee.isOver ? "stop\n" : `${reply(referee, word, x)}\n`);
    }
  },
  [Symbol.asyncDispose]: async () => {
    child.stdin.end();
    child.kill();
  },
});

function reply(referee: Referee, word: string, x: Float64Array): string {
  if (word === "v") return String(referee.answer({ kind: "value", x }));
  const { value, gradient } = referee.answer({ kind: "gradient", x }) as Evaluation; // as it answers gradients
  return [value, ...gradient].join(" ");
}
