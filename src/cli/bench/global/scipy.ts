import type { Evaluation, Vector } from "../../../linalg/ask.ts";
import { startScipyTalk } from "../scipyTalk.ts";
import { type Course, Referee, startOf } from "./course.ts";

/** SciPy's global optimizers by name. */
export const scipyMethods = ["basinhopping", "dual_annealing", "differential_evolution"] as const;

/** SciPy's global optimizers at work. */
export interface Scipy extends AsyncDisposable {
  readonly version: string;
  /** @returns what had been spent when the global minimum was met; undefined if it was not */
  search(
    method: (typeof scipyMethods)[number],
    course: Course,
    seed: number,
    budget: number,
  ): Promise<number | undefined>;
}

/** @returns undefined where no Python here has SciPy */
export async function startScipy(): Promise<Scipy | undefined> {
  const talk = await startScipyTalk("scipy_global.py");
  if (talk === undefined) return undefined;
  return {
    version: talk.version,
    search: async (method, course, seed, budget) => {
      const referee = new Referee(course, budget);
      await talk.run(jobOf(method, course, seed), (word, x) =>
        referee.isOver ? undefined : reply(referee, word, x),
      );
      return referee.met;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(talk[Symbol.asyncDispose]()),
  };
}

const jobOf = (method: string, course: Course, seed: number): object => ({
  ...{ method, seed, x0: [...startOf(course, seed)] },
  bounds: Array.from(course.bounds.lower, (low, i) => [low, course.bounds.upper[i]]),
});

function reply(referee: Referee, word: string, x: Vector): readonly number[] {
  if (word === "v") return [Number(referee.answer({ kind: "value", x }))];
  const { value, gradient } = referee.answer({ kind: "gradient", x }) as Evaluation; // as it answers gradients
  return [value, ...gradient];
}
