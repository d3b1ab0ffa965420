import { requireCount, requireInRange } from "../../../base/require.ts";
import { type Ask, askGradient, askRowCount, type Vector } from "../../../linalg/ask.ts";
import { distance, norm } from "../../../linalg/vector.ts";
import type { Point, Stall, Step } from "../solver.ts";
import { smoothnessAt, smoothnessDraws } from "./smoothness.ts";

/** What the methods for finite sums are told alike. */
export interface FiniteSumOptions {
  /** η, in params per unit of gradient. Left out: a part of 1/L, with L measured on a few batches now and then. */
  readonly stepSize?: number;
  /** Rows of a batch, at most all. Default 16. */
  readonly batchSize?: number;
  /** Rows drawn in an iteration, in passes over the data. Default 2. */
  readonly passes?: number;
  /** Seed of the draws. Default 0. */
  readonly seed?: number;
}

/** What they remember alike. */
export interface EpochState {
  /** Rows of the sum; 0 before it was asked for. */
  count: number;
  /** Batches drawn so far. */
  draws: number;
  /** Iterations so far. */
  epochs: number;
  /** L as measured last; 0 before. */
  smoothness: number;
  /** What step sizes are multiplied by: halved each time that an iteration raised the value. */
  shrink: number;
  /** Iterations in a row that were taken back. */
  rejected: number;
}

export const startOfEpochs = (): EpochState => ({
  ...{ count: 0, draws: 0, epochs: 0, smoothness: 0, shrink: 1, rejected: 0 },
});

/** The options checked, with their defaults. */
export interface Epochs {
  readonly stepSize: number | undefined;
  readonly batchSize: number;
  readonly passes: number;
  readonly seed: number;
}

/** The names of `FiniteSumOptions`. */
export const epochOptionNames = ["stepSize", "batchSize", "passes", "seed"] as const;

export function readEpochs(method: string, options: FiniteSumOptions): Epochs {
  const { stepSize, seed = 0 } = options;
  const infinity = Number.POSITIVE_INFINITY;
  if (stepSize !== undefined)
    requireInRange(`${method}/stepSize`, stepSize, [0, infinity], { open: true });
  return {
    stepSize,
    batchSize: requireCount(`${method}/batchSize`, options.batchSize ?? 16),
    passes: requireInRange(`${method}/passes`, options.passes ?? 2, [0, infinity], { open: true }),
    seed: requireCount(`${method}/seed`, seed, 0),
  };
}

/** What the steps inside an iteration are made with. */
export interface Inner {
  /** Rows of the sum, and of a batch. */
  readonly count: number;
  readonly size: number;
  /** Steps to make. */
  readonly steps: number;
  /** η, and the L it was made from where it was measured. */
  readonly stepSize: number;
}

/** Iterations in a row that may be taken back before there is no hope. */
const mostRejected = 12;
/** L is measured anew after so many iterations: it changes along the way. */
const remeasureEvery = 8;
/** The part of |f| that rounding may hide, in single precision. */
const rounding = 2 ** -20;

/**
 * One iteration: many steps on batches, then the value and gradient over all rows, by which it is kept or
 * taken back with half the step size. So no iteration raises the value, whatever the draws, but by what
 * rounding may hide (10⁻⁶ of it), and then only if the gradient has become shorter.
 *
 * @param part - the step size in units of 1/L
 * @param inner - makes the steps from the point, in `x`
 */
export function* epoch<S extends EpochState>(
  point: Point,
  state: S,
  { stepSize, batchSize, passes, seed }: Epochs,
  part: number,
  inner: (x: Vector, how: Inner) => Ask<void>,
): Ask<Step<S>> {
  if (state.count === 0) state.count = yield* askRowCount();
  const { count } = state;
  const size = Math.min(batchSize, count);
  if (stepSize === undefined && state.epochs % remeasureEvery === 0 && state.rejected === 0) {
    state.smoothness = yield* smoothnessAt(point.x, { count, size, seed }, state.draws);
    state.draws += smoothnessDraws;
  }
  const own = stepSize ?? (state.smoothness > 0 ? part / state.smoothness : 1);
  const steps = Math.max(1, Math.round((passes * count) / size));
  const x = point.x.slice();
  yield* inner(x, { count, size, steps, stepSize: own * state.shrink });
  const next = yield* askGradient(x);
  state.epochs++;
  if (isProgress(point, next)) {
    state.rejected = 0;
    return { point: { x, ...next }, state, stepSize: distance(x, point.x) };
  }
  state.shrink /= 2;
  state.rejected++;
  const stalled = stallOf(point, next.value, state.rejected);
  return { point, state, stepSize: 0, stalled };
}

/** A lower value, or where rounding hides it, a shorter gradient. */
function isProgress(point: Point, next: { readonly value: number; readonly gradient: Vector }) {
  if (!Number.isFinite(next.value)) return false;
  const rise = next.value - point.value;
  if (rise < -rounding * Math.abs(point.value)) return true;
  const hidden = rise <= rounding * Math.abs(point.value);
  return (hidden && norm(next.gradient) < norm(point.gradient)) || rise < 0;
}

function stallOf(point: Point, value: number, rejected: number): Stall | undefined {
  if (rejected < mostRejected) return undefined;
  const hidden = Math.abs(value - point.value) <= rounding * Math.abs(point.value);
  return hidden ? "rounding" : "line-search";
}
