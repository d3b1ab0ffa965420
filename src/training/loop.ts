import type { TypedArray } from "../array/dtype.ts";
import { keyData } from "../array/operations/random.ts";
import { costOf, type Program } from "../array/program.ts";
import { NadirError } from "../base/errors.ts";
import { requireCount, requireInRange } from "../base/require.ts";
import { rateValue } from "../methods/schedules/rateValue.ts";
import { expectedTime } from "../runtime/choose.ts";
import type { Engine, LoopExecutable } from "../runtime/engine.ts";
import { answerOf } from "./answer.ts";
import { findBadOperation } from "./blame.ts";
import type { Listener } from "./events.ts";
import { fingerprintOf, fingerprintOfArrays } from "./fingerprint.ts";
import { type Measurements, pickRows, type Standing } from "./measure.ts";
import type { DataOrder } from "./order.ts";
import {
  type EpochLoss,
  openSnapshot,
  type Progress,
  type Snapshot,
  takeSnapshot,
} from "./snapshot.ts";
import { type StepSpec, type TracedStep, traceStep } from "./step.ts";
import type { Values } from "./values.ts";

/** Where snapshots go. The training loop knows no files. */
export interface Checkpoints {
  /** Seconds between snapshots. Default 10. One is always taken at the end and when stopped. */
  readonly everySeconds?: number;
  /** Keeps a snapshot; gives the name it is known by, or undefined if it could not be kept this time. */
  save(snapshot: Snapshot): Promise<string | undefined> | string | undefined;
}

/** What training does, fixed before it starts. */
export interface Plan {
  readonly spec: StepSpec;
  /** The step as traced from `spec`. */
  readonly step: TracedStep;
  readonly params: Values;
  readonly ruleState: Values;
  readonly state: Values;
  readonly data: Values;
  readonly validation: Values | undefined;
  readonly test: Values | undefined;
  readonly rows: number;
  readonly epochs: number;
  readonly total: number;
  readonly seed: number;
  readonly engine: Engine;
  readonly engineWhy: string;
  readonly order: DataOrder;
  readonly shuffle: boolean;
  readonly measurements: Measurements;
}

/** What a run took. */
export interface Cost {
  /** Floating-point operations of the training steps, by the shapes. */
  readonly flops: number;
  /** Rows of data seen. */
  readonly examples: number;
  /** Gradients computed. */
  readonly gradients: number;
  /** Bytes of params, rule state and model state. */
  readonly stateBytes: number;
  readonly seconds: { readonly compile: number; readonly train: number; readonly verdict: number };
}

/** How the loop ended. */
export interface Outcome extends Standing {
  readonly step: number;
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly ended: "budget" | "stopped" | "early" | "diverged";
  /** Of a divergence: the first bad step and why. */
  readonly cause: string;
  readonly rollbacks: number;
  readonly rateScale: number;
  readonly epochs: readonly EpochLoss[];
  /** Epoch ends: step, training loss, metrics. */
  readonly history: readonly {
    readonly step: number;
    readonly epoch: number;
    readonly loss: number;
    readonly metrics: Readonly<Record<string, number>>;
  }[];
  readonly cost: Omit<Cost, "seconds">;
  readonly compileSeconds: number;
}

interface LoopOptions {
  readonly onEvent?: Listener;
  readonly signal?: AbortSignal;
  readonly checkpoints?: Checkpoints;
  readonly resume?: Snapshot;
  readonly maxRollbacks?: number;
  readonly threads?: number;
  readonly earlyStopping?: { readonly patience: number; readonly minImprovement?: number };
}

// Long enough that the host's part of a call is lost in it, short enough for live progress.
const callMilliseconds = 100;
// After each call a gradient is measured, to see that it can be: no more than a quarter of the work.
const leastTurns = 4;
/** A loss this many times the first one is an explosion, finite or not. */
const explosion = 1e4;

/** Runs the steps of a plan, a call of many at a time; between calls it measures, guards, saves and tells. */
export async function runLoop(plan: Plan, options: LoopOptions): Promise<Outcome> {
  const { spec, rows, total, order, measurements } = plan;
  const { batchSize } = spec;
  const groups = { params: plan.params, rule: plan.ruleState, state: plan.state };
  const settings = {
    steps: total,
    batchSize,
    seed: plan.seed,
    rows,
    method: spec.rule.name,
    dtype: spec.dtype,
    engine: plan.engine.name,
    shuffle: String(plan.shuffle),
    ...(options.checkpoints === undefined && options.resume === undefined
      ? {}
      : {
          data: fingerprintOfArrays(plan.data.arrays.map(({ data }) => data)),
          program: fingerprintOf(plan.step.program),
        }),
  };
  const maxRollbacks = requireCount("fit/maxRollbacks", options.maxRollbacks ?? 3, 0);
  const patience =
    options.earlyStopping === undefined
      ? Number.POSITIVE_INFINITY
      : requireCount("fit/patience", options.earlyStopping.patience);
  const minImprovement = requireInRange(
    "fit/minImprovement",
    options.earlyStopping?.minImprovement ?? 0,
    [0, Number.POSITIVE_INFINITY],
  );
  if (options.earlyStopping !== undefined && plan.validation === undefined) {
    throw new NadirError("fit/earlyStopping", "fit: early stopping without validation data", {
      expected: "validation: a data set",
      hint: "the test set should decide nothing",
    });
  }
  let carried: TypedArray[] = [
    ...(options.resume === undefined
      ? [...plan.params.arrays, ...plan.ruleState.arrays, ...plan.state.arrays].map(
          ({ data }) => data,
        )
      : openSnapshot(options.resume, groups, settings)),
    new Int32Array([options.resume?.progress.step ?? 0]),
  ];
  let progress: Progress = options.resume?.progress ?? {
    step: 0,
    rateScale: 1,
    rollbacks: 0,
    computed: 0,
    epochs: [],
    firstLoss: null,
    bestValidation: null,
    epochsSinceBest: 0,
  };
  let { loop, seconds: compileSeconds } = await compileStep(
    plan,
    progress.rateScale,
    options.threads,
  );
  const fixed = [...plan.data.arrays.map(({ data }) => data), keyData(plan.seed).data];
  const history: Outcome["history"][number][] = [];
  const epochEnd = (epoch: number): number =>
    Math.min(total, Math.ceil((epoch * rows) / batchSize));
  const standing = (values: readonly TypedArray[]): Standing => ({
    params: values.slice(0, plan.params.arrays.length),
    state: values.slice(-1 - plan.state.arrays.length, -1),
  });
  const split = (): Standing => standing(carried);
  const answer = answerOf(spec.rule, plan.params, plan.ruleState, spec.dtype);
  const answered = (): Standing => {
    const { params, state } = split();
    const from = params.length;
    return {
      params: answer(params, carried.slice(from, from + plan.ruleState.arrays.length)),
      state,
    };
  };
  const measured = plan.validation !== undefined || plan.test !== undefined;
  const flops = costOf(plan.step.program).flops;
  const callTurns = turnsOfCall(plan.engine, plan.step.program);
  let turnMilliseconds = 0;
  let savedAt = performance.now();
  let yieldedAt = savedAt;
  const saveEvery = 1000 * (options.checkpoints?.everySeconds ?? 10);
  let metrics: Readonly<Record<string, number>> = {};
  let ended: Outcome["ended"] = "budget";
  let cause = "";
  let badStep: number | undefined;
  const save = async (): Promise<void> => {
    if (options.checkpoints === undefined) return;
    const file = await options.checkpoints.save(takeSnapshot(groups, carried, progress, settings));
    savedAt = performance.now();
    if (file !== undefined) options.onEvent?.({ kind: "checkpoint", step: progress.step, file });
  };
  try {
    while (progress.step < total) {
      if (progress.epochsSinceBest >= patience) {
        ended = "early";
        break;
      }
      // Generated JavaScript holds the thread: let signals, timers and streams have their turn.
      if (plan.engine.name === "js" && performance.now() - yieldedAt > callMilliseconds / 2) {
        await new Promise((resolve) => setTimeout(resolve));
        yieldedAt = performance.now();
      }
      if (options.signal?.aborted) {
        ended = "stopped";
        break;
      }
      const { step } = progress;
      const epoch = epochAt(step, rows, batchSize);
      // A call ends where something is to be measured; else it may go on through many short epochs.
      const [next, following] = [epochEnd(epoch + 1), epochEnd(epoch + 2)];
      const boundary = measured ? (next > step ? next : following) : total;
      const turns = Math.min(boundary - step, callTurns);
      const began = performance.now();
      const result = await loop.run(turns, carried, fixed, [
        order.rows(step * batchSize, turns * batchSize),
      ]);
      const took = performance.now() - began;
      progress = { ...progress, computed: progress.computed + turns };
      turnMilliseconds =
        turnMilliseconds === 0 ? took / turns : 0.7 * turnMilliseconds + (0.3 * took) / turns;
      const losses = result.reports[0]!;
      const done = step + turns;
      // What the next step will see: a state is only good if a loss and a gradient can be had from it.
      const ahead = await measurements.probe(
        pickRows(plan.data, order.rows(done * batchSize, batchSize)),
        standing(result.carried),
        done,
      );
      const bad = firstBad(losses, ahead, result.carried, progress.firstLoss);
      if (bad !== undefined) {
        const told = await describeBad(plan, { carried, fixed, losses, ahead, bad, step, loop });
        cause = told.cause;
        if (progress.rollbacks >= maxRollbacks) {
          ended = "diverged";
          badStep = told.at;
          break;
        }
        const rateScale = progress.rateScale / 2;
        progress = { ...progress, rateScale, rollbacks: progress.rollbacks + 1 };
        options.onEvent?.({ kind: "rollback", step: told.at, to: step, cause, rateScale });
        await loop.dispose();
        const again = await compileStep(plan, rateScale, options.threads);
        loop = again.loop;
        compileSeconds += again.seconds;
        continue;
      }
      carried = result.carried;
      const meanLoss = mean(losses);
      const epochLosses = addLosses(progress.epochs, losses, step, rows, batchSize);
      const lossOf = (epoch: number): number =>
        epochLosses[epoch - epochLosses[0]!.epoch]?.mean ?? meanLoss;
      progress = {
        ...progress,
        step: done,
        epochs: epochLosses.slice(-2),
        firstLoss: progress.firstLoss ?? Math.abs(losses[0]!),
      };
      if (options.onEvent !== undefined) {
        const rate = 1000 / turnMilliseconds;
        options.onEvent({
          kind: "progress",
          step: done,
          epoch: (done * batchSize) / rows,
          loss: meanLoss,
          gradientNorm: ahead.gradientNorm,
          learningRate:
            spec.rule.learningRate === undefined
              ? undefined
              : progress.rateScale * rateValue(spec.rule.learningRate, done - 1, total),
          stepsPerSecond: rate,
          secondsLeft: (total - done) / rate,
          series: {
            steps: Array.from(losses, (_, i) => step + i + 1),
            values: { loss: Array.from(losses) },
          },
        });
      }
      const finished = epochAt(done, rows, batchSize);
      const measures = measured && (done === total || (done === boundary && finished > epoch));
      if (measures) metrics = await measureAll(plan, answered());
      for (let e = epoch; e < finished; e++) {
        history.push({ step: epochEnd(e + 1), epoch: e + 1, loss: lossOf(e), metrics });
      }
      if (done === total && epochEnd(finished) !== total) {
        const epoch = (done * batchSize) / rows;
        history.push({ step: done, epoch, loss: lossOf(finished), metrics });
      }
      if (measures) {
        options.onEvent?.({
          kind: "evaluation",
          step: done,
          epoch: (done * batchSize) / rows,
          metrics,
        });
        const { validationLoss } = metrics;
        if (validationLoss !== undefined) {
          const improved =
            progress.bestValidation === null ||
            validationLoss < progress.bestValidation - minImprovement;
          progress = {
            ...progress,
            bestValidation: improved ? validationLoss : progress.bestValidation,
            epochsSinceBest: improved ? 0 : progress.epochsSinceBest + 1,
          };
        }
      }
      if (performance.now() - savedAt > saveEvery) await save();
    }
    await save();
  } finally {
    await loop.dispose();
  }
  if (Object.keys(metrics).length === 0 && ended !== "diverged")
    metrics = await measureAll(plan, answered());
  return {
    ...answered(),
    step: badStep ?? progress.step,
    loss: progress.epochs[progress.epochs.length - 1]?.mean ?? Number.NaN,
    metrics,
    ended,
    cause,
    rollbacks: progress.rollbacks,
    rateScale: progress.rateScale,
    epochs: progress.epochs,
    history,
    cost: {
      flops: flops * progress.computed,
      examples: progress.computed * batchSize,
      gradients: progress.computed,
      stateBytes: carried.reduce((sum, { byteLength }) => sum + byteLength, 0),
    },
    compileSeconds,
  };
}

function mean(values: TypedArray): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/**
 * Steps in a call: a function of the work, never of the clock. A run rolls back to where a call began,
 * and must roll back to the same step however fast the machine is and wherever it was resumed.
 */
function turnsOfCall({ name }: Engine, program: Program): number {
  const turn = expectedTime(program)[name] * 1e-6;
  return Math.max(leastTurns, Math.round(callMilliseconds / turn));
}

/** Whole epochs behind a step. */
const epochAt = (step: number, rows: number, batchSize: number): number =>
  Math.floor((step * batchSize) / rows);

async function compileStep(
  plan: Plan,
  rateScale: number,
  threads: number | undefined,
): Promise<{ loop: LoopExecutable; seconds: number }> {
  const began = performance.now();
  const { program, layout } =
    rateScale === plan.spec.rateScale ? plan.step : traceStep({ ...plan.spec, rateScale });
  const loop = await plan.engine.compileLoop(program, layout, { threads });
  return { loop, seconds: (performance.now() - began) / 1000 };
}

async function measureAll(plan: Plan, at: Standing): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [name, data] of [
    ["validation", plan.validation],
    ["test", plan.test],
  ] as const) {
    if (data === undefined) continue;
    const { loss, metrics } = await plan.measurements.over(data, at);
    found[`${name}Loss`] = loss;
    for (const [metric, value] of Object.entries(metrics))
      found[`${name}${metric.charAt(0).toUpperCase()}${metric.slice(1)}`] = value;
  }
  return found;
}

/**
 * The first step of a call that went wrong, counted from its beginning: a loss that is not finite or far
 * above where the run began. The call's length if its steps went well and the state they led to is
 * bad; undefined if that is good too.
 */
function firstBad(
  losses: TypedArray,
  ahead: { readonly loss: number; readonly gradientNorm: number },
  after: readonly TypedArray[],
  firstLoss: number | null,
): number | undefined {
  const limit = explosion * Math.max(firstLoss ?? Math.abs(losses[0]!), 1e-3);
  const isBad = (loss: number): boolean => !Number.isFinite(loss) || Math.abs(loss) > limit;
  for (let i = 0; i < losses.length; i++) if (isBad(losses[i]!)) return i;
  const lost = isBad(ahead.loss) || !Number.isFinite(ahead.gradientNorm) || !allFinite(after);
  return lost ? losses.length : undefined;
}

const allFinite = (arrays: readonly TypedArray[]): boolean =>
  arrays.every((values) => {
    // One pass without branches: a sum of finite numbers times zero is zero.
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
    return sum === 0;
  });

interface BadCall {
  readonly carried: readonly TypedArray[];
  readonly fixed: readonly TypedArray[];
  readonly losses: TypedArray;
  readonly ahead: { readonly loss: number; readonly gradientNorm: number };
  readonly bad: number;
  readonly step: number;
  readonly loop: LoopExecutable;
}

/**
 * Says what went wrong in a call, and at which step: replays it up to the step that began with numbers
 * and did not end with them, then looks at each operation of that step.
 */
async function describeBad(
  plan: Plan,
  { carried, fixed, losses, ahead, bad, step, loop }: BadCall,
): Promise<{ readonly cause: string; readonly at: number }> {
  const { batchSize } = plan.spec;
  const loss = losses[bad] ?? ahead.loss;
  const stateAt = async (index: number): Promise<readonly TypedArray[]> =>
    index === 0
      ? carried
      : (
          await loop.run(index, carried, fixed, [
            plan.order.rows(step * batchSize, index * batchSize),
          ])
        ).carried;
  let [index, before] = [bad, await stateAt(bad)];
  const grew = bad < losses.length || (Number.isFinite(ahead.gradientNorm) && allFinite(before));
  if (Number.isFinite(loss) && grew)
    return { cause: `the loss grew to ${Number(loss.toPrecision(3))}`, at: step + bad };
  if (!allFinite(before)) {
    // What is not finite stays so: halving finds the last step that began well.
    index = 0;
    for (let end = bad; end - index > 1; ) {
      const middle = (index + end) >> 1;
      if (allFinite(await stateAt(middle))) index = middle;
      else end = middle;
    }
    before = await stateAt(index);
  }
  const first = findBadOperation(plan.step.program, [
    ...before,
    ...fixed,
    plan.order.rows((step + index) * batchSize, batchSize),
  ]);
  const what =
    Number.isFinite(loss) || index < bad ? "the gradient is not finite" : `the loss is ${loss}`;
  return { cause: first === undefined ? what : `${what}: ${first}`, at: step + index };
}

/** Adds the losses of some steps to the statistics of the epochs they began in (Welford's method). */
function addLosses(
  epochs: readonly EpochLoss[],
  losses: TypedArray,
  from: number,
  rows: number,
  batchSize: number,
): EpochLoss[] {
  const next = [...epochs];
  for (let i = 0; i < losses.length; i++) {
    const epoch = epochAt(from + i, rows, batchSize);
    const last = next[next.length - 1];
    if (last?.epoch !== epoch) next.push({ epoch, mean: 0, squares: 0, count: 0 });
    const { mean, squares, count } = next[next.length - 1]!;
    const delta = losses[i]! - mean;
    const moved = mean + delta / (count + 1);
    next[next.length - 1] = {
      epoch,
      mean: moved,
      squares: squares + delta * (losses[i]! - moved),
      count: count + 1,
    };
  }
  return next;
}
