import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askValue, type Vector } from "../../../linalg/ask.ts";
import { gaussian, type RandomStream, randomStream, uniform } from "../../../linalg/random.ts";
import { distance } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { SolverContext } from "../search.ts";
import type { Point, Solver, Step } from "../solver.ts";
import { type LocalOption, localSearch, localSolver, localUses } from "./localSearch.ts";
import {
  finiteValue,
  type MinimaSeen,
  noMinima,
  placed,
  planEnd,
  searchOf,
  see,
} from "./minima.ts";
import { fromUnit, type Region, requireBox, unitPoint } from "./region.ts";
import { acceptance, annealed, visitingMove } from "./visiting.ts";

export interface DualAnnealingOptions {
  /** Temperatures, each with 2n values. Default 1000. */
  readonly iterations?: number;
  /** T₀, in (0.01, 50000]. Default 5230. */
  readonly temperature?: number;
  /** At this part of T₀ annealing begins anew from a random point. Default 2e-5. */
  readonly restartRatio?: number;
  /** q_v of the visiting distribution, in (1, 3): the larger, the longer its jumps. Default 2.62. */
  readonly visit?: number;
  /** q_a of the acceptance, at most −5 and above −10000: the smaller, the fewer rises are accepted. Default −5. */
  readonly accept?: number;
  /** The solver that polishes what was found, or false for plain generalized annealing. Default `lbfgs`. */
  readonly local?: LocalOption | false;
}

interface Place {
  readonly x: Vector;
  readonly value: number;
}

export interface DualAnnealingState {
  readonly context: SolverContext;
  readonly box: Region;
  readonly random: RandomStream;
  iteration: number;
  /** Temperatures since annealing last began. */
  cooled: number;
  restarts: number;
  current: Place;
  best: Point;
  /** The lowest place of the walk since the last local search from it. */
  walk: Place;
  /** Temperatures since the best value last fell, and how many are waited for. */
  waited: number;
  patience: number;
  values: number;
  readonly seen: MinimaSeen;
}

/** The residual of a point whose gradient was not asked for. */
const unknown = Number.POSITIVE_INFINITY;

/** Moves beyond this are shortened to a random part of it: all bits of a longer one are lost in the box. */
const tail = 1e8;

/**
 * Generalized simulated annealing with local searches. At each temperature n moves of all coordinates and
 * one of each alone, by Tsallis' heavy-tailed visiting distribution, folded into the box; rises
 * are accepted by his generalized rule. Whenever the best value has fallen a local search polishes it, and
 * after long without a fall one starts from the lowest place of the walk.
 *
 * Guarantee: the annealing converges to the global minimum in probability for cooling as it is done here, in
 * unlimited time. A local search that fails never wins; a value that is not finite is never accepted.
 * Price: 2n values an iteration, and a local search now and then; a few vectors.
 *
 * @throws NadirError `dualAnnealing/box` without a finite box; `dualAnnealing/iterations`,
 * `dualAnnealing/temperature`, `dualAnnealing/restartRatio`, `dualAnnealing/visit`, `dualAnnealing/accept`,
 * `dualAnnealing/local`, `dualAnnealing/unknown-option`
 * @see Tsallis & Stariolo (1996), Generalized simulated annealing; Xiang, Sun, Fan & Gong (1997), Generalized
 * simulated annealing algorithm and its application to the Thomson model, eqs. (5) to (8)
 */
export const dualAnnealing = described(
  {
    name: "dualAnnealing",
    kind: "solver",
    summary:
      "Generalized (Tsallis) simulated annealing in a box: heavy-tailed moves, and local searches from what it finds.",
    guarantee:
      "The annealing converges to the global minimum of a continuous function in probability, in unlimited time; nothing of finite time. A failed local search never wins.",
    price: {
      iteration: "2n values, and a local search whenever the best value has fallen",
      memory: "about six vectors",
    },
    source:
      "Tsallis & Stariolo (1996), Generalized simulated annealing; Xiang et al. (1997), Generalized simulated annealing algorithm and its application to the Thomson model, eqs. (5) to (8)",
  },
  (options: DualAnnealingOptions = {}): Solver<DualAnnealingState> => {
    const area = "dualAnnealing";
    requireKnownOptions(area, options, [
      ...["iterations", "temperature", "restartRatio", "visit", "accept", "local"],
    ]);
    const inside = (name: string, value: number, low: number, high: number): number =>
      requireInRange(`${area}/${name}`, value, [low, high], { open: true });
    const plan: Plan = {
      iterations: requireCount(`${area}/iterations`, options.iterations ?? 1000),
      temperature: inside("temperature", options.temperature ?? 5230, 0.01, 5e4),
      restartRatio: inside("restartRatio", options.restartRatio ?? 2e-5, 0, 1),
      visit: inside("visit", options.visit ?? 2.62, 1, 3),
      accept: requireInRange(`${area}/accept`, options.accept ?? -5, [-1e4, -5], { closed: true }),
      local: options.local === false ? undefined : localSolver(area, options.local),
    };
    return {
      kind: "solver",
      name: area,
      needs: [...new Set(["value" as const, "bounds" as const, ...(plan.local?.needs ?? [])])],
      uses: localUses,
      monotone: true,
      endsByPlan: true,
      init: ({ x, value }, context = {}) => {
        const box = requireBox(area, context.bounds);
        const first = placed({ x, value: finiteValue(value) }, unknown);
        return {
          ...{ context, box, random: randomStream(context.seed ?? 0) },
          ...{ iteration: 0, cooled: 0, restarts: 0, waited: 0, patience: 1000, values: 0 },
          ...{ current: first, best: first, walk: first, seen: noMinima() },
        };
      },
      step: (_, state) => anneal(state, plan),
      search: (state) => searchOf(state.seen, sentencesOf(state, plan)),
    };
  },
);

interface Plan {
  readonly iterations: number;
  readonly temperature: number;
  readonly restartRatio: number;
  readonly visit: number;
  readonly accept: number;
  readonly local: Solver | undefined;
}

function* anneal(state: DualAnnealingState, plan: Plan): Ask<Step<DualAnnealingState>> {
  const before = state.best;
  let temperature = annealed(plan.visit, plan.temperature, state.cooled);
  if (temperature < plan.restartRatio * plan.temperature) {
    yield* restart(state);
    temperature = plan.temperature;
  }
  const hasFallen = yield* chain(state, plan, temperature);
  const { local } = plan;
  if (local !== undefined) {
    if (hasFallen || state.iteration === 0) yield* polish(state, local, state.best);
    if (state.waited >= state.patience) {
      state.walk = (yield* polish(state, local, state.walk)) ?? state.current;
      state.waited = 0;
      state.patience = state.current.x.length;
    }
  }
  state.iteration++;
  state.cooled++;
  const { best } = state;
  return {
    // Of a place that only its value is known of, the gradient is asked for at the end.
    point: best,
    state,
    stepSize: best === before ? 0 : distance(best.x, before.x),
    stalled: state.iteration >= plan.iterations ? planEnd(state.seen, best) : undefined,
  };
}

function* restart(state: DualAnnealingState): Ask<void> {
  const x = fromUnit(state.box, unitPoint(state.random, state.current.x.length));
  state.values++;
  state.current = { x, value: finiteValue(yield* askValue(x)) };
  state.walk = state.current;
  state.cooled = 0;
  state.restarts++;
}

/** The 2n moves at one temperature. True if the best value has fallen. */
function* chain(state: DualAnnealingState, plan: Plan, temperature: number): Ask<boolean> {
  const n = state.current.x.length;
  const narrow = temperature / (state.cooled + 1);
  let hasFallen = false;
  state.waited++;
  for (let move = 0; move < 2 * n; move++) {
    const x = visited(state, plan.visit, temperature, move < n ? undefined : move - n);
    const value = finiteValue(yield* askValue(x));
    state.values++;
    const rise = value - state.current.value;
    if (rise < 0 || uniform(state.random) <= acceptance(plan.accept, rise, narrow)) {
      state.current = { x, value };
      if (rise >= 0) state.walk = state.current;
    }
    if (state.waited >= state.patience && (move === 0 || state.current.value < state.walk.value))
      state.walk = state.current;
    if (value >= state.best.value) continue;
    state.best = placed({ x, value }, unknown);
    state.waited = 0;
    hasFallen = true;
  }
  return hasFallen;
}

/** A move of all coordinates, or of one, folded into the box as if it were a torus. */
function visited(
  { current, random, box }: DualAnnealingState,
  q: number,
  temperature: number,
  only: number | undefined,
): Vector {
  return current.x.map((xi, i) => {
    if (only !== undefined && i !== only) return xi;
    let move = visitingMove(q, temperature, gaussian(random), gaussian(random));
    if (!(Math.abs(move) <= tail)) move = Math.sign(move) * tail * uniform(random);
    const [low, high] = [box.lower[i]!, box.upper[i]!];
    const width = high - low;
    if (width === 0) return low;
    const along = (((xi - low + move) % width) + width) % width;
    return Math.min(high, low + along);
  });
}

/** A local search from a place; the best point and the walk move to its end if that is lower. */
function* polish(state: DualAnnealingState, local: Solver, { x }: Place): Ask<Point | undefined> {
  const end = yield* localSearch(local, x, state.context);
  see(state.seen, end, state.context.bounds);
  if (end.kind === "failed") return undefined;
  if (end.point.value < state.best.value) {
    state.best = end.point;
    state.current = end.point;
    state.waited = 0;
  }
  return end.point;
}

function sentencesOf(state: DualAnnealingState, { temperature }: Plan): string[] {
  return [
    `${state.iteration} temperatures from ${temperature} down${state.restarts === 0 ? "" : `, begun anew ${state.restarts} times`}, with ${state.values} values in the box`,
  ];
}
