import { NDArray } from "../array/ndarray.ts";
import type { Key } from "../array/operations/random.ts";
import { unflatten } from "../array/tree.ts";
import type { Traced } from "../autodiff/variables.ts";
import { NadirError } from "../base/errors.ts";
import { requireInRange, requireKnownOptions } from "../base/require.ts";
import type { LabelReport } from "../diagnosis/labelDynamics.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import type { ConstraintOption } from "../methods/constraints/held.ts";
import type { Rule } from "../methods/rules/rule.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import type { EngineChoice } from "../runtime/choose.ts";
import type { Concrete } from "../runtime/jit.ts";
import { endVerdict } from "./ending.ts";
import type { Listener } from "./events.ts";
import { fitBySolver } from "./fitSolver.ts";
import { type Outcome, runLoop } from "./loop.ts";
import { startOfLoop } from "./loopStart.ts";
import { type ModelOutline, modelOutline } from "./modelOutline.ts";
import type { Checkpoints, Cost } from "./plan.ts";
import { prepare } from "./prepare.ts";
import type { Problem } from "./problem.ts";
import type { Snapshot } from "./snapshot.ts";
import type { SolverOutcome } from "./solverLoop.ts";
import { noValues, type Outline } from "./values.ts";
import type { HealthOptions, HealthReport } from "./watch/health.ts";
import type { SuspectsOptions } from "./watch/labelWatch.ts";
import type { PlateauOption } from "./watch/plateauOption.ts";

/** When to stop because a measurement on the validation data no longer falls. */
export interface EarlyStopping {
  /** Epochs without improvement after which to stop. */
  readonly patience: number;
  /** What counts as one. Default 0. */
  readonly minImprovement?: number;
}

/** A problem, and how to train on it. */
export interface FitOptions<P, B, S> extends Problem<P, B, S> {
  /**
   * A set for the params, or sets by path as in `{ "**.weight": l2Ball(3) }`: they are projected onto it after each step.
   * With a rule only.
   */
  readonly constraint?: ConstraintOption;
  /** A rule, which works on batches, or a solver, which asks for the loss on all rows or on those it names. */
  readonly method: Rule | Solver;
  /** Times each row is used. Default 10, for solvers at most 100, unless `steps` is given. */
  readonly epochs?: number;
  /** Steps in all, instead of `epochs`; a solver's iterations at most. */
  readonly steps?: number;
  /** Rows of a batch. Default 128, or all rows if there are fewer. */
  readonly batchSize?: number;
  /** Visit rows in a new random order each epoch. Default true. */
  readonly shuffle?: boolean;
  /** The one source of randomness: draws, order, dropout. Default 0. */
  readonly seed?: number;
  /** Arithmetic of params and float data. Default `f32`. */
  readonly dtype?: "f32" | "f64";
  /** What computes: `auto` takes the fastest that can. Default `auto`. */
  readonly engine?: EngineChoice;
  /** Threads of ONNX Runtime within one operation. Results do not depend on it. */
  readonly threads?: number;
  /** The gradient norm, over all training data, at which the end counts as stationary. Default 1e-4. */
  readonly tolerance?: number;
  /** When to stop, by the validation data. Default: not before the steps are done. */
  readonly earlyStopping?: EarlyStopping;
  /**
   * What to do when the loss no longer falls. A rule, `onPlateau({ factor })`, changes rates or adds noise by the loss of each
   * epoch (on validation data where there are some), beside the rule's own schedule. A remedy by name looks into why, by the losses of all
   * steps, and is applied where it fits: `tell` (nothing but tell), `raise-rate` (threefold for `patience` steps), `add-noise` (to
   * gradients, for as long), `restart-schedule`, `follow-negative-curvature`. Both: `{ remedy, patience, times, schedule }`. With a rule as
   * method only. Default: what costs little is told, where `onEvent` hears of it.
   */
  readonly onPlateau?: PlateauOption;
  /**
   * Watches the health of each layer: norms of weights and gradients, what a step changes, dead and saturated units, batch
   * norm's running statistics, what residual branches add. With a rule only. Default: where `onEvent` hears of it, at a
   * cost below a twentieth of the training's.
   */
  readonly health?: HealthOptions | boolean;
  /**
   * Follows the logits of training rows at the end of each epoch, and tells whose label is probably wrong. For losses that take a
   * cross entropy of whole-number labels, with a rule. Price: the model's values on those rows, once an epoch. Default false.
   */
  readonly suspects?: SuspectsOptions | boolean;
  /** Times to roll back and halve the learning rate before giving up as diverged. Default 3. */
  readonly maxRollbacks?: number;
  /** Awaited once all that was given was found good, before the first step; `model` traces what the model is made of. */
  readonly onReady?: (model: () => ModelOutline) => Promise<void>;
  /** Hears what happens, in order, while it does. */
  readonly onEvent?: Listener;
  /** Aborted: finish the call in flight, save, and end with what there is. */
  readonly signal?: AbortSignal;
  /** Where snapshots go, and how often. */
  readonly checkpoints?: Checkpoints;
  /** A snapshot of an earlier run of the same problem, to go on from, bit for bit. */
  readonly resume?: Snapshot;
}

/** Where training ended, and what it took. */
export interface FitResult<P, S> {
  readonly params: Concrete<P>;
  readonly state: Concrete<S>;
  readonly verdict: Verdict;
  /** Mean training loss of the last epoch's batches. */
  readonly loss: number;
  /** Measured at the end, in eval mode: `validationLoss`, `testLoss`, `testAccuracy` and the like. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly steps: number;
  /** Seconds of training, measurements included, compilation apart. */
  readonly seconds: number;
  readonly seed: number;
  readonly engine: string;
  /**
   * Why it stopped: at its planned `steps` or `epochs`, on request, by early stopping, or because it diverged.
   * A solver may stop by itself: the gradient is within the tolerance, or it can make no progress.
   */
  readonly ended: SolverOutcome["ended"];
  /** The first batches' learning rate was multiplied by 2^−rollbacks. */
  readonly rollbacks: number;
  readonly history: Outcome["history"];
  /** The health of layers where it was measured: at the start, on the way, and at the end. */
  readonly health: readonly HealthReport[];
  /** Labels that are probably wrong, where `suspects` asks for them. */
  readonly suspects: LabelReport | undefined;
  readonly cost: Cost;
}

/** The options fit knows, to refuse others. */
const fitOptionNames = [
  "params",
  "loss",
  "state",
  "data",
  "validation",
  "test",
  "method",
  "constraint",
  "epochs",
  "steps",
  "batchSize",
  "shuffle",
  "seed",
  "dtype",
  "engine",
  "threads",
  "tolerance",
  "earlyStopping",
  "onPlateau",
  "health",
  "suspects",
  "maxRollbacks",
  "onReady",
  "onEvent",
  "signal",
  "checkpoints",
  "resume",
] as const satisfies readonly (keyof FitOptions<unknown, unknown, unknown>)[];

/**
 * Trains: minimizes the mean loss over the data, and ends with a verdict on the point it reached. A
 * first-order rule works on minibatches, as one compiled step that runs many times in one native call.
 * A solver works on the mean over all rows, and on batches of its own if it is made for finite sums: the
 * loss must be the mean over a batch's rows, without dropout and without a model's state, for it has to be
 * the same at each evaluation. It is evaluated as in training, not as in `context.training: false`.
 *
 * With a rule, a loss that its operations prove to be convex ends in `global-minimum` where strong convexity (a squared loss is curved everywhere as
 * at the end; weight decay in the loss), a penalty's dual norm, a bounded set or a lower bound of the loss bounds the gap; else the verdict says that
 * stationary points are global minima, and how much lower a value may be if that is known.
 *
 * With a rule, guards every call: on a loss that is not finite or explodes it goes back to the last good state and
 * halves the learning rate, at most `maxRollbacks` times.
 *
 * @throws NadirError for options that cannot be honoured, before any work
 */
export function fit<P, B, S = undefined>(
  options: FitOptions<P, B, S> & { readonly params: (key: Key) => P },
): Promise<FitResult<P, S>>;
export function fit<G extends object, B, S = undefined>(
  options: Omit<FitOptions<Traced<G>, B, S>, "params"> & { readonly params: G },
): Promise<FitResult<Traced<G>, S>>;
export function fit<P, B, S = undefined>(options: FitOptions<P, B, S>): Promise<FitResult<P, S>>;
export async function fit<P, B, S>(options: FitOptions<P, B, S>): Promise<FitResult<P, S>> {
  requireKnownOptions("fit", options, fitOptionNames);
  if (options.steps !== undefined && options.epochs !== undefined) {
    throw new NadirError("fit/epochs", "fit: both epochs and steps are given", {
      expected: "one of them",
    });
  }
  const { method, constraint } = options;
  if (method?.kind === "solver") {
    if (constraint !== undefined) throw constrainedSolver(method.name);
    return bySolver(options, method);
  }
  return byRule(options);
}

const constrainedSolver = (name: string): NadirError =>
  new NadirError("fit/constraint", `fit: a constraint with the solver ${name}`, {
    expected: "a rule, after whose steps params are projected",
    hint: "minimize(finiteSum(loss, data), { constraint })",
  });

async function bySolver<P, B, S>(
  options: FitOptions<P, B, S>,
  solver: Solver,
): Promise<FitResult<P, S>> {
  const { params, arrays, verdict, outcome, engine, cost } = await fitBySolver(options, solver);
  return {
    params: rebuild<P>(params, arrays),
    state: rebuild<S>(noValues, []),
    verdict,
    loss: outcome.point.value,
    metrics: outcome.metrics,
    steps: outcome.step,
    seconds: cost.seconds.train,
    seed: options.seed ?? 0,
    engine,
    ended: outcome.ended,
    rollbacks: 0,
    history: outcome.history,
    health: [],
    suspects: undefined,
    cost,
  };
}

async function byRule<P, B, S>(options: FitOptions<P, B, S>): Promise<FitResult<P, S>> {
  const begin = performance.now();
  const { plan, total } = await prepare(options);
  const start = startOfLoop(plan, options);
  const tolerance = requireInRange("fit/tolerance", options.tolerance ?? 1e-4, [
    0,
    Number.POSITIVE_INFINITY,
  ]);
  const { params, state, data, spec } = plan;
  await options.onReady?.(() =>
    modelOutline({
      ...{ loss: spec.loss, params, state, data },
      ...{ rows: spec.batchSize, dtype: spec.dtype },
    }),
  );
  const compiled = performance.now();
  options.onEvent?.({
    kind: "start",
    method: plan.spec.rule.name,
    engine: plan.engine.name,
    parameters: plan.params.arrays.reduce((sum, { size }) => sum + size, 0),
    steps: total,
    epochs: plan.epochs,
    batchSize: plan.spec.batchSize,
  });
  try {
    const outcome = await runLoop(plan, options, start);
    const trained = performance.now();
    const verdict = await endVerdict(plan, outcome, tolerance);
    const finished = performance.now();
    const seconds = (trained - compiled) / 1000;
    options.onEvent?.({
      kind: "end",
      step: outcome.step,
      verdict,
      loss: outcome.loss,
      metrics: outcome.metrics,
      seconds,
    });
    return {
      // The structures are those of the trees that P and S describe.
      params: rebuild<P>(plan.params, outcome.params),
      state: rebuild<S>(plan.state, outcome.state),
      verdict,
      loss: outcome.loss,
      metrics: outcome.metrics,
      steps: outcome.step,
      seconds,
      seed: plan.seed,
      engine: plan.engine.name,
      ended: outcome.ended,
      rollbacks: outcome.rollbacks,
      history: outcome.history,
      health: outcome.health,
      suspects: outcome.suspects,
      cost: {
        ...outcome.cost,
        seconds: {
          compile: (compiled - begin) / 1000 + outcome.compileSeconds,
          train: seconds - outcome.compileSeconds,
          verdict: (finished - trained) / 1000,
        },
      },
    };
  } finally {
    await plan.measurements.dispose();
  }
}

function rebuild<T>(values: Outline, data: readonly NDArray["data"][]): Concrete<T> {
  const arrays = values.arrays.map(({ shape, dtype }, i) => new NDArray(data[i]!, shape, dtype));
  return unflatten(values.structure, arrays) as Concrete<T>;
}
