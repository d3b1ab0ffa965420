import type { TypedArray } from "../../array/dtype.ts";
import { type Level, levelTest } from "../../diagnosis/levelTest.ts";
import { rangeOf } from "../../diagnosis/lossTrend.ts";
import { findPlateau, type PlateauMeasures } from "../../diagnosis/plateauFinding.ts";
import { rateValue } from "../../methods/schedules/rateValue.ts";
import type { RunEvent } from "../events.ts";
import type { Probe, Standing } from "../measure.ts";
import type { RunningPlan } from "../plan.ts";
import { addToBlocks, type LossBlocks, noBlocks } from "./lossBlocks.ts";
import { lowerAlongCurvature, measureGradient } from "./plateauMeasures.ts";

/** What a watch remembers: plain data, so that a resumed run goes on as if it had never stopped. */
export interface WatchState {
  /** Losses and batches' gradient norms since the last finding, and the step at which they begin. */
  readonly losses: LossBlocks;
  readonly gradients: LossBlocks;
  readonly from: number;
  /** The mean gradient norm of the run's first calls. */
  readonly firstGradient: LossBlocks;
  /** What rates are multiplied by now, and the noise of gradients' entries, until a step. */
  readonly scale: number;
  readonly noise: number;
  readonly until: number | null;
  /** Where the schedule was begun anew. */
  readonly restart: number | null;
  /** Nothing is judged before this step. */
  readonly quiet: number;
  readonly applied: number;
}

export const watchStart: WatchState = {
  ...{ losses: noBlocks, gradients: noBlocks, from: 0, firstGradient: noBlocks },
  ...{ scale: 1, noise: 0, until: null, restart: null, quiet: 0, applied: 0 },
};

/** A call that went well, and where it led. */
export interface WatchedCall {
  readonly state: WatchState;
  /** The step after it. */
  readonly step: number;
  readonly losses: TypedArray;
  readonly ahead: Probe;
  readonly at: Standing;
  /** The losses of the whole run. */
  readonly all: LossBlocks;
  readonly tolerance: number;
  /** Params after some more steps that are not kept. */
  readonly further: (steps: number) => Promise<readonly TypedArray[]>;
}

/** What is to change. */
export interface WatchAnswer {
  readonly state: WatchState;
  readonly events: readonly RunEvent[];
  /** Other params to go on with. */
  readonly params?: readonly TypedArray[];
}

/** Batches whose norms say how large gradients were at the start. */
const firstCalls = 4;
/** Steps before the end of which nothing is told unasked: what is measured then is a small part of what was done. */
const leastSteps = 500;
const ahead = 8;
const raise = 3;
/** A rate below this part of the rate half-way explains by itself that nothing moves. */
const vanished = 1e-2;
/** How far noise leads in the time that it is given, as a part of ‖w‖. */
const shake = 1e-2;

/**
 * Watches whether the loss still falls, by `levelTest` on the losses since the last finding, which must have been level for
 * `patience` steps. Then measures why (`findPlateau`), tells it, and
 * applies the remedy where one was asked for and fits.
 */
export async function watchPlateau(plan: RunningPlan, call: WatchedCall): Promise<WatchAnswer> {
  const { patience, remedy } = plan.plateau;
  const state = remember(call);
  const { step } = call;
  if (state.until !== null) {
    if (step < state.until) return { state, events: [] };
    return {
      state: afresh({ ...state, scale: 1, noise: 0, until: null }, step),
      events: [changed(call, 1, 0)],
    };
  }
  if (step < Math.max(state.quiet, remedy === undefined ? leastSteps : 0))
    return { state, events: [] };
  const means = meansOf(state.losses);
  const range = rangeOf(meansOf(call.all));
  const level = levelTest({ span: state.losses.span, means, range });
  if (level === undefined || step - (state.from + level.since) < patience)
    return { state, events: [] };
  if (remedy !== "restart-schedule" && hasVanished(plan, state, step)) return { state, events: [] };
  const { measures, lower } = await measure(plan, call, state, level);
  const found = findPlateau(measures);
  const applies =
    remedy !== undefined &&
    remedy !== "tell" &&
    state.applied < plan.plateau.times &&
    (found.finding === "saddle" ||
      (found.finding === "plateau" && remedy !== "follow-negative-curvature"));
  const event: RunEvent = {
    kind: "plateau-detected",
    ...{ step, since: state.from + level.since, ...found },
    applied: applies ? remedy : undefined,
    gradientNorm: measures.gradientNorm,
    noise: measures.noise,
    fall: level.trend.fall,
    error: level.trend.error,
    p: level.kendall.fallingP,
  };
  // What was told is told again only when half as many steps again have been done.
  const told = afresh({ ...state, quiet: Math.ceil(1.5 * step) }, step);
  if (!applies) return { state: told, events: [event] };
  const applied = { ...told, quiet: step + patience, applied: state.applied + 1 };
  switch (remedy) {
    case "raise-rate":
      return {
        state: { ...applied, scale: raise, until: step + patience },
        events: [event, changed(call, raise, 0)],
      };
    case "add-noise": {
      const noise = noiseFor(plan, call, patience);
      return {
        state: { ...applied, noise, until: step + patience },
        events: [event, changed(call, 1, noise)],
      };
    }
    case "restart-schedule":
      return { state: { ...applied, restart: step }, events: [event] };
    case "follow-negative-curvature":
      return { state: applied, events: [event], ...(lower !== undefined && { params: lower }) };
  }
}

const afresh = (state: WatchState, from: number): WatchState => ({
  ...state,
  ...{ losses: noBlocks, gradients: noBlocks, from },
});

function remember({ state, losses, ahead: { gradientNorm } }: WatchedCall): WatchState {
  const norm = Float64Array.of(gradientNorm);
  const known = state.firstGradient.blocks.length;
  return {
    ...state,
    losses: addToBlocks(state.losses, losses),
    gradients: addToBlocks(state.gradients, norm),
    firstGradient:
      known < firstCalls ? addToBlocks(state.firstGradient, norm) : state.firstGradient,
  };
}

const meansOf = ({ span, blocks }: LossBlocks): number[] =>
  blocks.filter(({ count }) => count === span).map(({ mean }) => mean);

function hasVanished({ spec, total }: RunningPlan, { restart }: WatchState, step: number): boolean {
  const { learningRate } = spec.rule;
  if (learningRate === undefined || restart !== null) return false;
  const [half, now] = [step >> 1, step - 1].map((at) => rateValue(learningRate, at, total));
  return now! < vanished * half!;
}

async function measure(
  plan: RunningPlan,
  call: WatchedCall,
  { gradients, firstGradient }: WatchState,
  level: Level,
) {
  const { at, step, tolerance } = call;
  const { gradient, ...measured } = await measureGradient(plan, at, step);
  const moved = await call.further(ahead);
  let along = 0;
  let offset = 0;
  at.params.forEach((own, i) => {
    const next = moved[i]!;
    for (let j = 0; j < own.length; j++) along += gradient[offset + j]! * (next[j]! - own[j]!);
    offset += own.length;
  });
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const norms = meansOf(gradients);
  const lower = plan.plateau.remedy === undefined ? undefined : await lowerAlongCurvature(plan, at);
  const measures: PlateauMeasures = {
    ...{ level, tolerance, ...measured },
    intervals: {
      first: mean(meansOf(firstGradient)),
      last: mean(norms.slice(-Math.ceil(norms.length / 3))),
    },
    promised: (-along / ahead) * level.trend.steps,
    descent: lower,
  };
  return { measures, lower: lower?.params };
}

const changed = ({ step, losses }: WatchedCall, rateScale: number, noise: number): RunEvent => ({
  ...{ kind: "plateau", step, rateScale, noise },
  metric: losses[losses.length - 1]!,
});

/** σ such that a walk of `steps` steps of rate · σ · √n leads as far as a hundredth of ‖w‖, or of 1 an entry where all are 0. */
function noiseFor({ spec, total }: RunningPlan, { at, step }: WatchedCall, steps: number): number {
  let [square, count] = [0, 0];
  for (const own of at.params) {
    for (let i = 0; i < own.length; i++) square += own[i]! ** 2;
    count += own.length;
  }
  const rate = rateValue(spec.rule.learningRate!, Math.min(step, total - 1), total);
  const size = square > 0 ? Math.sqrt(square / count) : 1;
  return (shake * size) / (rate * Math.sqrt(steps));
}
