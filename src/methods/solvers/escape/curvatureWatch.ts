import { type Ask, askHvp, type Vector } from "../../../linalg/ask.ts";
import { lanczos, type RitzEnds } from "../../../linalg/lanczos.ts";
import { randomDirection } from "../../../linalg/randomDirection.ts";
import { addScaled, norm, normInf } from "../../../linalg/vector.ts";
import type { Point } from "../solver.ts";

/** Price of a Hessian-vector product in gradients. */
const productPrice = 2;
/** Products that are saved up before a look away from stationary points. */
const savedProducts = 8;
/** A look in vain doubles the wait for the next that the budget pays, up to this many times the first. */
const longestWait = 16;
/** A gradient is small at this part of the largest met since the last look, unless a norm is given. */
const smallPart = 0.1;
/** A gradient whose length times that of x is below this part of the value is rounding: it is small in any case. */
const roundingPart = 1e-10;
/** Part of a random direction in the start of a look, beside the direction found by the last one. */
const randomPart = 0.5;
/** A smallest eigenvalue is known well enough within this part of itself, if negative, … */
const negativeAccuracy = 0.3;
/** … and within this part of the largest, if positive. */
const positiveAccuracy = 0.02;

export interface WatchSettings {
  /** ε, or undefined for a millionth of the largest curvature seen. */
  readonly negative: number | undefined;
  /** The gradient norm that calls for a look, or undefined for a tenth of the largest since the last. */
  readonly gradientNorm: number | undefined;
  /** Gradient-equivalents that looks away from small gradients may cost for each gradient. */
  readonly budget: number;
  /** Products of one look at most. */
  readonly products: number;
}

/** What is known of the curvature, and what looking may still cost: plain data. */
export interface CurvatureWatch {
  /** The smallest eigenvalue by the last look; NaN before the first. */
  smallest: number;
  /** Unit vector of that curvature. */
  direction: Vector | undefined;
  /** The largest curvature in absolute value that any look has seen. */
  largest: number;
  /** Gradient-equivalents saved up; below 0 while a look is still being paid for. */
  credit: number;
  /** How many times longer the budget saves for the next look: doubled by each in vain, 1 after one that led lower. */
  wait: number;
  /** The largest ‖∇f‖ since the last look. */
  peak: number;
  /** ‖∇f‖ above which a small gradient counts as a new arrival. */
  rearm: number;
  /** Whether the next small gradient calls for a look. */
  armed: boolean;
  looks: number;
  products: number;
  seed: number;
}

export const newWatch = (seed: number): CurvatureWatch => ({
  smallest: Number.NaN,
  direction: undefined,
  largest: 0,
  credit: 0,
  wait: 1,
  peak: 0,
  rearm: Number.POSITIVE_INFINITY,
  armed: true,
  looks: 0,
  products: 0,
  seed,
});

/** Whether the last look found curvature below −ε. */
export function isNegative(watch: CurvatureWatch, settings: WatchSettings): boolean {
  return watch.smallest < -(settings.negative ?? 1e-6 * watch.largest);
}

/**
 * Whether this point is to be looked at. A small gradient calls for one look each time it becomes small
 * (again); besides, the budget pays for looks now and then, wherever the method is.
 */
export function isDue(point: Point, watch: CurvatureWatch, settings: WatchSettings): boolean {
  const size = norm(point.gradient);
  watch.peak = Math.max(watch.peak, size);
  if (size > watch.rearm) watch.armed = true;
  const small = Math.max(
    settings.gradientNorm ?? smallPart * watch.peak,
    (roundingPart * Math.abs(point.value)) / (1 + normInf(point.x)),
  );
  if (size === 0 || (watch.armed && size <= small)) return true;
  return watch.credit >= watch.wait * productPrice * Math.min(point.x.length, savedProducts);
}

/** Measures the smallest eigenvalue at a point by Lanczos, from the direction of the last look with a random part. */
export function* look(point: Point, watch: CurvatureWatch, settings: WatchSettings): Ask<void> {
  const n = point.x.length;
  const start = randomDirection(n, watch.seed++);
  if (watch.direction !== undefined) addScaled(start, watch.direction, randomPart, start);
  const enough = ({ low, high, lowError }: RitzEnds): boolean => {
    const scale = Math.max(watch.largest, Math.abs(low), Math.abs(high));
    return low < -(settings.negative ?? 1e-6 * scale)
      ? lowError <= negativeAccuracy * -low
      : lowError <= positiveAccuracy * scale;
  };
  const { smallest, largest, steps } = yield* lanczos((v) => askHvp(point.x, v), n, {
    steps: Math.min(n, settings.products),
    tolerance: 0,
    start,
    seed: watch.seed,
    until: enough,
  });
  const size = norm(point.gradient);
  watch.smallest = smallest.value;
  watch.direction = smallest.vector;
  watch.largest = Math.max(watch.largest, Math.abs(smallest.value), Math.abs(largest.value));
  // What was saved beyond the price is gone: it was the wait that was wanted.
  watch.credit = Math.min(0, watch.credit - productPrice * steps);
  watch.wait = Math.min(longestWait, 2 * watch.wait);
  watch.products += steps;
  watch.looks++;
  watch.peak = size;
  watch.armed = false;
  watch.rearm = 3 * Math.max(size, settings.gradientNorm ?? 0);
}
