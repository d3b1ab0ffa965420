import { type Ask, askValue, type Vector } from "../linalg/ask.ts";
import { addScaled, normInf } from "../linalg/vector.ts";
import type { ConstraintSet } from "../methods/constraints/constraint.ts";
import type { Located } from "./classify.ts";

/** The best point found along ±direction: grows the step while the value falls, shrinks it while it does not. */
export function* descendAlong(
  point: Located,
  direction: Vector,
  { set, tolerance }: { readonly set?: ConstraintSet | undefined; readonly tolerance: number },
): Ask<{ x: Vector; value: number; distance: number } | undefined> {
  const step = new Float64Array(point.x.length);
  const noise = 4 * 2 ** -52 * Math.abs(point.value);
  let best: { x: Vector; value: number; distance: number } | undefined;
  let distance = 1e-2 * (1 + normInf(point.x));
  for (let tries = 0; tries < 40; tries++) {
    const before: number = best?.value ?? point.value - noise;
    for (const side of [1, -1]) {
      addScaled(step, point.x, side * distance, direction);
      const trial = set?.project(step) ?? step;
      if (set?.violation !== undefined && set.residual(trial) > tolerance) continue;
      const value = (yield* askValue(trial)) + (set?.value?.(trial) ?? 0);
      if (value < (best?.value ?? point.value - noise))
        best = { x: trial.slice(), value, distance };
    }
    if (best === undefined) distance /= 4;
    else if (best.value < before) distance *= 2;
    else break;
  }
  return best;
}
