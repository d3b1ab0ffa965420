import { type Ask, askGradient, askValue, type Vector } from "../../../linalg/ask.ts";
import { addScaled, allFinite, dot } from "../../../linalg/vector.ts";
import type { Point } from "../solver.ts";
import { failed, isApproximateWolfe, type LineSearchResult, valueRounding } from "./lineSearch.ts";

export interface BacktrackOptions {
  /** c₁, in (0, ½). */
  readonly decrease: number;
  /** The value that a trial has to lie below by c₁·t·|slope|: f(x), or more. */
  readonly reference: number;
  /** Evaluations at most. Default 40. */
  readonly maxEvaluations?: number;
}

/**
 * The first of ever shorter steps with f(x + td) ≤ reference + c₁t·slope. The next trial is the minimizer of
 * the parabola through f(x), the slope and the trial's value, between 0.1 and 0.5 of t; from a value
 * that is not finite, 0.1 of t.
 *
 * The first trial is asked for with its gradient, because it mostly is the last; the others for values, and
 * the one accepted for its gradient. Where values differ by rounding alone, the first trial's slope decides.
 *
 * @see Nocedal & Wright (2006), algorithm 3.1 and eq. (3.58); Birgin, Martínez & Raydan (2000), on 0.1 and 0.5
 */
export function* backtrack(
  from: Point,
  direction: Vector,
  slope: number,
  first: number,
  { decrease, reference, maxEvaluations = 40 }: BacktrackOptions,
): Ask<LineSearchResult> {
  const { x, value } = from;
  const trial = new Float64Array(x.length);
  let t = first;
  for (let evaluations = 1; evaluations <= maxEvaluations; evaluations++) {
    addScaled(trial, x, t, direction);
    const known = evaluations === 1 ? yield* askGradient(trial) : undefined;
    const f = known?.value ?? (yield* askValue(trial));
    const lowered = f <= reference + decrease * t * slope && f < Math.max(reference, value);
    if (
      lowered ||
      (known !== undefined && isFlat(value, f, slope, dot(known.gradient, direction)))
    ) {
      const { gradient } = known ?? (yield* askGradient(trial));
      const asked = known === undefined ? evaluations + 1 : evaluations;
      if (allFinite(gradient)) {
        const outcome = lowered ? "armijo" : "approximate";
        return {
          point: { x: trial, value: f, gradient },
          stepSize: t,
          outcome,
          evaluations: asked,
        };
      }
    }
    const parabola = (-slope * t) / (2 * (f - value - slope * t));
    const part = Number.isFinite(f) && parabola > 0 ? Math.min(Math.max(parabola, 0.1), 0.5) : 0.1;
    t *= part;
    if (isLost(x, t, direction)) return failed(evaluations);
  }
  return failed(maxEvaluations);
}

/** A step whose change of value is rounding, not upwards, and whose slope is nearer to 0. */
const isFlat = (value: number, f: number, slope: number, newSlope: number): boolean =>
  f <= value &&
  value - f <= valueRounding * Math.abs(value) &&
  isApproximateWolfe(slope, newSlope, 1e-4, 0.9);

/** Whether x + td is x to all digits. */
function isLost(x: Vector, t: number, direction: Vector): boolean {
  for (let i = 0; i < x.length; i++) if (x[i]! + t * direction[i]! !== x[i]) return false;
  return true;
}
