import type { Vector } from "../../linalg/ask.ts";
import { l1 } from "../../methods/penalties/l1.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import type { Blocks } from "./blocks.ts";
import type { Ended } from "./fitter.ts";
import { largestStrength, slopesOverCharge } from "./strengths.ts";
import { blocksFor, type Task } from "./task.ts";

export interface Effort {
  /** The largest fixed-point violation that counts as none, in units of the largest slope at zero coefficients. */
  readonly tolerance: number;
  /** Sweeps of coordinate descent at most, for each strength. */
  readonly maxSweeps: number;
}

/** One strength of a path. */
export interface PathStep {
  readonly penalty: Penalty;
  readonly blocks: Blocks;
  readonly ended: Ended;
}

/** What a tolerance means for this data: a slope. At least what rounding lets a slope be known to. */
export function absoluteTolerance({ fitter }: Task, tolerance: number): number {
  const slope = fitter.gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  return Math.max(tolerance * slope, Number.MIN_VALUE);
}

/**
 * Fits one strength after another, each from where the last ended. Where the penalty begins with a finite slope, a
 * sequential strong rule says which features to look at first; all are looked at before a fit counts as done.
 *
 * @see Tibshirani et al. (2012), Strong rules for discarding predictors in lasso-type problems, §3
 */
export function* solvePath(
  task: Task,
  penalty: Penalty,
  strengths: readonly number[],
  effort: { readonly tolerance: number; readonly maxSweeps: number },
): Generator<PathStep> {
  const { fitter } = task;
  const unit = blocksFor(task, penalty.withStrength(1));
  const ruled = unit.list.every(
    ({ profile, l1: beside }) =>
      beside === 0 && profile.slope(0) > 0 && Number.isFinite(profile.slope(0)),
  );
  let last: number | undefined;
  for (const strength of strengths) {
    const own = penalty.withStrength(strength);
    const blocks = blocksFor(task, own);
    const candidates: number[] = [];
    if (ruled && last !== undefined) {
      const keep = 2 * strength - last;
      slopesOverCharge(unit, fitter.gradient).forEach((slope, b) => {
        if (slope >= keep) candidates.push(b);
      });
    }
    const ended = fitter.solve(blocks, { ...effort, candidates });
    last = strength;
    yield { penalty: own, blocks, ended };
  }
}

/** Where a single fit with a non-convex penalty starts from. */
export type Start =
  /** The end of a short path of larger strengths. */
  | "path"
  /** The lasso's answer at the same strength (at the same threshold, if the penalty is of another kind), then tangents of the penalty. */
  | "lasso"
  /** No feature at all. */
  | "zero";

/** Strengths on the way to a single fit. */
const wayPoints = 15;

/** Brings the fitter near a good answer for a non-convex penalty. */
export function approach(task: Task, penalty: Penalty, start: Start, effort: Effort): void {
  if (start === "zero" || penalty.weakConvexity === 0 || penalty.strength === 0) return;
  const rough = { tolerance: Math.max(effort.tolerance, 1e-6), maxSweeps: effort.maxSweeps };
  if (start === "path") {
    const first = largestStrength(task, penalty);
    if (!(penalty.strength < first)) return;
    const ratio = (penalty.strength / first) ** (1 / wayPoints);
    const way = Array.from({ length: wayPoints - 1 }, (_, k) => first * ratio ** (k + 1));
    for (const _ of solvePath(task, penalty, way, rough));
    return;
  }
  const slope = penalty.parts.kind === "coordinates" ? penalty.parts.profile.slope(0) : 1;
  // A penalty that begins like a root: the lasso that keeps about as many, λ at the threshold of its prox.
  const strength = Number.isFinite(slope) ? penalty.strength : thresholdOf(penalty);
  const lasso = l1(strength);
  task.fitter.solve(blocksFor(task, lasso), rough);
}

/** Where the prox of a separable penalty leaves zero, for a step of 1. */
function thresholdOf(penalty: Penalty): number {
  const one = new Float64Array(1);
  const stays = (v: number): boolean => {
    one[0] = v;
    return penalty.prox(one, 1)[0] === 0;
  };
  let [low, high] = [0, 1];
  while (stays(high)) high *= 2;
  for (let k = 0; k < 50; k++) {
    const middle = (low + high) / 2;
    if (stays(middle)) low = middle;
    else high = middle;
  }
  return high;
}

/** The positions of coefficients that are not zero. */
export function supportOf(w: Vector): number[] {
  const support: number[] = [];
  w.forEach((value, j) => {
    if (value !== 0) support.push(j);
  });
  return support;
}
