import { requireKnownOptions } from "../../../base/require.ts";
import type { Ask, Vector } from "../../../linalg/ask.ts";
import { distance, norm, scaled } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import {
  chooseLineSearch,
  type LineSearchSettings,
  lineSearchOptions,
} from "../lineSearches/choose.ts";
import { type LineSearch, stallOf } from "../lineSearches/lineSearch.ts";
import type { Point, Solver, Step } from "../solver.ts";

export interface SteepestDescentState {
  readonly direction: Vector;
  /** tₖ₋₁‖∇f(xₖ₋₁)‖²: the change that the last step promised, and the next will; 0 before the first. */
  promised: number;
  readonly search: unknown;
}

/**
 * Steepest descent: x ← x − t∇f(x), with t by a line search. Each first trial promises the change that the
 * last step did.
 *
 * Guarantee: with a monotone line search no step raises the value, and on smooth functions bounded below
 * ∇f → 0; linearly, with the rate ((κ − 1)/(κ + 1))² in f − f* near a minimum of condition number κ.
 * Price: one or two gradients an iteration; two vectors.
 *
 * @throws NadirError what the line search refuses; `steepestDescent/unknown-option`
 * @see Cauchy (1847); Nocedal & Wright (2006), theorems 3.2, 3.4 and §3.5
 */
export const steepestDescent = described(
  {
    name: "steepestDescent",
    kind: "solver",
    summary: "Along the negative gradient, as far as a line search says.",
    guarantee:
      "No step raises the value; on smooth functions bounded below the gradient goes to 0, linearly with rate ((κ − 1)/(κ + 1))² near a minimum of condition number κ: slowly in a valley.",
    price: { iteration: "one or two gradients an iteration", memory: "two vectors" },
    source:
      "Cauchy (1847), Méthode générale pour la résolution des systèmes d'équations simultanées; Nocedal & Wright (2006), Numerical Optimization, theorems 3.2 and 3.4",
  },
  (options: LineSearchSettings = {}): Solver<SteepestDescentState> => {
    requireKnownOptions("steepestDescent", options, lineSearchOptions);
    const lineSearch = chooseLineSearch("steepestDescent", options, { lineSearch: "wolfe" });
    return {
      kind: "solver",
      name: "steepestDescent",
      needs: lineSearch.needs,
      monotone: lineSearch.monotone,
      init: (start) => ({
        direction: new Float64Array(start.x.length),
        promised: 0,
        search: lineSearch.init(start),
      }),
      step: (point, state) => descend(point, state, lineSearch),
    };
  },
);

function* descend(
  point: Point,
  state: SteepestDescentState,
  lineSearch: LineSearch,
): Ask<Step<SteepestDescentState>> {
  scaled(state.direction, -1, point.gradient);
  const length = norm(point.gradient);
  const slope = -length * length;
  // Without a step to learn from, at most one unit is tried.
  const first = state.promised > 0 ? state.promised / -slope : Math.min(1, 1 / length);
  const found = yield* lineSearch.search(point, state.direction, slope, first, state.search);
  if (found.point === undefined) {
    return { point, state, stepSize: 0, stalled: stallOf(slope, point.value) };
  }
  state.promised = found.stepSize * -slope;
  return { point: found.point, state, stepSize: distance(found.point.x, point.x) };
}
