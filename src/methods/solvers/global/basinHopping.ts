import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import type { Ask, Vector } from "../../../linalg/ask.ts";
import { type RandomStream, randomStream, uniform } from "../../../linalg/random.ts";
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
  sameValue,
  searchOf,
  see,
} from "./minima.ts";
import { reflected } from "./region.ts";

export interface BasinHoppingOptions extends Sameness {
  /** Hops, each with a local search. Default 100. */
  readonly hops?: number;
  /** The largest move of a coordinate in a hop, at first. Default: a tenth of the box, or ½ where there is none. */
  readonly stepSize?: number;
  /** The T of the acceptance exp(−Δf/T), in units of f. Default: the mean |Δf| between the minima of the hops so far. */
  readonly temperature?: number;
  /** The part of hops to be accepted: the step size is adapted to it every ten hops. Default ½. */
  readonly acceptance?: number;
  /** The solver of the local searches. Default `lbfgs`. */
  readonly local?: LocalOption;
}

export interface BasinHoppingState {
  readonly context: SolverContext;
  readonly random: RandomStream;
  /** The largest move of each coordinate is `scale` times this. */
  readonly unit: Vector;
  scale: number;
  hops: number;
  /** Of the hops since the step size was last adapted. */
  recent: number;
  recentAccepted: number;
  accepted: number;
  /** Σ|Δf| over hops between different minima, and their number. */
  differences: number;
  differing: number;
  current: Point | undefined;
  best: Point | undefined;
  readonly seen: MinimaSeen;
}

const every = 10;
const factor = 0.8;

/**
 * Basin hopping: a walk on the transformed landscape f̃(x) = the value that a local search from x ends at.
 * From a minimum a random move of every coordinate, a local search, and Metropolis' choice between the two
 * minima: down always, up with probability exp(−Δf̃/T). The step size follows the part that is accepted.
 *
 * Guarantee: none in finite time; a local search that fails is rejected and never wins.
 * Price: one local search an iteration; a vector for each distinct minimum.
 *
 * @throws NadirError `basinHopping/hops`, `basinHopping/stepSize`, `basinHopping/temperature`,
 * `basinHopping/acceptance`, `basinHopping/local`, `basinHopping/distance`, `basinHopping/value`,
 * `basinHopping/unknown-option`
 * @see Wales & Doye (1997), Global optimization by basin-hopping and the lowest energy structures of
 * Lennard-Jones clusters containing up to 110 atoms, section 2
 */
export const basinHopping = described(
  {
    name: "basinHopping",
    kind: "solver",
    summary:
      "Random moves from minimum to minimum, a local search after each, accepted by Metropolis' rule.",
    guarantee:
      "None in finite time: it finds what hops from the start can reach. A failed local search never wins.",
    price: {
      iteration: "one local search (lbfgs: some ten gradients)",
      memory: "a vector for each distinct minimum",
    },
    source:
      "Wales & Doye (1997), Global optimization by basin-hopping and the lowest energy structures of Lennard-Jones clusters containing up to 110 atoms, section 2",
  },
  (options: BasinHoppingOptions = {}): Solver<BasinHoppingState> => {
    const area = "basinHopping";
    requireKnownOptions(area, options, [
      ...["hops", "stepSize", "temperature", "acceptance", "local", "distance", "value"],
    ]);
    const hops = requireCount("basinHopping/hops", options.hops ?? 100);
    const open = { open: true } as const;
    const positive = [0, Number.POSITIVE_INFINITY] as const;
    const { stepSize, temperature } = options;
    if (stepSize !== undefined) requireInRange("basinHopping/stepSize", stepSize, positive, open);
    if (temperature !== undefined)
      requireInRange("basinHopping/temperature", temperature, positive);
    const acceptance = options.acceptance ?? 0.5;
    requireInRange("basinHopping/acceptance", acceptance, [0, 1], open);
    const plan = { hops, temperature, acceptance, same: requireSameness(area, options) };
    const local = localSolver(area, options.local);
    return {
      kind: "solver",
      name: area,
      needs: [...new Set(["value" as const, ...local.needs])],
      uses: ["bounds", ...localUses],
      monotone: false,
      endsByPlan: true,
      init: ({ x }, context = {}) => ({
        context,
        random: randomStream(context.seed ?? 0),
        unit: x.map((_, i) => stepSize ?? unitOf(context, i)),
        scale: 1,
        ...{ hops: 0, recent: 0, recentAccepted: 0, accepted: 0, differences: 0, differing: 0 },
        ...{ current: undefined, best: undefined, seen: noMinima() },
      }),
      step: (point, state) => hop(point, state, local, plan),
      search: (state) => searchOf(state.seen, sentencesOf(state)),
    };
  },
);

function unitOf({ bounds }: SolverContext, i: number): number {
  const width =
    bounds === undefined ? Number.POSITIVE_INFINITY : bounds.upper[i]! - bounds.lower[i]!;
  return Number.isFinite(width) ? width / 10 : 0.5;
}

interface Plan {
  readonly hops: number;
  readonly temperature: number | undefined;
  readonly acceptance: number;
  readonly same: Sameness;
}

/** The first iteration is the local search from the start; each later one is a hop. */
function* hop(
  point: Point,
  state: BasinHoppingState,
  local: Solver,
  plan: Plan,
): Ask<Step<BasinHoppingState>> {
  const { context, seen, current } = state;
  const isFirst = seen.searches === 0;
  const from = isFirst ? point.x : moved(current?.x ?? point.x, state);
  const end = yield* localSearch(local, from, context);
  see(seen, end, context.bounds, plan.same);
  const found = end.kind === "minimum" ? end.point : undefined;
  if (!isFirst) {
    state.hops++;
    state.recent++;
  }
  if (found !== undefined) {
    if (current === undefined || isAccepted(current.value, found.value, state, plan)) {
      state.current = found;
      if (!isFirst) {
        state.accepted++;
        state.recentAccepted++;
      }
    }
    if (state.best === undefined || found.value < state.best.value) state.best = found;
  }
  if (state.recent === every) adapt(state, plan.acceptance);
  const next = state.best ?? point;
  const stalled = state.hops >= plan.hops ? planEnd(seen, next) : undefined;
  return { point: next, state, stepSize: distance(next.x, point.x), stalled };
}

/** Every coordinate moved by as much as the step size allows, and mirrored at the faces of the box. */
function moved(x: Vector, { random, unit, scale, context: { bounds } }: BasinHoppingState): Vector {
  const to = x.map((xi, i) => xi + (2 * uniform(random) - 1) * scale * unit[i]!);
  return bounds === undefined ? to : reflected(to, bounds);
}

function isAccepted(from: number, to: number, state: BasinHoppingState, plan: Plan): boolean {
  // Back in the same minimum, to rounding: it stays.
  if (sameValue(from, to, plan.same.value)) return true;
  state.differences += Math.abs(to - from);
  state.differing++;
  const temperature = plan.temperature ?? state.differences / state.differing;
  return to < from || uniform(state.random) < Math.exp((from - to) / temperature);
}

function adapt(state: BasinHoppingState, target: number): void {
  // As long as no minimum is known, hops must become longer to find one.
  const isLonger = state.current === undefined || state.recentAccepted > target * state.recent;
  state.scale *= isLonger ? 1 / factor : factor;
  state.recent = 0;
  state.recentAccepted = 0;
}

function sentencesOf({ hops, accepted, scale }: BasinHoppingState): string[] {
  return [
    `${hops} hops from minimum to minimum, ${accepted} of them accepted; the step size ended at ${Number(scale.toPrecision(3))} times its first`,
  ];
}
