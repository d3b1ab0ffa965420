import { type Ask, askGradient, type Reply, type Vector } from "../../../linalg/ask.ts";
import { basinHopping } from "../../../methods/solvers/global/basinHopping.ts";
import { cmaes } from "../../../methods/solvers/global/cmaes.ts";
import { differentialEvolution } from "../../../methods/solvers/global/differentialEvolution.ts";
import { dualAnnealing } from "../../../methods/solvers/global/dualAnnealing.ts";
import { multiStart } from "../../../methods/solvers/global/multiStart.ts";
import type { Point, Solver } from "../../../methods/solvers/solver.ts";
import { type Course, Referee, startOf } from "./course.ts";

/** nadir's global methods with their default options, and plans that only the budget ends. */
export const ownMethods: ReadonlyMap<string, () => Solver> = new Map([
  // A plan's states are its own: nobody else looks into them.
  ["multiStart", () => multiStart({ starts: 10_000 }) as Solver],
  ["basinHopping", () => basinHopping({ hops: 100_000 }) as Solver],
  ["dualAnnealing", () => dualAnnealing({ iterations: 100_000 }) as Solver],
  ["differentialEvolution", () => differentialEvolution({ generations: 100_000 }) as Solver],
  ["cmaes", () => cmaes({ restarts: 9 }) as Solver],
]);

/** One search. @returns what had been spent when the global minimum was met; undefined if it was not */
export function searchOwn(
  make: () => Solver,
  course: Course,
  seed: number,
  budget: number,
): number | undefined {
  const referee = new Referee(course, budget);
  const searching = search(make(), startOf(course, seed), course, seed);
  let turn = searching.next();
  while (!turn.done && !referee.isOver) turn = searching.next(referee.answer(turn.value) as Reply);
  return referee.met;
}

/** A solver's steps, one after another. */
function* search(solver: Solver, x: Vector, { bounds }: Course, seed: number): Ask<void> {
  let point: Point = { x, ...(yield* askGradient(x)) };
  let state = solver.init(point, { seed, bounds });
  for (;;) {
    const step = yield* solver.step(point, state);
    if (step.stalled !== undefined) return;
    ({ point, state } = step);
  }
}
