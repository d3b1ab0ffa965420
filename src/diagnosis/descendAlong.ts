import { type Ask, askValue, type Vector } from "../linalg/ask.ts";
import { addScaled, distance as distanceOf, normInf } from "../linalg/vector.ts";
import type { ConstraintSet, Face } from "../methods/constraints/constraint.ts";
import type { Located } from "./classify.ts";

/** A lower point, and how it was found. */
interface Lower {
  readonly x: Vector;
  readonly value: number;
  /** ‖x − start‖₂. */
  readonly distance: number;
  /** How much lower it is, without what violations of the constraints may be worth. */
  readonly decrease: number;
  /** The value was still falling as far as was looked: by steps that double 40 times, or beyond what a double holds. */
  readonly endless: boolean;
}

/**
 * The best point found along ±direction: grows the step while the value falls, shrinks it while it does not. On a set
 * each step goes back to it, staying on what holds the point, and a value counts with the worth of what is violated.
 */
export function* descendAlong(
  point: Located,
  direction: Vector,
  { set, tolerance }: { readonly set?: ConstraintSet | undefined; readonly tolerance: number },
  face?: Face,
): Ask<Lower | undefined> {
  const price = face?.held.reduce((sum, { multiplier }) => sum + Math.abs(multiplier), 0) ?? 0;
  const worth = (x: Vector): number => (price === 0 ? 0 : price * (set?.residual(x) ?? 0));
  const step = new Float64Array(point.x.length);
  const start = point.value - worth(point.x);
  let best: Lower | undefined;
  const size = 1 + normInf(point.x);
  const farthest = set === undefined ? Number.POSITIVE_INFINITY : 1e3 * size;
  let distance = 1e-2 * size;
  let [shrunk, overflows, exhausted] = [false, false, false];
  for (let tries = 0; tries < mostTries; tries++) {
    const before: number = best?.decrease ?? 4 * 2 ** -52 * Math.abs(point.value);
    for (const side of [1, -1]) {
      addScaled(step, point.x, side * distance, direction);
      const trial = face?.retract?.(step) ?? set?.project(step) ?? step;
      if (set?.violation !== undefined && set.residual(trial) > tolerance) continue;
      const value = (yield* askValue(trial)) + (set?.value?.(trial) ?? 0);
      const decrease = start - value - worth(trial);
      if (decrease === Number.POSITIVE_INFINITY) overflows = true;
      else if (decrease > (best?.decrease ?? before)) {
        const away = distanceOf(trial, point.x);
        best = { x: trial.slice(), value, decrease, distance: away, endless: false };
      }
    }
    if (best === undefined) {
      distance /= 4;
      shrunk = true;
    } else if (distance < farthest && best.decrease > (1 + enough) * before) {
      distance *= 2;
      exhausted = tries === mostTries - 1;
    } else break;
  }
  return best && { ...best, endless: overflows || (exhausted && !shrunk) };
}

/** Steps of each side that are tried. */
const mostTries = 40;

/** A doubling of the step that wins less than this part of what was won before is the last. */
const enough = 1e-3;
