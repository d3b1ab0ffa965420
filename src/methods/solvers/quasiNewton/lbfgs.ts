import { requireCount, requireKnownOptions } from "../../../base/require.ts";
import type { Ask, Vector } from "../../../linalg/ask.ts";
import { distance, dot, norm, scale } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import {
  chooseLineSearch,
  type LineSearchSettings,
  lineSearchOptions,
} from "../lineSearches/choose.ts";
import { isHopeless, type LineSearch, stallOf } from "../lineSearches/lineSearch.ts";
import type { Point, Solver, Step } from "../solver.ts";
import {
  addPair,
  type CurvaturePairs,
  clearPairs,
  curvaturePairs,
  quasiNewtonDirection,
} from "./curvaturePairs.ts";

export interface LbfgsOptions extends LineSearchSettings {
  /** Curvature pairs kept. Default 10. */
  readonly memory?: number;
}

export interface LbfgsState {
  readonly pairs: CurvaturePairs;
  readonly direction: Vector;
  /** Pairs left out because sᵀy was not above rounding: the curvature along the step was not positive. */
  skippedPairs: number;
  /** Times the memory was cleared because its direction led nowhere. */
  resets: number;
  /** What the line search remembers. */
  readonly search: unknown;
}

/**
 * Limited-memory BFGS with a line search, by default for the strong Wolfe conditions.
 *
 * Guarantee: never raises the value; converges to stationary points of smooth functions bounded
 * below, superlinearly it does not. It does not look for negative curvature: from a saddle's stable
 * side it can end at the saddle.
 * Price: usually one gradient an iteration; 2·memory + 3 vectors, 4·memory·n multiplications.
 *
 * @throws NadirError `lbfgs/memory` unless a whole number of at least 1; what the
 * line search refuses; `lbfgs/unknown-option`
 * @see Liu & Nocedal (1989), On the limited memory BFGS method for large scale optimization
 */
export const lbfgs = described(
  {
    name: "lbfgs",
    kind: "solver",
    summary:
      "Steps scaled by the curvature seen along the last steps, with a strong-Wolfe line search.",
    guarantee:
      "No step raises the value; on smooth functions bounded below the gradient goes to 0 along a subsequence if the function is uniformly convex, and in practice beyond. It does not look for negative curvature: from a saddle's stable side it can end there.",
    price: {
      iteration: "usually one gradient an iteration",
      memory: "2·memory + 3 vectors (23 by default)",
    },
    source:
      "Liu & Nocedal (1989), On the limited memory BFGS method for large scale optimization, theorem 6.1",
  },
  (options: LbfgsOptions = {}): Solver<LbfgsState> => {
    requireKnownOptions("lbfgs", options, ["memory", ...lineSearchOptions]);
    const memory = requireCount("lbfgs/memory", options.memory ?? 10);
    const lineSearch = chooseLineSearch("lbfgs", options, { lineSearch: "wolfe" });
    return {
      kind: "solver",
      name: "lbfgs",
      needs: lineSearch.needs,
      monotone: lineSearch.monotone,
      init: (start) => ({
        pairs: curvaturePairs(memory, start.x.length),
        direction: new Float64Array(start.x.length),
        skippedPairs: 0,
        resets: 0,
        search: lineSearch.init(start),
      }),
      step: (point, state) => lbfgsStep(point, state, lineSearch),
    };
  },
);

function* lbfgsStep(
  point: Point,
  state: LbfgsState,
  lineSearch: LineSearch,
): Ask<Step<LbfgsState>> {
  const { pairs, direction } = state;
  for (;;) {
    quasiNewtonDirection(pairs, point.gradient, direction);
    const fresh = pairs.count === 0;
    // Without curvature the gradient's length says nothing of the step's: at most one unit is tried.
    if (fresh) scale(Math.min(1, 1 / norm(point.gradient)), direction);
    const slope = dot(point.gradient, direction);
    if (slope < 0) {
      const found = yield* lineSearch.search(point, direction, slope, 1, state.search);
      if (found.point !== undefined) {
        const { x, gradient } = found.point;
        if (!addPair(pairs, point.x, point.gradient, x, gradient)) state.skippedPairs++;
        return { point: found.point, state, stepSize: distance(x, point.x) };
      }
    }
    if (fresh || isHopeless(slope, point.value)) {
      return { point, state, stepSize: 0, stalled: stallOf(slope, point.value) };
    }
    clearPairs(pairs);
    state.resets++;
  }
}
