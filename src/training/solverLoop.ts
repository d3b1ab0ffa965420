import { dtypeOf, type TypedArray } from "../array/dtype.ts";
import { type AsyncOracle, answerAsync, askGradient, type Vector } from "../linalg/ask.ts";
import { norm } from "../linalg/vector.ts";
import type { Point, Solver, Stall } from "../methods/solvers/solver.ts";
import { stoppingRule } from "../methods/solvers/stopping.ts";
import type { DataObjective } from "./dataObjective.ts";
import type { Outcome } from "./loop.ts";
import type { Measurements } from "./measure.ts";
import { measureSets } from "./measureSets.ts";
import type { LoopOptions } from "./plan.ts";
import type { Progress, Snapshot } from "./snapshot.ts";
import { bytesOf, packState, unpackState } from "./solverState.ts";
import type { Values } from "./values.ts";

/** A training by a solver, fixed before it starts. */
export interface SolverPlan {
  readonly solver: Solver;
  readonly objective: DataObjective;
  readonly params: Values;
  readonly validation: Values | undefined;
  readonly test: Values | undefined;
  readonly measurements: Measurements;
  /** True where generated JavaScript holds the thread while it computes. */
  readonly holdsThread: boolean;
  /** Iterations at most. */
  readonly iterations: number;
  /** Evaluations at most, in passes over the data. */
  readonly passes: number;
  /** ‖∇f‖₂ at which the end counts as stationary. */
  readonly tolerance: number;
  readonly patience: number;
  readonly minImprovement: number;
  /** What a snapshot of this run is told by. */
  readonly settings: Snapshot["settings"];
}

/** How it ended. */
export interface SolverOutcome {
  readonly point: Point;
  readonly step: number;
  readonly ended: Outcome["ended"] | "stationary" | "stalled";
  readonly stalled: Stall | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  readonly history: Outcome["history"];
  /** Bytes of the point and of what the solver keeps. */
  readonly stateBytes: number;
}

/** Long enough that letting timers have their turn costs nothing. */
const breathMilliseconds = 50;

/** Iterates a solver on a loss over data: after each iteration it measures, saves and tells. */
export async function runSolver(plan: SolverPlan, options: LoopOptions): Promise<SolverOutcome> {
  const { solver, objective } = plan;
  const oracle = plan.holdsThread ? breathing(objective.oracle()) : objective.oracle();
  const begin = await startOf(plan, options.resume, oracle);
  let { point, state, progress } = begin;
  const stop = stoppingRule(begin.start, { tolerance: plan.tolerance });
  const saveEvery = 1000 * (options.checkpoints?.everySeconds ?? 10);
  const history: SolverOutcome["history"][number][] = [];
  let metrics: Readonly<Record<string, number>> = {};
  let stalled: Stall | undefined;
  let savedAt = performance.now();
  let passesMeasured = Math.floor(objective.asked.passes);
  const save = async (): Promise<void> => {
    if (options.checkpoints === undefined) return;
    const snapshot = snapshotOf(plan, point, state, progress);
    const file = await options.checkpoints.save(snapshot);
    savedAt = performance.now();
    if (file !== undefined) options.onEvent?.({ kind: "checkpoint", step: progress.step, file });
  };
  const measure = (): Promise<Record<string, number>> =>
    measureSets(plan, { params: splitLike(point.x, plan.params), state: [] });
  /** Why to stop here, if at all. */
  const endedAt = (): SolverOutcome["ended"] | undefined => {
    if (!Number.isFinite(point.value)) return "diverged";
    const criterion = stop(point, progress.step, stalled)?.criterion;
    if (criterion !== undefined) return criterion === "gradient" ? "stationary" : "stalled";
    if (progress.epochsSinceBest >= plan.patience) return "early";
    const spent = progress.step >= plan.iterations || objective.asked.passes >= plan.passes;
    if (spent) return "budget";
    return options.signal?.aborted === true ? "stopped" : undefined;
  };
  let ended = endedAt();
  while (ended === undefined) {
    const began = performance.now();
    const passesBefore = objective.asked.passes;
    const next = await answerAsync(solver.step(point, state), oracle);
    const milliseconds = performance.now() - began;
    ({ point, state, stalled } = next);
    progress = { ...progress, step: progress.step + 1 };
    const { step } = progress;
    const { passes } = objective.asked;
    const gradientNorm = point.residual ?? norm(point.gradient);
    const left = Math.min(
      plan.iterations - step,
      (plan.passes - passes) / Math.max(passes - passesBefore, 1e-9),
    );
    options.onEvent?.({
      kind: "progress",
      step,
      epoch: passes,
      loss: point.value,
      gradientNorm,
      stepsPerSecond: 1000 / milliseconds,
      secondsLeft: Number.isFinite(left) ? (Math.max(0, left) * milliseconds) / 1000 : undefined,
      series: { steps: [step], values: { loss: [point.value], gradientNorm: [gradientNorm] } },
    });
    const measured = plan.validation !== undefined || plan.test !== undefined;
    if (measured && Number.isFinite(point.value) && Math.floor(passes) > passesMeasured) {
      passesMeasured = Math.floor(passes);
      metrics = await measure();
      options.onEvent?.({ kind: "evaluation", step, epoch: passes, metrics });
      progress = judged(progress, metrics["validationLoss"], plan.minImprovement);
    }
    history.push({ step, epoch: passes, loss: point.value, metrics });
    ended = endedAt();
    if (ended === undefined && performance.now() - savedAt > saveEvery) await save();
  }
  if (Number.isFinite(point.value)) {
    await save();
    metrics = await measure();
  }
  const stateBytes = bytesOf(point) + bytesOf(state);
  return { point, step: progress.step, ended, stalled, metrics, history, stateBytes };
}

/** Counts evaluations since the best of the validation loss. */
function judged(progress: Progress, loss: number | undefined, minImprovement: number): Progress {
  if (loss === undefined) return progress;
  const { bestValidation } = progress;
  const improved = bestValidation === null || loss < bestValidation - minImprovement;
  return {
    ...progress,
    bestValidation: improved ? loss : bestValidation,
    epochsSinceBest: improved ? 0 : progress.epochsSinceBest + 1,
  };
}

/** An oracle that lets signals, timers and streams have their turn now and then. */
export function breathing(oracle: AsyncOracle): AsyncOracle {
  let since = performance.now();
  return async (request) => {
    const reply = await oracle(request);
    if (performance.now() - since > breathMilliseconds) {
      await new Promise((resolve) => setTimeout(resolve));
      since = performance.now();
    }
    return reply;
  };
}

interface Begin {
  readonly start: Point;
  readonly point: Point;
  readonly state: unknown;
  readonly progress: Progress;
}

async function startOf(
  { solver, objective, measurements, params }: SolverPlan,
  resume: Snapshot | undefined,
  oracle: AsyncOracle,
): Promise<Begin> {
  const kept = resume?.progress.solver;
  if (resume === undefined || kept === undefined) {
    const x = measurements.flat(params.arrays.map(({ data }) => data));
    const { value, gradient } = await answerAsync(askGradient(x), oracle);
    const point: Point = { x, value, gradient };
    const progress: Progress = {
      ...{ step: 0, rateScale: 1, rollbacks: 0, computed: 0, epochs: [], epochsSinceBest: 0 },
      firstLoss: value,
      bestValidation: null,
    };
    return { start: point, point, state: solver.init(point), progress };
  }
  objective.countFrom(kept.asked);
  const arrays = Object.fromEntries(
    Object.entries(resume.tensors).map(([name, { data }]) => [name, data]),
  );
  const point: Point = {
    x: Float64Array.from(arrays["x"]!),
    value: kept.value,
    gradient: Float64Array.from(arrays["gradient"]!),
    ...(kept.residual === null ? {} : { residual: kept.residual }),
  };
  const { progress } = resume;
  return { start: point, point, state: unpackState({ plain: kept.state, arrays }), progress };
}

function snapshotOf(
  { solver, objective, params, settings }: SolverPlan,
  point: Point,
  state: unknown,
  progress: Progress,
): Snapshot {
  const packed = packState(state, solver.name);
  const parts = splitLike(point.x, params);
  const own = params.arrays.map(({ shape, dtype }, i) => {
    const path = params.paths[i] ?? "";
    const name = path === "" ? "params" : `params.${path}`;
    return [name, { dtype, shape, data: parts[i]! }] as const;
  });
  const vectors = Object.entries({ x: point.x, gradient: point.gradient, ...packed.arrays });
  const others = vectors.map(
    ([name, data]) =>
      [name, { dtype: dtypeOf(data)!, shape: [data.length], data: data.slice() }] as const,
  );
  return {
    tensors: Object.fromEntries([...own, ...others]),
    progress: {
      ...progress,
      solver: {
        state: packed.plain,
        value: point.value,
        residual: point.residual ?? null,
        asked: objective.asked,
      },
    },
    settings,
  };
}

/** A flat vector as arrays like the params. */
export function splitLike(x: Vector, { arrays }: Values): TypedArray[] {
  let offset = 0;
  return arrays.map(({ size, dtype }) => {
    const part = x.subarray(offset, offset + size);
    offset += size;
    return dtype === "f32" ? Float32Array.from(part) : part.slice();
  });
}
