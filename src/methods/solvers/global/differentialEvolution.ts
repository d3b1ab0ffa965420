import { NadirError } from "../../../base/errors.ts";
import {
  requireCount,
  requireInRange,
  requireKnownOptions,
  requireWord,
} from "../../../base/require.ts";
import { type Ask, askValue, type Vector } from "../../../linalg/ask.ts";
import { below, type RandomStream, randomStream, uniform } from "../../../linalg/random.ts";
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
import { fromUnit, latinHypercube, type Region, reflected, requireBox } from "./region.ts";

/** Where a mutant starts from, and by how many differences it is moved; all with binomial crossover. */
export type DifferentialStrategy = "best1bin" | "rand1bin" | "currentToBest1bin";

export interface DifferentialEvolutionOptions {
  /** Members. Default 15 for each unknown, at least 20. */
  readonly population?: number;
  /** Default `rand1bin` where members adapt, `best1bin` (faster, and sooner in a local minimum) where they do not. */
  readonly strategy?: DifferentialStrategy;
  /** F of `adapt: "none"`, the length of difference vectors, in (0, 2): a number, or two between which it is drawn in each generation (dithering). Default [0.5, 1]. */
  readonly mutation?: number | readonly [low: number, high: number];
  /** CR of `adapt: "none"`, and the first of each member otherwise: the probability that a coordinate is the mutant's, in [0, 1]. Default 0.7. */
  readonly crossover?: number;
  /** `jde` (default): each member has an F and a CR of its own, which are inherited where they did well. `none`: `mutation` and `crossover` hold for all. */
  readonly adapt?: "none" | "jde";
  /** Generations at most. Default 1000. */
  readonly generations?: number;
  /** Ends when the values of all members lie within this of the best, in units of 1 + |f|. Default 1e-6. */
  readonly flat?: number;
  /** The solver that polishes the best member at the end, or false. Default `lbfgs`. */
  readonly local?: LocalOption | false;
}

interface Member {
  readonly x: Vector;
  readonly value: number;
  readonly mutation: number;
  readonly crossover: number;
}

export interface DifferentialEvolutionState {
  readonly context: SolverContext;
  readonly box: Region;
  readonly random: RandomStream;
  generation: number;
  values: number;
  /** Its best is the first. */
  readonly members: Member[];
  ended: "flat" | "generations" | undefined;
  readonly seen: MinimaSeen;
}

const strategies = ["best1bin", "rand1bin", "currentToBest1bin"] as const;
const adaptations = ["none", "jde"] as const;

/**
 * Differential evolution: a population in which each member is set against a trial, made of another member
 * moved by the difference of two more, v = a + F(b − c), and mixed with it coordinate by coordinate; the lower stays.
 *
 * Guarantee: the best value never rises; none of reaching the global minimum. Members whose value is not
 * finite rank last. Depends on f only through comparisons, until the polish.
 * Price: `population` values an iteration (a generation), and one local search at the end; `population` vectors.
 *
 * @throws NadirError `differentialEvolution/box` without a finite box; `differentialEvolution/population`, `…/strategy`,
 * `…/mutation`, `…/crossover`, `…/adapt`, `…/generations`, `…/flat`, `…/local`, `…/unknown-option`
 * @see Storn & Price (1997), Differential evolution – a simple and efficient heuristic for global optimization
 * over continuous spaces, section 2; Brest et al. (2006), Self-adapting control parameters in differential
 * evolution, eqs. (10) to (11), for `jde`
 */
export const differentialEvolution = described(
  {
    name: "differentialEvolution",
    kind: "solver",
    summary:
      "A population in a box: members moved by differences of others, the lower of old and new stays; polished at the end.",
    guarantee:
      "The best value never rises. None of reaching the global minimum: a population can settle in a local one.",
    price: {
      iteration: "one value for each member (15 for each unknown); a local search at the end",
      memory: "a vector for each member",
    },
    source:
      "Storn & Price (1997), Differential evolution – a simple and efficient heuristic for global optimization over continuous spaces, section 2; Brest et al. (2006), eqs. (10) to (11)",
  },
  (options: DifferentialEvolutionOptions = {}): Solver<DifferentialEvolutionState> => {
    const plan = readPlan(options);
    return {
      kind: "solver",
      name: area,
      needs: [...new Set(["value" as const, "bounds" as const, ...(plan.local?.needs ?? [])])],
      uses: localUses,
      monotone: true,
      endsByPlan: true,
      init: (start, context = {}) => {
        const box = requireBox(area, context.bounds);
        const random = randomStream(context.seed ?? 0);
        const first = { x: start.x, value: finiteValue(start.value) };
        const member = { mutation: 0.5, crossover: plan.crossover };
        return {
          ...{ context, box, random, generation: 0, values: 0 },
          members: [{ ...first, ...member }],
          ended: undefined,
          seen: noMinima(),
        };
      },
      step: (point, state) => generation(point, state, plan),
      search: (state) => searchOf(state.seen, sentencesOf(state)),
    };
  },
);

const area = "differentialEvolution";

interface Plan {
  readonly population: number | undefined;
  readonly strategy: DifferentialStrategy;
  readonly mutation: readonly [number, number];
  readonly crossover: number;
  readonly adapt: "none" | "jde";
  readonly generations: number;
  readonly flat: number;
  readonly local: Solver | undefined;
}

function readPlan(options: DifferentialEvolutionOptions): Plan {
  requireKnownOptions(area, options, [
    ...["population", "strategy", "mutation", "crossover", "adapt", "generations", "flat", "local"],
  ]);
  const { mutation = [0.5, 1] } = options;
  const adapt = requireWord(`${area}/adapt`, options.adapt ?? "jde", adaptations);
  const [low, high] = typeof mutation === "number" ? [mutation, mutation] : mutation;
  for (const factor of [low, high])
    requireInRange(`${area}/mutation`, factor, [0, 2], { open: true });
  if (low > high) {
    throw new NadirError(`${area}/mutation`, `mutation is from ${low} to ${high}`, {
      expected: "the lower number first",
    });
  }
  return {
    population:
      options.population === undefined
        ? undefined
        : requireCount(`${area}/population`, options.population, 5),
    strategy: requireWord(
      `${area}/strategy`,
      options.strategy ?? (adapt === "jde" ? "rand1bin" : "best1bin"),
      strategies,
    ),
    mutation: [low, high],
    crossover: requireInRange(`${area}/crossover`, options.crossover ?? 0.7, [0, 1], {
      closed: true,
    }),
    adapt,
    generations: requireCount(`${area}/generations`, options.generations ?? 1000),
    flat: requireInRange(`${area}/flat`, options.flat ?? 1e-6, [0, Number.POSITIVE_INFINITY]),
    local: options.local === false ? undefined : localSolver(area, options.local),
  };
}

/** The first iteration evaluates the population, each later one is a generation. */
function* generation(
  point: Point,
  state: DifferentialEvolutionState,
  plan: Plan,
): Ask<Step<DifferentialEvolutionState>> {
  const { members } = state;
  if (members.length === 1) yield* populate(state, plan);
  else {
    const [low, high] = plan.mutation;
    const dither = low + (high - low) * uniform(state.random);
    for (let i = 0; i < members.length; i++) yield* challenge(state, i, plan, dither);
    state.generation++;
  }
  const [best, worst] = [members[0]!, Math.max(...members.map(({ value }) => value))];
  if (worst - best.value <= plan.flat * (1 + Math.abs(best.value))) state.ended = "flat";
  else if (state.generation >= plan.generations) state.ended = "generations";
  let next = placed(best, extent(members, state.box));
  if (state.ended !== undefined && plan.local !== undefined) {
    const end = yield* localSearch(plan.local, best.x, state.context);
    see(state.seen, end, state.context.bounds);
    if (end.kind === "minimum" && end.point.value <= best.value) next = end.point;
  }
  return {
    point: next,
    state,
    stepSize: distance(next.x, point.x),
    stalled: state.ended === undefined ? undefined : planEnd(state.seen, next),
  };
}

function* populate(state: DifferentialEvolutionState, plan: Plan): Ask<void> {
  const { members, box, random } = state;
  const n = box.lower.length;
  const others = (plan.population ?? Math.max(20, 15 * n)) - 1;
  for (const unit of latinHypercube(random, others, n)) {
    const x = fromUnit(box, unit);
    const value = finiteValue(yield* askValue(x));
    members.push({ x, value, mutation: 0.5, crossover: plan.crossover });
  }
  state.values += others;
  for (let i = 1; i < members.length; i++) bestFirst(members, i);
}

/** A trial against member i: takes its place if it is no higher. */
function* challenge(
  state: DifferentialEvolutionState,
  i: number,
  plan: Plan,
  dither: number,
): Ask<void> {
  const { members, random, box } = state;
  const member = members[i]!;
  const [mutation, crossover] =
    plan.adapt === "jde" ? inherited(random, member) : [dither, plan.crossover];
  const mutant = mutantFor(members, i, random, plan.strategy, mutation);
  const forced = below(random, mutant.length);
  const mixed = mutant.map((to, k) =>
    k === forced || uniform(random) < crossover ? to : member.x[k]!,
  );
  const x = reflected(mixed, box);
  const value = finiteValue(yield* askValue(x));
  state.values++;
  if (value > member.value) return;
  members[i] = { x, value, mutation, crossover };
  bestFirst(members, i);
}

/** Brest's rule: with probability 0.1 each a new F in [0.1, 1) and a new CR in [0, 1), else the member's own. */
function inherited(random: RandomStream, member: Member): readonly [number, number] {
  const [drawF, newF, drawCr, newCr] = [0, 0, 0, 0].map(() => uniform(random)) as [
    ...[number, number, number, number], // four were drawn
  ];
  return [
    drawF < 0.1 ? 0.1 + 0.9 * newF : member.mutation,
    drawCr < 0.1 ? newCr : member.crossover,
  ];
}

function mutantFor(
  members: readonly Member[],
  i: number,
  random: RandomStream,
  strategy: DifferentialStrategy,
  factor: number,
): Vector {
  const others: number[] = [];
  while (others.length < 3) {
    const drawn = below(random, members.length);
    if (drawn !== i && !others.includes(drawn)) others.push(drawn);
  }
  const at = (k: number): Vector => members[k]!.x;
  const [a, b, c] = [at(others[0]!), at(others[1]!), at(others[2]!)];
  const [best, own] = [at(0), at(i)];
  switch (strategy) {
    case "best1bin":
      return best.map((x, k) => x + factor * (b[k]! - c[k]!));
    case "rand1bin":
      return a.map((x, k) => x + factor * (b[k]! - c[k]!));
    case "currentToBest1bin":
      return own.map((x, k) => x + factor * (best[k]! - x + b[k]! - c[k]!));
  }
}

/** Keeps the best member at the first place. */
function bestFirst(members: Member[], i: number): void {
  const [first, candidate] = [members[0]!, members[i]!];
  if (candidate.value >= first.value) return;
  members[0] = candidate;
  members[i] = first;
}

/** The largest extent of a coordinate over the population, in widths of the box: what stands for a gradient's norm. */
function extent(members: readonly Member[], { lower, upper }: Region): number {
  let largest = 0;
  for (let k = 0; k < lower.length; k++) {
    const values = members.map(({ x }) => x[k]!);
    const width = upper[k]! - lower[k]!;
    if (width > 0) largest = Math.max(largest, (Math.max(...values) - Math.min(...values)) / width);
  }
  return largest;
}

function sentencesOf({ generation, members, values, ended }: DifferentialEvolutionState): string[] {
  const end =
    ended === "flat"
      ? ", until all had one value"
      : ended === "generations"
        ? ", which were all that were allowed: the population had not settled"
        : "";
  return [
    `a population of ${members.length} in the box over ${generation} generations${end}; ${values} values`,
  ];
}
