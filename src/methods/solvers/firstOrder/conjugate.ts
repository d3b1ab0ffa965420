import { type Ask, askValue, type Vector } from "../../../linalg/ask.ts";
import { addScaled, distance, dot, norm, normInf, scaled } from "../../../linalg/vector.ts";
import { type LineSearch, stallOf } from "../lineSearches/lineSearch.ts";
import type { Point, Step } from "../solver.ts";

export interface ConjugateState {
  /** d at the current point. */
  readonly direction: Vector;
  /** Whether d is to be −∇f: at the start, and where d led nowhere. */
  fresh: boolean;
  /** Times d was set back to −∇f. */
  restarts: number;
  /** t of the last step; 0 before it. */
  lastStep: number;
  /** f before the last step less f after it. */
  lastDecrease: number;
  readonly search: unknown;
}

/** β in d⁺ = −∇f⁺ + βd, from the gradients before and after and the direction between them. */
export type Beta = (gradient: Vector, newGradient: Vector, direction: Vector) => number;

export interface ConjugateRule {
  readonly beta: Beta;
  /** Whether the next direction is to be −∇f⁺ alone. */
  readonly restart: (gradient: Vector, newGradient: Vector) => boolean;
  /** The first trial of a line search after the first: by the last step's decrease, or by a parabola. */
  readonly firstTrial: "last-decrease" | "parabola";
}

export const startConjugate = (start: Point, lineSearch: LineSearch): ConjugateState => ({
  direction: new Float64Array(start.x.length),
  fresh: true,
  restarts: 0,
  lastStep: 0,
  lastDecrease: 0,
  search: lineSearch.init(start),
});

/** One step of a nonlinear conjugate gradient method, and the direction after it. */
export function* conjugateStep(
  point: Point,
  state: ConjugateState,
  lineSearch: LineSearch,
  rule: ConjugateRule,
): Ask<Step<ConjugateState>> {
  const { direction } = state;
  for (;;) {
    const { fresh } = state;
    if (fresh) scaled(direction, -1, point.gradient);
    const slope = dot(point.gradient, direction);
    if (slope < 0) {
      const first = yield* firstTrial(point, state, slope, rule);
      const found = yield* lineSearch.search(point, direction, slope, first, state.search);
      if (found.point !== undefined) {
        turn(point.gradient, found.point.gradient, direction, rule.beta);
        state.fresh = rule.restart(point.gradient, found.point.gradient);
        state.lastStep = found.stepSize;
        state.lastDecrease = point.value - found.point.value;
        return { point: found.point, state, stepSize: distance(found.point.x, point.x) };
      }
    }
    if (fresh) {
      return { point, state, stepSize: 0, stalled: stallOf(slope, point.value) };
    }
    state.fresh = true;
    state.restarts++;
  }
}

/** d ← −∇f⁺ + βd; −∇f⁺ alone where β is not a number. */
function turn(gradient: Vector, newGradient: Vector, direction: Vector, rule: Beta): void {
  const beta = rule(gradient, newGradient, direction);
  const factor = Number.isFinite(beta) ? beta : 0;
  for (let i = 0; i < direction.length; i++) {
    direction[i] = factor * direction[i]! - newGradient[i]!;
  }
}

// ψ₀, ψ₁, ψ₂ of Hager & Zhang (2006).
const startPart = 0.01;
const probePart = 0.1;
const growth = 2;

/**
 * The first t of a line search.
 *
 * At the start: at most one unit; with `parabola` a hundredth of x's size, or what would bring the value to 0
 * by a hundredth. Later: where a parabola would fall by what the last step fell; or the minimizer of the parabola
 * through a value at a tenth of the last step, and twice the last step where it has none.
 *
 * @see Nocedal & Wright (2006), eq. (3.60); Hager & Zhang (2006), Algorithm 851, §4, steps I0–I2
 */
function* firstTrial(
  { x, value, gradient }: Point,
  { direction, lastStep, lastDecrease }: ConjugateState,
  slope: number,
  { firstTrial: rule }: ConjugateRule,
): Ask<number> {
  if (rule === "last-decrease") {
    const t = (2.02 * lastDecrease) / -slope;
    if (t > 0) return t;
    return lastStep > 0 ? lastStep : Math.min(1, 1 / norm(direction));
  }
  if (lastStep === 0) {
    const size = normInf(x);
    if (size > 0) return (startPart * size) / normInf(gradient);
    return value === 0 ? 1 : (startPart * Math.abs(value)) / -slope;
  }
  const probe = probePart * lastStep;
  const at = new Float64Array(x.length);
  addScaled(at, x, probe, direction);
  const f = yield* askValue(at);
  const bend = (f - value - probe * slope) / (probe * probe);
  if (f <= value && bend > 0) return -slope / (2 * bend);
  return growth * lastStep;
}
