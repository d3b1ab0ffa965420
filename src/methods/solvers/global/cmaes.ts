import {
  requireCount,
  requireInRange,
  requireKnownOptions,
  requireWord,
} from "../../../base/require.ts";
import { type Ask, askValue, type Vector } from "../../../linalg/ask.ts";
import { gaussian, type RandomStream, randomStream, uniform } from "../../../linalg/random.ts";
import { distance, normInf } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { SolverContext } from "../search.ts";
import type { Point, Solver, Step } from "../solver.ts";
import { cmaParameters } from "./cmaParameters.ts";
import { type CmaEnd, type CmaRun, cmaEnd, cmaRun, drawOffspring, updateCma } from "./cmaRun.ts";
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
import { fromUnit, type Region, reflected, unitPoint } from "./region.ts";

export interface CmaesOptions {
  /** λ, offspring of the first run. Default 4 + ⌊3 ln n⌋. */
  readonly population?: number;
  /** σ₀, the first standard deviation. Default: 0.3 of the box's width, or ½·max(1, ‖x₀‖∞) where there is no finite box. */
  readonly stepSize?: number;
  /** The matrix of the normal distribution: `full`, or `separable`, its diagonal alone: O(n). Default `full` up to 200 unknowns. */
  readonly covariance?: "full" | "separable";
  /** What follows a run that has ended: `ipop`, runs of twice the offspring each time; `bipop`, these and smaller ones by turns; `none`. Default `bipop`. */
  readonly restart?: "bipop" | "ipop" | "none";
  /** Runs of doubled offspring at most. Default 5. */
  readonly restarts?: number;
  /** The solver that polishes the best point of each run, or false. Default `lbfgs`. */
  readonly local?: LocalOption | false;
}

interface Place {
  readonly x: Vector;
  readonly value: number;
}

export interface CmaesState {
  readonly context: SolverContext;
  readonly random: RandomStream;
  readonly start: Vector;
  readonly unit: Vector;
  run: CmaRun;
  /** The best of this run, and of all. */
  runBest: Place;
  best: Point;
  /** Runs of doubled offspring begun beside the first; values spent on them, and on the small ones. */
  doubled: number;
  isSmall: boolean;
  spentLarge: number;
  spentSmall: number;
  /** The values of the run at work. */
  spent: number;
  generations: number;
  readonly ends: { [end in CmaEnd]?: number };
  readonly seen: MinimaSeen;
}

const area = "cmaes";

/**
 * CMA-ES: offspring of a normal distribution are ranked, and its mean, step size and covariance matrix learn
 * from the ranks; restarted with larger populations (IPOP), and with small ones between (BIPOP).
 *
 * Beyond the faces of a box the function is continued by its mirror images. The search depends on f only through
 * comparisons, and not at all on the choice of axes (`full`), until a run's best point is polished.
 *
 * Guarantee: none of reaching the global minimum; the best value never rises. A value that is not finite ranks last.
 * Price: λ values an iteration (a generation); n² numbers and O(n³) now and then, or O(n) if separable.
 *
 * @throws NadirError `cmaes/population`, `cmaes/stepSize`, `cmaes/covariance`, `cmaes/restart`, `cmaes/restarts`,
 * `cmaes/local`, `cmaes/unknown-option`
 * @see Hansen (2016), The CMA evolution strategy: a tutorial, figure 6; Ros & Hansen (2008) for separable matrices;
 * Auger & Hansen (2005), A restart CMA evolution strategy with increasing population size; Hansen (2009),
 * Benchmarking a BI-population CMA-ES on the BBOB-2009 function testbed, section 2
 */
export const cmaes = described(
  {
    name: area,
    kind: "solver",
    summary:
      "A normal distribution that learns mean, step size and covariance from the ranks of its draws; restarted larger.",
    guarantee:
      "The best value never rises; the course does not change with f's scale or any increasing transformation, nor with rotated axes (full). None of reaching the global minimum.",
    price: {
      iteration: "4 + 3 ln n values at first, twice as many after each restart",
      memory: "3n² numbers, or 5 vectors if separable",
    },
    source:
      "Hansen (2016), The CMA evolution strategy: a tutorial, figure 6; Auger & Hansen (2005) and Hansen (2009) for the restarts; Ros & Hansen (2008) for separable matrices",
  },
  (options: CmaesOptions = {}): Solver<CmaesState> => {
    const plan = readPlan(options);
    return {
      kind: "solver",
      name: area,
      needs: [...new Set(["value" as const, ...(plan.local?.needs ?? [])])],
      uses: ["bounds", ...localUses],
      monotone: true,
      endsByPlan: true,
      init: (start, context = {}) => {
        const unit = unitsOf(start.x, context, plan.stepSize);
        const first = placed({ x: start.x, value: finiteValue(start.value) }, 1);
        return {
          ...{ context, unit, start: start.x, random: randomStream(context.seed ?? 0) },
          run: begin(plan, start.x, unit, offspringOf(plan, unit.length)),
          ...{ runBest: first, best: first, doubled: 0, isSmall: false },
          ...{ spentLarge: 0, spentSmall: 0, spent: 0, generations: 0, ends: {}, seen: noMinima() },
        };
      },
      step: (point, state) => generation(point, state, plan),
      search: (state) => searchOf(state.seen, sentencesOf(state)),
    };
  },
);

interface Plan {
  readonly population: number | undefined;
  readonly stepSize: number | undefined;
  readonly covariance: "full" | "separable" | undefined;
  readonly restart: "bipop" | "ipop" | "none";
  readonly restarts: number;
  readonly local: Solver | undefined;
}

function readPlan(options: CmaesOptions): Plan {
  requireKnownOptions(area, options, [
    ...["population", "stepSize", "covariance", "restart", "restarts", "local"],
  ]);
  const { population, stepSize, covariance, restart = "bipop", restarts = 5 } = options;
  if (population !== undefined) requireCount("cmaes/population", population, 4);
  if (stepSize !== undefined)
    requireInRange("cmaes/stepSize", stepSize, [0, Number.POSITIVE_INFINITY], { open: true });
  if (covariance !== undefined)
    requireWord("cmaes/covariance", covariance, ["full", "separable"] as const);
  return {
    ...{ population, stepSize, covariance },
    restart: requireWord("cmaes/restart", restart, ["bipop", "ipop", "none"] as const),
    restarts: requireCount("cmaes/restarts", restarts, 0),
    local: options.local === false ? undefined : localSolver(area, options.local),
  };
}

/** The first standard deviation of each unknown. */
function unitsOf(x0: Vector, { bounds }: SolverContext, stepSize: number | undefined): Vector {
  const wide = 0.5 * Math.max(1, normInf(x0));
  return x0.map((_, i) => {
    const width =
      bounds === undefined ? Number.POSITIVE_INFINITY : bounds.upper[i]! - bounds.lower[i]!;
    return stepSize ?? (Number.isFinite(width) ? 0.3 * width : wide);
  });
}

const offspringOf = ({ population }: Plan, n: number): number =>
  population ?? 4 + Math.floor(3 * Math.log(n));

function begin(plan: Plan, mean: Vector, unit: Vector, offspring: number, stepSize = 1): CmaRun {
  const n = mean.length;
  const separable = (plan.covariance ?? (n <= 200 ? "full" : "separable")) === "separable";
  return cmaRun(cmaParameters(n, offspring, separable), mean, unit, stepSize, separable);
}

function* generation(point: Point, state: CmaesState, plan: Plan): Ask<Step<CmaesState>> {
  const { run, random, context } = state;
  const offspring: (Place & { readonly step: Vector })[] = [];
  for (let k = 0; k < run.parameters.offspring; k++) {
    const { x, step } = drawOffspring(run, random);
    const inside = context.bounds === undefined ? x : reflected(x, context.bounds);
    offspring.push({ x: inside, step, value: finiteValue(yield* askValue(inside)) });
  }
  state.generations++;
  state.spent += offspring.length;
  offspring.sort((a, b) => a.value - b.value); // stable: equal values keep the order they were drawn in
  updateCma(
    run,
    offspring.map(({ step }) => step),
  );
  const [first] = offspring;
  if (first !== undefined && first.value < state.runBest.value) state.runBest = first;
  const size = run.stepSize * Math.max(...run.lengths);
  if (state.runBest.value < state.best.value) state.best = placed(state.runBest, size);
  else state.best = { ...state.best, residual: size };
  const end = cmaEnd(
    run,
    offspring.map(({ value }) => value),
  );
  const isOver = end === undefined ? false : yield* finish(state, plan, end);
  return {
    point: state.best,
    state,
    stepSize: distance(state.best.x, point.x),
    stalled: isOver ? planEnd(state.seen, state.best) : undefined,
  };
}

/** Polishes a run's best point, and begins the next run. True if there is none. */
function* finish(state: CmaesState, plan: Plan, end: CmaEnd): Ask<boolean> {
  state.ends[end] = (state.ends[end] ?? 0) + 1;
  if (plan.local !== undefined) {
    const polished = yield* localSearch(plan.local, state.runBest.x, state.context);
    see(state.seen, polished, state.context.bounds);
    if (polished.kind === "minimum" && polished.point.value <= state.best.value)
      state.best = polished.point;
  }
  if (state.isSmall) state.spentSmall += state.spent;
  else state.spentLarge += state.spent;
  state.spent = 0;
  const turn = plan.restart === "bipop" && state.doubled > 0 && state.spentSmall < state.spentLarge;
  if (plan.restart === "none" || (state.doubled >= plan.restarts && !turn)) return true;
  const n = state.unit.length;
  const least = offspringOf(plan, n);
  const mean = newMean(state);
  state.isSmall = turn;
  if (turn) {
    const large = 2 ** state.doubled * least;
    const offspring = Math.floor(least * (large / (2 * least)) ** (uniform(state.random) ** 2));
    const stepSize = 10 ** (-2 * uniform(state.random));
    state.run = begin(plan, mean, state.unit, Math.max(least, offspring), stepSize);
  } else {
    state.doubled++;
    state.run = begin(plan, mean, state.unit, 2 ** state.doubled * least);
  }
  state.runBest = { x: mean, value: Number.POSITIVE_INFINITY };
  return false;
}

/** Uniform in the box; around the start where there is none. */
function newMean({ context: { bounds }, random, start, unit }: CmaesState): Vector {
  const isBox = bounds !== undefined && [...bounds.lower, ...bounds.upper].every(Number.isFinite);
  if (isBox) {
    const box: Region = { ...bounds, words: "the box" };
    return fromUnit(box, unitPoint(random, start.length));
  }
  const mean = start.map((xi, i) => xi + 2 * unit[i]! * gaussian(random));
  return bounds === undefined ? mean : reflected(mean, bounds);
}

function sentencesOf({ ends, generations, run, isSmall, ...state }: CmaesState): string[] {
  const runs = Object.values(ends).reduce((sum, count) => sum + count, 0);
  const values = state.spentLarge + state.spentSmall + state.spent;
  const why = Object.entries(ends).map(([end, count]) => `${end} ${count}`);
  return [
    `${runs} ${runs === 1 ? "run" : "runs"} of CMA-ES over ${generations} generations and ${values} values, the last of ${run.parameters.offspring} offspring${isSmall ? " (a small one)" : ""}; they ended by ${why.join(", ") || "the budget"}`,
  ];
}
