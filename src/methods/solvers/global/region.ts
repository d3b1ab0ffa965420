import { NadirError } from "../../../base/errors.ts";
import { requireInRange } from "../../../base/require.ts";
import type { Bounds, Vector } from "../../../linalg/ask.ts";
import { type RandomStream, shuffled, uniform } from "../../../linalg/random.ts";
import { normInf } from "../../../linalg/vector.ts";

/** A finite box to draw points from. */
export interface Region {
  readonly lower: Vector;
  readonly upper: Vector;
  /** `the box` where it is the problem's, else how it was made. */
  readonly words: string;
}

/** The problem's box; coordinates without finite bounds reach `spread` to both sides of the start. */
export function regionOf(x0: Vector, bounds: Bounds | undefined, spread?: number): Region {
  const half = spread ?? 3 * Math.max(1, normInf(x0));
  const isBox = bounds !== undefined && [...bounds.lower, ...bounds.upper].every(Number.isFinite);
  const low = bounds?.lower ?? x0.map(() => Number.NEGATIVE_INFINITY);
  const high = bounds?.upper ?? x0.map(() => Number.POSITIVE_INFINITY);
  const end = (own: number, made: number): number => (Number.isFinite(own) ? own : made);
  return {
    lower: x0.map((xi, i) => end(low[i]!, Math.min(xi, high[i]!) - half)),
    upper: x0.map((xi, i) => end(high[i]!, Math.max(xi, low[i]!) + half)),
    words: isBox ? "the box" : `the cube that reaches ${half} to each side of the start`,
  };
}

/** @throws NadirError `${area}/spread` unless it is above 0 */
export const requireSpread = (area: string, spread: number | undefined): number | undefined =>
  spread === undefined
    ? undefined
    : requireInRange(`${area}/spread`, spread, [0, Number.POSITIVE_INFINITY], { open: true });

/** A point of the region for a point of the unit cube. */
export const fromUnit = ({ lower, upper }: Region, unit: Vector): Vector =>
  unit.map((u, i) => lower[i]! + u * (upper[i]! - lower[i]!));

/**
 * `count` points in the unit cube, one in each of `count` slices of every coordinate.
 *
 * @see McKay, Beckman & Conover (1979), A comparison of three methods for selecting values of input variables
 */
export function latinHypercube(random: RandomStream, count: number, n: number): Vector[] {
  const slices = Array.from({ length: n }, () => shuffled(random, count));
  return Array.from({ length: count }, (_, k) =>
    Float64Array.from(slices, (order) => (order[k]! + uniform(random)) / count),
  );
}

/** A point in the unit cube, each coordinate drawn by itself. */
export const unitPoint = (random: RandomStream, n: number): Vector =>
  Float64Array.from({ length: n }, () => uniform(random));

/** x folded back into the box at its faces, as light is by mirrors. */
export function reflected(x: Vector, { lower, upper }: Bounds): Vector {
  return x.map((xi, i) => {
    const [low, high] = [lower[i]!, upper[i]!];
    if (xi >= low && xi <= high) return xi;
    const width = high - low;
    if (!Number.isFinite(width)) return Math.min(Math.max(xi, low), high);
    if (width === 0) return low;
    const along = (((xi - low) % (2 * width)) + 2 * width) % (2 * width);
    return Math.min(high, Math.max(low, low + (along <= width ? along : 2 * width - along)));
  });
}

/**
 * A finite box, for methods that cannot do without one.
 *
 * @throws NadirError `${area}/box`
 */
export function requireBox(area: string, bounds: Bounds | undefined): Region {
  if (bounds !== undefined) {
    const { lower, upper } = bounds;
    const i = lower.findIndex((low, k) => !Number.isFinite(low) || !Number.isFinite(upper[k]!));
    if (i < 0) return { lower, upper, words: "the box" };
    throw new NadirError(
      `${area}/box`,
      `${area}: x[${i}] may lie anywhere from ${lower[i]} to ${upper[i]}`,
      { expected: "a finite lower and upper bound for each unknown" },
    );
  }
  throw new NadirError(`${area}/box`, `${area} searches a box, and this problem has none`, {
    expected: "a finite lower and upper bound for each unknown",
    hint: "constraint: box(-5, 5)",
  });
}
