import type { TypedArray } from "../array/dtype.ts";
import { keyData } from "../array/operations/random.ts";
import { costOf } from "../array/program.ts";
import type { LabelReport } from "../diagnosis/labelDynamics.ts";
import type { LoopExecutable } from "../runtime/engine.ts";
import { answerOf } from "./answer.ts";
import { addLosses, epochAt } from "./epochLosses.ts";
import { describeBad, firstBad } from "./guard.ts";
import type { LoopStart } from "./loopStart.ts";
import { callMilliseconds, turnsOfCall } from "./loopStep.ts";
import type { Probe, Standing } from "./measure.ts";
import { measureSets } from "./measureSets.ts";
import type { Cost, LoopOptions, RunningPlan } from "./plan.ts";
import { compileRefresh, refreshOnBatches } from "./refresher.ts";
import { type Reprobe, reprobe } from "./reprobe.ts";
import { pickRows } from "./rows.ts";
import { settlerOf } from "./settled.ts";
import { takeSnapshot } from "./snapshot.ts";
import { StepLoops } from "./stepLoops.ts";
import { type HealthReport, openHealth } from "./watch/health.ts";
import { LabelWatch, requireSuspects } from "./watch/labelWatch.ts";
import { addToBlocks, type LossBlocks, noBlocks } from "./watch/lossBlocks.ts";
import { atPlateau, changesStep, noiseOf, rateOf, scaleOf } from "./watch/plateau.ts";
import { watchPlateau } from "./watch/plateauWatch.ts";

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
  /** The losses of all steps, in blocks. */
  readonly losses: LossBlocks;
  /** What a larger rate would do from here, where the rate has vanished. */
  readonly reprobe: Reprobe | undefined;
  /** Epoch ends: step, training loss, metrics. */
  readonly history: readonly {
    readonly step: number;
    readonly epoch: number;
    readonly loss: number;
    readonly metrics: Readonly<Record<string, number>>;
  }[];
  readonly health: readonly HealthReport[];
  readonly suspects: LabelReport | undefined;
  readonly cost: Omit<Cost, "seconds">;
  readonly compileSeconds: number;
}

// Where the host works after each step, by an unknown amount.
const settledTurns = 16;

/** Runs the steps of a plan, a call of many at a time; between calls it measures, guards, saves and tells. */
export async function runLoop(
  plan: RunningPlan,
  options: LoopOptions,
  start: LoopStart,
): Promise<Outcome> {
  const { spec, rows, total, order, measurements } = plan;
  const { batchSize } = spec;
  const { schedule, remedy, patience: levelFor } = plan.plateau;
  const { groups, settings, maxRollbacks, patience, minImprovement } = start;
  let { carried, progress } = start;
  // Two sets of arrays take turns, so that a large model is held twice and no more: results go into those
  // of the call before the last, unless they are the caller's or a snapshot's to keep.
  let spare: readonly (TypedArray | undefined)[] | undefined;
  let { kept } = start;
  const loops = new StepLoops(plan, options.threads);
  const compiling = performance.now();
  const refresher = await compileRefresh(
    ...([refreshOnBatches(spec), plan.engine, plan.seed, options.threads] as const),
  );
  const watch = await openHealth(plan, options);
  const health: HealthReport[] = [];
  const asked = requireSuspects(options.suspects);
  const labels = asked && new LabelWatch(plan, asked, options.resume);
  const refresherSeconds = (performance.now() - compiling) / 1000;
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
    return { params: answer(params, memoryOf(carried)), state };
  };
  const memoryOf = (values: readonly TypedArray[]): readonly TypedArray[] =>
    values.slice(plan.params.arrays.length, -1 - plan.state.arrays.length);
  /** The carried values with what the rule renews before a step. */
  const renewed = async (step: number): Promise<TypedArray[]> => {
    if (refresher === undefined) return carried;
    const { params, state } = split();
    const memory = await refresher.before(step, {
      ...{ params, memory: memoryOf(carried) },
      others: () => [
        ...state,
        ...pickRows(plan.data, order.rows(step * batchSize, batchSize)).arrays.map(
          ({ data }) => data,
        ),
      ],
    });
    return [...params, ...memory, ...carried.slice(params.length + memory.length)];
  };
  const measured = plan.validation !== undefined || plan.test !== undefined;
  const stopsAtEpochs = measured || schedule !== undefined || labels !== undefined;
  const flops = costOf(plan.step.program).flops;
  const callTurns =
    settlerOf(spec.rule, plan.params) === undefined
      ? turnsOfCall(plan.engine, plan.step.program)
      : settledTurns;
  let turnMilliseconds = 0;
  let savedAt = performance.now();
  let yieldedAt = savedAt;
  const saveEvery = 1000 * (options.checkpoints?.everySeconds ?? 10);
  let metrics: Readonly<Record<string, number>> = {};
  let ended: Outcome["ended"] = "budget";
  let cause = "";
  let badStep: number | undefined;
  let probed: Reprobe | undefined;
  const save = async (): Promise<void> => {
    if (options.checkpoints === undefined) return;
    if (!options.checkpoints.copies) kept = new Set(carried);
    const snapshot = takeSnapshot(groups, carried, progress, settings);
    const tensors = { ...snapshot.tensors, ...labels?.tensors() };
    const file = await options.checkpoints.save({ ...snapshot, tensors });
    savedAt = performance.now();
    if (file !== undefined) options.onEvent?.({ kind: "checkpoint", step: progress.step, file });
  };
  /** The step to take from carried values: a quiet one, where the rule says that it may be. */
  const loopFor = (values: readonly TypedArray[]): Promise<LoopExecutable> =>
    loops.get(progress, refresher?.isQuiet(memoryOf(values)) === true);
  const probeAt = (values: readonly TypedArray[], step: number): Promise<Probe> =>
    measurements.probe(
      pickRows(plan.data, order.rows(step * batchSize, batchSize)),
      standing(values),
      step,
    );
  let seen: Probe | undefined;
  /** Params some steps ahead, which are not kept. */
  const further = async (turns: number): Promise<readonly TypedArray[]> => {
    // Schedules are planned up to the last step.
    const index = Math.max(0, Math.min(progress.step, total - turns));
    const loop = await loopFor(carried);
    const { carried: moved } = await loop.run(
      ...([turns, [...carried.slice(0, -1), Int32Array.of(index)], fixed] as const),
      [order.rows(index * batchSize, turns * batchSize)],
      spare,
    );
    spare = moved;
    return standing(moved).params;
  };
  /** Measures layers where the run stands. */
  const look = async (): Promise<void> => {
    const { step } = progress;
    if (watch === undefined || health.at(-1)?.step === step) return;
    seen ??= await probeAt(carried, step);
    const { gradientSquares } = seen;
    const { report, noise } = await watch.measure({
      ...{ ...split(), step, gradientSquares, noise: progress.noise },
      moved: await further(1),
    });
    if (noise !== undefined) progress = { ...progress, noise };
    health.push(report);
    options.onEvent?.({ kind: "health", ...report });
  };
  try {
    if (progress.step === 0) await look();
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
      // Where something is asked for, calls end; what is told unasked changes nothing of the run.
      const dues = [watch?.every, remedy && Math.ceil(levelFor / 4)].map((every) =>
        every === undefined ? total : step + every - (step % every),
      );
      const boundary = Math.min(...dues, stopsAtEpochs ? (next > step ? next : following) : total);
      // A short rest joins the call before it: each call ends with a probe and a look at every value.
      const wanted = boundary - step <= 1.5 * callTurns ? boundary - step : callTurns;
      const [began, compiled] = [performance.now(), loops.seconds];
      // What is renewed is this call's alone, until it is known to be good.
      const begin = await renewed(step);
      const turns = Math.min(wanted, refresher?.stepsFrom(step, memoryOf(begin)) ?? wanted);
      const loop = await loopFor(begin);
      const each = [order.rows(step * batchSize, turns * batchSize)];
      const result = await loop.run(turns, begin, fixed, each, spare);
      spare = result.carried;
      const took = performance.now() - began - 1000 * (loops.seconds - compiled);
      progress = { ...progress, computed: progress.computed + turns };
      turnMilliseconds =
        turnMilliseconds === 0 ? took / turns : 0.7 * turnMilliseconds + (0.3 * took) / turns;
      const losses = result.reports[0]!;
      const done = step + turns;
      // What the next step will see: a state is only good if a loss and a gradient can be had from it.
      const ahead = await probeAt(result.carried, done);
      const bad = firstBad(losses, ahead, result.carried, progress.firstLoss);
      if (bad !== undefined) {
        const told = await describeBad(plan, {
          ...{ carried: begin, fixed, losses, ahead, bad, step, loop },
          into: result.carried,
        });
        cause = told.cause;
        await look();
        if (progress.rollbacks >= maxRollbacks) {
          ended = "diverged";
          badStep = told.at;
          break;
        }
        const rateScale = progress.rateScale / 2;
        progress = { ...progress, rateScale, rollbacks: progress.rollbacks + 1 };
        options.onEvent?.({ kind: "rollback", step: told.at, to: step, cause, rateScale });
        await loops.dispose();
        continue;
      }
      spare = carried.map((array) => (kept.has(array) ? undefined : array));
      carried = result.carried;
      seen = ahead;
      const meanLoss = mean(losses);
      const epochLosses = addLosses(progress.epochs, losses, step, rows, batchSize);
      const lossOf = (epoch: number): number =>
        epochLosses[epoch - epochLosses[0]!.epoch]?.mean ?? meanLoss;
      progress = {
        ...progress,
        step: done,
        epochs: epochLosses.slice(-2),
        losses: addToBlocks(progress.losses ?? noBlocks, losses),
        firstLoss: progress.firstLoss ?? Math.abs(losses[0]!),
      };
      if (options.onEvent !== undefined) {
        const rate = 1000 / turnMilliseconds;
        const { gradientNorm } = ahead;
        const learningRate = rateOf(plan, progress, done - 1);
        options.onEvent({
          kind: "progress",
          step: done,
          epoch: (done * batchSize) / rows,
          loss: meanLoss,
          gradientNorm,
          learningRate,
          stepsPerSecond: rate,
          secondsLeft: (total - done) / rate,
          series: {
            steps: Array.from(losses, (_, i) => step + i + 1),
            values: { loss: Array.from(losses) },
          },
          atStep: { gradientNorm, ...(learningRate === undefined ? {} : { learningRate }) },
        });
      }
      const finished = epochAt(done, rows, batchSize);
      if (finished > epoch) await labels?.add(answered());
      const measures = measured && (done === total || (done === boundary && finished > epoch));
      if (measures) metrics = await measureSets(plan, answered());
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
      const judged = atPlateau(schedule, progress, {
        losses: epochLosses.filter((each) => each.epoch >= epoch && each.epoch < finished),
        validationLoss: measures ? metrics["validationLoss"] : undefined,
        hasValidation: plan.validation !== undefined,
      });
      if (judged !== undefined) {
        const changes = changesStep(progress, judged);
        progress = { ...progress, plateau: judged.state };
        if (changes) {
          const { scale, noise } = judged.state;
          const { metric } = judged;
          options.onEvent?.({ kind: "plateau", step: done, metric, rateScale: scale, noise });
          await loops.dispose();
        }
      }
      if (watch?.isDue(step, done)) await look();
      if (progress.watch !== undefined && done < total) {
        const before = [scaleOf(progress), noiseOf(progress), progress.watch.restart];
        const { state, events, params } = await watchPlateau(plan, {
          ...{ step: done, losses, ahead, further, at: split(), state: progress.watch },
          ...{ all: progress.losses ?? noBlocks, tolerance: options.tolerance ?? 1e-4 },
        });
        progress = { ...progress, watch: state };
        for (const event of events) options.onEvent?.(event);
        if (params !== undefined) {
          carried = [...params, ...carried.slice(params.length)];
          seen = undefined;
        }
        const after = [scaleOf(progress), noiseOf(progress), state.restart];
        if (after.join() !== before.join()) await loops.dispose();
      }
      if (performance.now() - savedAt > saveEvery) await save();
    }
    await save();
    if (ended === "budget")
      probed = await reprobe(plan, await loopFor(carried), {
        carried,
        fixed,
        scale: scaleOf(progress),
        into: spare,
      });
  } finally {
    await refresher?.dispose();
    await watch?.dispose();
    await loops.dispose();
  }
  const end = answered();
  const suspects = labels?.report();
  if (suspects !== undefined) {
    const { suspects: all, rows: count } = suspects;
    options.onEvent?.({
      ...{ kind: "label-suspects", step: progress.step, suspects: all.slice(0, 100) },
      ...{ count: all.length, rows: count },
    });
  }
  // What the run used to get here is not needed for the verdict.
  const results = new Set([...end.params, ...end.state]);
  const stateBytes = carried.reduce((sum, { byteLength }) => sum + byteLength, 0);
  for (const array of [...carried, ...(spare ?? [])])
    if (array !== undefined && !results.has(array) && !kept.has(array)) plan.engine.free([array]);
  if (Object.keys(metrics).length === 0 && ended !== "diverged")
    metrics = await measureSets(plan, end);
  return {
    ...end,
    step: badStep ?? progress.step,
    loss: progress.epochs[progress.epochs.length - 1]?.mean ?? Number.NaN,
    metrics,
    ended,
    cause,
    rollbacks: progress.rollbacks,
    rateScale: scaleOf(progress),
    losses: progress.losses ?? noBlocks,
    reprobe: probed,
    history,
    health,
    suspects,
    cost: {
      flops: flops * progress.computed,
      examples: progress.computed * batchSize,
      gradients: progress.computed,
      stateBytes,
    },
    compileSeconds: refresherSeconds + loops.seconds,
  };
}

function mean(values: TypedArray): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
