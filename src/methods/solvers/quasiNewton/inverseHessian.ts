import type { Ask, Vector } from "../../../linalg/ask.ts";
import {
  addScaled,
  allFinite,
  dot,
  matrixVector,
  norm,
  scale,
  scaled,
} from "../../../linalg/vector.ts";
import { isHopeless, type LineSearch, stallOf } from "../lineSearches/lineSearch.ts";
import type { Point, Step } from "../solver.ts";
import { damp } from "./updates.ts";

/** What BFGS and DFP know: an approximation H of the inverse Hessian, and how often it failed. */
export interface InverseHessianState {
  /** H, row-major n×n; the identity while `fresh`. */
  readonly inverse: Vector;
  /** Whether no pair has been taken in yet. */
  fresh: boolean;
  readonly direction: Vector;
  readonly s: Vector;
  readonly y: Vector;
  readonly work: Vector;
  /** Pairs left out because sᵀy was not above rounding. */
  skippedPairs: number;
  /** Pairs that Powell's damping changed. */
  dampedPairs: number;
  /** Times H was set back to the identity because its direction led nowhere. */
  resets: number;
  readonly search: unknown;
}

/** H ← its update by a pair with sᵀy > 0. */
export type InverseUpdate = (h: Vector, s: Vector, y: Vector, work: Vector) => void;

export function startInverseHessian(start: Point, lineSearch: LineSearch): InverseHessianState {
  const n = start.x.length;
  return {
    inverse: new Float64Array(n * n),
    fresh: true,
    direction: new Float64Array(n),
    s: new Float64Array(n),
    y: new Float64Array(n),
    work: new Float64Array(n),
    skippedPairs: 0,
    dampedPairs: 0,
    resets: 0,
    search: lineSearch.init(start),
  };
}

/** A step along −H∇f, and H's update by it. */
export function* inverseHessianStep(
  point: Point,
  state: InverseHessianState,
  lineSearch: LineSearch,
  update: InverseUpdate,
  damped: boolean,
): Ask<Step<InverseHessianState>> {
  const { inverse, direction } = state;
  for (;;) {
    const { fresh } = state;
    // Without curvature the gradient's length says nothing of the step's: at most one unit is tried.
    if (fresh) scaled(direction, -Math.min(1, 1 / norm(point.gradient)), point.gradient);
    else {
      matrixVector(direction, inverse, point.gradient);
      scale(-1, direction);
    }
    const slope = dot(point.gradient, direction);
    if (slope < 0) {
      const found = yield* lineSearch.search(point, direction, slope, 1, state.search);
      if (found.point !== undefined) {
        learn(point, found.point, found.stepSize, state, update, damped);
        return { point: found.point, state, stepSize: norm(state.s) };
      }
    }
    if (fresh || isHopeless(slope, point.value)) {
      return { point, state, stepSize: 0, stalled: stallOf(slope, point.value) };
    }
    state.fresh = true;
    state.resets++;
  }
}

/** Takes the pair of a step into H. */
function learn(
  from: Point,
  to: Point,
  stepSize: number,
  state: InverseHessianState,
  update: InverseUpdate,
  damped: boolean,
): void {
  const { inverse, s, y, work, fresh } = state;
  addScaled(s, to.x, -1, from.x);
  addScaled(y, to.gradient, -1, from.gradient);
  if (damped) {
    // With d = −H∇f, Bs = tBd = −t∇f: B itself is not needed.
    if (fresh) work.set(s);
    else scaled(work, -stepSize, from.gradient);
    if (damp(s, y, work) < 1) state.dampedPairs++;
  }
  const sy = dot(s, y);
  if (!(sy > Number.EPSILON * norm(s) * norm(y)) || !Number.isFinite(1 / sy)) {
    state.skippedPairs++;
    return;
  }
  if (fresh) {
    // The first pair sets the scale: γ = sᵀy/yᵀy.
    inverse.fill(0);
    const gamma = sy / dot(y, y);
    for (let i = 0; i < s.length; i++) inverse[i * s.length + i] = gamma;
    state.fresh = false;
  }
  update(inverse, s, y, work);
  if (!allFinite(inverse)) {
    state.fresh = true;
    state.resets++;
  }
}
