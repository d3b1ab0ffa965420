import { requireCount, requireKnownOptions, requireWord } from "../../../base/require.ts";
import type { Ask, Vector } from "../../../linalg/ask.ts";
import { randomStream } from "../../../linalg/random.ts";
import { distance } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { SolverContext } from "../search.ts";
import type { Point, Solver, Step } from "../solver.ts";
import { type LocalOption, localSearch, localSolver, localUses } from "./localSearch.ts";
import {
  type MinimaSeen,
  noMinima,
  planEnd,
  requireSameness,
  type Sameness,
  searchOf,
  see,
} from "./minima.ts";
import {
  fromUnit,
  latinHypercube,
  type Region,
  regionOf,
  requireSpread,
  unitPoint,
} from "./region.ts";

export interface MultiStartOptions extends Sameness {
  /** Local searches, the first from the run's own start. Default 50. */
  readonly starts?: number;
  /** How starts are spread: evenly by `latinHypercube` (default), or `uniform` and independent. */
  readonly sampling?: "latinHypercube" | "uniform";
  /** The solver of the local searches. Default `lbfgs`. */
  readonly local?: LocalOption;
  /** Where the problem has no finite box: how far starts lie to each side of the run's own. Default 3·max(1, ‖x₀‖∞). */
  readonly spread?: number;
}

export interface MultiStartState {
  readonly context: SolverContext;
  readonly region: Region;
  readonly starts: readonly Vector[];
  /** Starts used so far. */
  done: number;
  readonly seen: MinimaSeen;
  best: Point | undefined;
}

const samplings = ["latinHypercube", "uniform"] as const;

/**
 * Local searches from many starts; their ends clustered into distinct minima, with how often each was reached.
 *
 * Guarantee: with ever more starts that are uniform over a box the global minimum is found with
 * probability 1; how much of the box leads to minima not seen yet is estimated from the counts (eqs. 3.5, 3.6). A
 * search that fails never wins.
 * Price: one local search an iteration; one vector for each start and for each distinct minimum.
 *
 * @throws NadirError `multiStart/starts`, `multiStart/sampling`, `multiStart/local`, `multiStart/spread`,
 * `multiStart/distance`, `multiStart/value`, `multiStart/unknown-option`
 * @see Boender & Rinnooy Kan (1987), Bayesian stopping rules for multistart global optimization methods
 */
export const multiStart = described(
  {
    name: "multiStart",
    kind: "solver",
    summary:
      "Local searches from starts spread over a box; tells the distinct minima and how often each was reached.",
    guarantee:
      "Finds the global minimum in a box with probability 1 as the number of uniform starts grows; of a finite number it tells what part of the box is expected to lead to minima not seen. A failed search never wins.",
    price: {
      iteration: "one local search (lbfgs: some ten gradients)",
      memory: "a vector for each start and each distinct minimum",
    },
    source:
      "Boender & Rinnooy Kan (1987), Bayesian stopping rules for multistart global optimization methods; McKay, Beckman & Conover (1979) for the starts",
  },
  (options: MultiStartOptions = {}): Solver<MultiStartState> => {
    const area = "multiStart";
    requireKnownOptions(area, options, [
      "starts",
      "sampling",
      "local",
      "spread",
      "distance",
      "value",
    ]);
    const count = requireCount("multiStart/starts", options.starts ?? 50);
    const sampling = requireWord(
      `${area}/sampling`,
      options.sampling ?? "latinHypercube",
      samplings,
    );
    const spread = requireSpread(area, options.spread);
    const same = requireSameness(area, options);
    const local = localSolver(area, options.local);
    return {
      kind: "solver",
      name: area,
      needs: [...new Set(["value" as const, ...local.needs])],
      uses: ["bounds", ...localUses],
      monotone: false,
      endsByPlan: true,
      init: (start, context = {}) => {
        const random = randomStream(context.seed ?? 0);
        const n = start.x.length;
        const region = regionOf(start.x, context.bounds, spread);
        const units =
          sampling === "uniform"
            ? Array.from({ length: count - 1 }, () => unitPoint(random, n))
            : latinHypercube(random, count - 1, n);
        const starts = [start.x, ...units.map((unit) => fromUnit(region, unit))];
        return { context, region, starts, done: 0, seen: noMinima(), best: undefined };
      },
      step: (point, state) => oneStart(point, state, local, same),
      search: ({ region, done, seen }) => searchOf(seen, sentencesOf(region, done, seen)),
    };
  },
);

function* oneStart(
  point: Point,
  state: MultiStartState,
  local: Solver,
  same: Sameness,
): Ask<Step<MultiStartState>> {
  const { context, starts, seen } = state;
  const end = yield* localSearch(local, starts[state.done]!, context);
  state.done++;
  see(seen, end, context.bounds, same);
  const isBest =
    end.kind === "minimum" && (state.best === undefined || end.point.value < state.best.value);
  if (isBest) state.best = end.point;
  const next = state.best ?? point;
  const stalled = state.done === starts.length ? planEnd(seen, next) : undefined;
  return { point: next, state, stepSize: isBest ? distance(next.x, point.x) : 0, stalled };
}

function sentencesOf({ words }: Region, done: number, seen: MinimaSeen): string[] {
  const where = `${done} ${done === 1 ? "start" : "starts"}, the first the run's own, the others spread over ${words}`;
  const ended = seen.minima.reduce((sum, { reached }) => sum + reached, 0);
  const distinct = seen.minima.length;
  if (ended <= distinct + 2) return [where];
  const minima = (distinct * (ended - 1)) / (ended - distinct - 2);
  const unseen = (distinct * (distinct + 1)) / (ended * (ended - 1));
  return [
    where,
    `if starts were uniform, about ${Math.round(minima)} minima are to be expected in all, and ${Number((100 * unseen).toPrecision(2))} % of the volume leads to minima not seen (Boender and Rinnooy Kan's estimate)`,
  ];
}
