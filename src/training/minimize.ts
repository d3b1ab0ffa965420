import { NadirError } from "../base/errors.ts";
import { nearest, requireKnownOptions } from "../base/require.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { type Ask, answer, answerAsync, type Oracle, type Vector } from "../linalg/ask.ts";
import type { ConstraintOption } from "../methods/constraints/held.ts";
import type { PenaltyOption } from "../methods/penalties/held.ts";
import type { Rule } from "../methods/rules/rule.ts";
import * as solvers from "../methods/solvers/registry.ts";
import type { FoundMinimum, Search } from "../methods/solvers/search.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { chooseEngine, type EngineChoice } from "../runtime/choose.ts";
import { chooseMethod, kinksOf } from "./autoMethod.ts";
import { certified } from "./certificate.ts";
import { requireConstrained } from "./constraintFeatures.ts";
import type { ConstraintFunctions } from "./constraintFunctions.ts";
import type { Listener } from "./events.ts";
import { type Counts, requireFeatures, withFeatures, withFeaturesAsync } from "./features.ts";
import { DifferenceObjective } from "./finiteDifferences.ts";
import { SumObjective, sumOracle } from "./finiteSum.ts";
import { type Ended, Run } from "./minimizeRun.ts";
import { TracedObjective } from "./objective.ts";
import { ruleSolver } from "./ruleSolver.ts";
import { breathing } from "./solverLoop.ts";
import { readStart, writeLike } from "./start.ts";
import { type Objective, readObjective } from "./structure.ts";

/** How to minimize. `X` is the type of the start: a number array, a typed array, or a tree of them. */
export interface MinimizeOptions<X> {
  /** Where to start; the result has its shape. */
  readonly x0: X;
  /** A solver, a rule, or a solver's name. Default `auto`: chosen by the problem's structure, smoothness and size. */
  readonly method?: Solver | Rule | string;
  /**
   * Where x must stay: a set such as `box(0, 1)`, or sets by path, as in `{ "w*": box(0, 1) }`. The start is
   * projected onto it, and the projected gradient takes the gradient's place. Or functions: `constraints({ … })`.
   */
  readonly constraint?: ConstraintOption | ConstraintFunctions<X>;
  /**
   * What is added to f by its prox: a penalty such as `l1(0.1)`, or penalties by path. `value` is then that of the sum,
   * and the prox-gradient takes the gradient's place.
   */
  readonly penalty?: PenaltyOption;
  /** The gradient norm ‖∇f‖₂ at which a point counts as stationary. Default 1e-8 in f64, 1e-4 in f32. */
  readonly tolerance?: number;
  /** Iterations at most. Default 1,000 for solvers, 10,000 for rules, no limit for searches that end by their plan. */
  readonly maxIterations?: number;
  /**
   * Evaluations at most, in units of one gradient: a value ⅓, a Hessian product 2, a Hessian 2n. An iteration
   * that would go beyond is given up, and the point before it stands. The verdict's own questions come on top. Default: no limit.
   */
  readonly maxEvaluations?: number;
  /** Leave strict saddle points along their direction of negative curvature. Default: true for `auto` without a constraint, and for solvers that ask for second derivatives, but those with a search plan of their own. */
  readonly escapeSaddles?: boolean;
  /**
   * Look beyond the end point: at values along rays far away, and after a spent budget at where a trust region
   * leads from there. What is met enters the verdict's evidence. Default false; `nadir minimize` does.
   */
  readonly outlook?: boolean;
  /** Keep the points of the history, as `path` of the result. Default false. */
  readonly keepPath?: boolean;
  /** Of whatever the method draws at random, and of Lanczos in the verdict. Default 0. */
  readonly seed?: number;
  /** Arithmetic of the function. Default `f64`. */
  readonly dtype?: "f32" | "f64";
  /** What computes: `auto` takes the fastest that can. Default `auto`. */
  readonly engine?: EngineChoice;
  /** Awaited once all that was given was found good, before the first iteration. */
  readonly onReady?: () => Promise<void>;
  /** Hears what happens, in order, while it does. */
  readonly onEvent?: Listener;
  /** Aborted: end with the point reached. */
  readonly signal?: AbortSignal;
}

/** Where minimization ended, and what it took. */
export interface MinimizeResult<X> {
  readonly x: X;
  readonly value: number;
  /** ‖∇f(x)‖₂. */
  readonly gradientNorm: number;
  readonly verdict: Verdict;
  readonly iterations: number;
  /** How often each was asked for, the verdict's questions included. */
  readonly evaluations: {
    readonly value: number;
    readonly gradient: number;
    readonly hvp: number;
    readonly hessian: number;
  } & Counts;
  /** Strict saddle points that were reached and left. */
  readonly saddlesLeft: number;
  /** Value, gradient norm and price at the start and after each iteration. */
  readonly history: readonly {
    readonly value: number;
    readonly gradientNorm: number;
    /** What had been asked for by then, in units of one gradient. */
    readonly gradientEquivalents: number;
  }[];
  /** With `keepPath`: the point of each entry of the history. `landscape` takes it as a trajectory. */
  readonly path?: readonly X[];
  /** What a search of many places has seen, by methods such as `multiStart`. */
  readonly search?: SearchResult<X>;
  readonly method: string;
  /** Why `auto` chose it; undefined where it was asked for. */
  readonly methodWhy: string | undefined;
  readonly engine: string;
  readonly cost: {
    readonly seconds: {
      readonly compile: number;
      readonly solve: number;
      readonly verdict: number;
    };
    /** All evaluations in units of one gradient: a value or residuals ⅓, a Hessian or Gauss–Newton product 2, a Hessian 2n, a Jacobian n. */
    readonly gradientEquivalents: number;
    /** The part of them that the last verdict asked for. */
    readonly verdictEquivalents: number;
  };
}

/** A `Search` whose points have the form of the start. */
export interface SearchResult<X> extends Omit<Search, "minima"> {
  readonly minima: readonly (Omit<FoundMinimum, "x"> & { readonly x: X })[];
}

/** The options minimize knows, to refuse others. */
const minimizeOptionNames = [
  "x0",
  "method",
  "constraint",
  "penalty",
  "tolerance",
  "maxIterations",
  "maxEvaluations",
  "escapeSaddles",
  "outlook",
  "keepPath",
  "seed",
  "dtype",
  "engine",
  "onReady",
  "onEvent",
  "signal",
] as const satisfies readonly (keyof MinimizeOptions<unknown>)[];

/**
 * Minimizes a smooth function, and says what kind of point it reached.
 *
 * @param f - a scalar function of tensors nested as `x0` is, or a problem with structure:
 *   `leastSquares(…)`, `finiteSum(…)`
 * @throws NadirError for a start that is not finite, a result that is not one number, unknown options
 */
export async function minimize<X>(
  f: Objective<X>,
  options: MinimizeOptions<X>,
): Promise<MinimizeResult<X>> {
  const begin = performance.now();
  requireKnownOptions("minimize", options, minimizeOptionNames);
  const { dtype = "f64" } = options;
  const start = readStart(options.x0, dtype);
  const { loss, features, set, sum, bound, differences } = readObjective(f, start, dtype, options);
  const wanted = resolveMethod(options.method);
  const shapes = start.arrays.map(({ shape }) => shape);
  const objective =
    sum ??
    (differences === undefined
      ? new TracedObjective(loss, { shapes, dtype })
      : new DifferenceObjective(differences, options.x0, start));
  const byDifferences = objective instanceof DifferenceObjective;
  if (byDifferences) requireDifferences(options);
  const chosen =
    wanted === "auto"
      ? chooseMethod({
          ...{ size: objective.size, dtype, features, set: set?.name, rows: sum?.batches.rows },
          kinks: kinksOf(objective.program("gradient")),
        })
      : undefined;
  const method = wanted === "auto" ? chosen!.solver : wanted;
  const solver: Solver =
    method.kind === "rule"
      ? ruleSolver(
          method,
          loss,
          start,
          options.seed ?? 0,
          options.maxIterations ?? 10_000,
          sum?.batches,
        )
      : method;
  requireFeatures(solver, { ...features, ...sum?.features });
  if (set !== undefined) requireConstrained(solver, set);
  const asked: Counts = {};
  const { engine } = await chooseEngine(options.engine ?? "auto", objective.program("gradient"));
  const spent = (): number => {
    const { counts, size } = objective;
    return (
      sum?.gradientEquivalents ??
      (counts.value + (asked.residuals ?? 0)) / 3 +
        counts.gradient +
        2 * (counts.hvp + (asked.gnvp ?? 0)) +
        size * (2 * counts.hessian + (asked.jacobian ?? 0))
    );
  };
  const settings = byDifferences ? { tolerance: differenceTolerance, ...options } : options;
  const roundoff = byDifferences ? objective.roundoff : undefined;
  const run = new Run(solver, settings, dtype, method.kind === "rule", {
    ...{ set, bound, spent, roundoff },
  });
  // Functions have no nearest point, and their methods start anywhere.
  const x0 = set === undefined || set.violation !== undefined ? start.x : set.project(start.x);
  await options.onReady?.();
  options.onEvent?.({
    kind: "start",
    method: solver.name,
    engine: engine.name,
    parameters: objective.size,
    steps: undefined,
  });
  const compiled = performance.now();
  let ended: Ended;
  if (objective instanceof SumObjective) {
    const remote = objective.asyncOracle(engine);
    try {
      await remote.check(x0);
      const oracle = sumOracle(breathing(remote.oracle), features, asked);
      ended = await answerAsync(run.solve(x0), oracle);
    } finally {
      await remote.dispose();
    }
  } else if (engine.name === "js") {
    const solving = run.solve(x0);
    const oracle = withFeatures(objective.oracle(), features, asked);
    ended =
      options.signal === undefined ? answer(solving, oracle) : await answerBetween(solving, oracle);
  } else {
    const remote = objective.asyncOracle(engine);
    try {
      const oracle = withFeaturesAsync(remote.oracle, features, asked);
      ended = await answerAsync(run.solve(x0), oracle);
    } finally {
      await remote.dispose();
    }
  }
  const finished = performance.now();
  const { point } = ended;
  const verdict = byDifferences
    ? withDifferences(ended.verdict, differences!.noise)
    : objective instanceof SumObjective
      ? ended.verdict // the rows of a finite sum are no part of the traced function
      : certified(ended.verdict, point, () => objective.proof(), set);
  options.onEvent?.({
    kind: "end",
    step: ended.iterations,
    verdict,
    loss: point.value,
    metrics: {},
    seconds: (finished - compiled) / 1000,
  });
  return {
    x: writeLike(options.x0, point.x, start),
    value: point.value,
    gradientNorm: verdict.gradientNorm,
    verdict,
    iterations: ended.iterations,
    evaluations: { ...objective.counts, ...asked },
    saddlesLeft: ended.saddlesLeft,
    history: ended.history,
    ...(ended.path === undefined
      ? {}
      : { path: ended.path.map((at) => writeLike(options.x0, at, start)) }),
    ...(ended.search === undefined
      ? {}
      : { search: shapeSearch(ended.search, (at) => writeLike(options.x0, at, start)) }),
    method: solver.name,
    methodWhy: chosen?.why,
    engine: engine.name,
    cost: {
      seconds: {
        compile: (compiled - begin) / 1000,
        solve: (finished - compiled - ended.verdictMilliseconds) / 1000,
        verdict: ended.verdictMilliseconds / 1000,
      },
      gradientEquivalents: spent(),
      verdictEquivalents: ended.verdictEquivalents,
    },
  };
}

const shapeSearch = <X>(search: Search, shape: (x: Vector) => X): SearchResult<X> => ({
  ...search,
  minima: search.minima.map((minimum) => ({ ...minimum, x: shape(minimum.x) })),
});

/** Says what the derivatives behind a verdict are. */
const withDifferences = (verdict: Verdict, noise: number): Verdict => ({
  ...verdict,
  evidence: [
    ...verdict.evidence,
    `derivatives are central differences of values taken as right to ${noise.toPrecision(2)} of themselves: the errors given follow from that`,
  ],
});

/** What differences of values, right to rounding, let a gradient be known to. */
const differenceTolerance = 1e-5;

/** Differences are of plain numbers, in this process. @throws NadirError `differences/…` */
function requireDifferences({ method, engine, dtype }: MinimizeOptions<unknown>): void {
  if (dtype === "f32" || engine === "onnx") {
    throw new NadirError("differences/engine", "finiteDifferences: the function is not traced", {
      expected: "neither an engine nor a dtype: it computes for itself, in double precision",
    });
  }
  if (typeof method === "object" && method.kind === "rule") {
    throw new NadirError(
      "differences/method",
      `${method.name} is traced into a step, and the function is not`,
      {
        expected: "a solver, such as lbfgs() or nelderMead()",
      },
    );
  }
}

/** Answers as `answer` does, but lets signals, timers and streams have their turn now and then. */
async function answerBetween<T>(asking: Ask<T>, oracle: Oracle): Promise<T> {
  let turn = asking.next();
  let since = performance.now();
  while (!turn.done) {
    turn = asking.next(oracle(turn.value));
    if (performance.now() - since < 50) continue;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  }
  return turn.value;
}

/** Every solver of the registry can be made with its default options. */
const solversByName = new Map<string, () => Solver>(
  Object.entries(solvers).map(([name, make]) => [name, make as () => Solver]),
);

function resolveMethod(method: MinimizeOptions<unknown>["method"]): Solver | Rule | "auto" {
  if (method === undefined || method === "auto") return "auto";
  if (typeof method === "string") {
    const make = solversByName.get(method);
    if (make !== undefined) return make();
    const near = nearest(method, solversByName.keys());
    throw new NadirError("minimize/method", `minimize: there is no method "${method}"`, {
      expected: `one of ${[...solversByName.keys()].join(", ")}, or a rule such as adam(0.01)`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
  if (method?.kind === "solver" || method?.kind === "rule") return method;
  throw new NadirError("minimize/method", "minimize: method is neither a solver nor a rule", {
    expected: "trustRegion(), lbfgs(), adam(0.01), …",
  });
}
