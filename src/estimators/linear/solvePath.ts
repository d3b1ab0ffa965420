import type { Vector } from "../../linalg/ask.ts";
import { l1, l1Profile } from "../../methods/penalties/l1.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { type Blocks, isFree, paidFor } from "./blocks.ts";
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
    (block) =>
      isFree(block) ||
      (block.l1 === 0 && block.profile.slope(0) > 0 && Number.isFinite(block.profile.slope(0))),
  );
  let last: number | undefined;
  for (const [k, strength] of strengths.entries()) {
    const own = penalty.withStrength(strength);
    const blocks = blocksFor(task, own);
    const candidates: number[] = [];
    if (ruled && last !== undefined) {
      const keep = 2 * strength - last;
      slopesOverCharge(unit, fitter.gradient).forEach((slope, b) => {
        if (slope >= keep) candidates.push(b);
      });
    }
    const ended = fitter.solve(blocks, { ...effort, candidates, ahead: strengths.length - 1 - k });
    last = strength;
    yield { penalty: own, blocks, ended };
  }
}

/** Where a single fit with a non-convex penalty starts from. */
export type Start =
  /** The end of a short path of larger strengths. */
  | "path"
  /** The lasso's answer, then the penalty's tangents at the magnitudes so far, a little beside zero at first: reweighted L1. */
  | "reweighted"
  /** Both, and the lower end, for a penalty that begins like a root or a jump; else the path. */
  | "auto"
  /** No feature at all. */
  | "zero";

/** Strengths on the way to a single fit. */
const wayPoints = 15;

/**
 * Brings the fitter near a good answer for a non-convex penalty.
 *
 * @see Candès, Wakin & Boyd (2008), Enhancing sparsity by reweighted ℓ1 minimization, §2.2; Zou & Li (2008), One-step sparse estimates
 *   in nonconcave penalized likelihood models
 */
export function approach(task: Task, penalty: Penalty, start: Start, effort: Effort): void {
  if (start === "zero" || penalty.strength === 0) return;
  const rough = { tolerance: Math.max(effort.tolerance, 1e-6), maxSweeps: effort.maxSweeps };
  if (penalty.weakConvexity === 0) {
    // The end does not depend on the way; but from zero to a small strength, far too many features would come in at first.
    if (makesZeros(task, penalty) && penalty.strength < 0.02 * largestStrength(task, penalty)) {
      walk(task, penalty, rough);
    }
    return;
  }
  const both = start === "auto" && !Number.isFinite(penalty.weakConvexity);
  if (both || start === "reweighted") reweight(task, penalty, rough);
  if (start === "reweighted") return;
  if (!both) {
    walk(task, penalty, rough);
    return;
  }
  const { fitter } = task;
  const objective = (): number => {
    fitter.solve(blocksFor(task, penalty), rough);
    return fitter.loss + paidFor(blocksFor(task, penalty), fitter.w);
  };
  const [first, back] = [objective(), fitter.keep()];
  task.reset();
  walk(task, penalty, rough);
  if (!(objective() < first)) back();
}

const makesZeros = (task: Task, penalty: Penalty): boolean =>
  blocksFor(task, penalty.withStrength(1)).list.every(
    (block) => isFree(block) || block.profile.slope(0) > 0 || block.l1 > 0,
  );

/** A short path from the strength at which all is zero. */
function walk(task: Task, penalty: Penalty, effort: Effort): void {
  const first = largestStrength(task, penalty);
  if (!(penalty.strength < first)) return;
  const ratio = (penalty.strength / first) ** (1 / wayPoints);
  const way = Array.from({ length: wayPoints - 1 }, (_, k) => first * ratio ** (k + 1));
  for (const _ of solvePath(task, penalty, way, effort));
}

/** How far beside zero the tangents are taken, as shares of the largest coefficient. */
const smoothing = [1e-1, 1e-2, 1e-3, 1e-4, 1e-4, 1e-4];

function reweight(task: Task, penalty: Penalty, effort: Effort): void {
  const { fitter } = task;
  const { list, single } = blocksFor(task, penalty);
  if (!single) {
    walk(task, penalty, effort);
    return;
  }
  const lasso = l1(penalty.strength);
  fitter.solve(blocksFor(task, lasso), effort);
  for (const share of smoothing) {
    const beside = share * fitter.w.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    if (beside === 0) return;
    const tangents = list.map((block, j) => ({
      ...block,
      profile: l1Profile(block.profile.slope(Math.abs(fitter.w[j]!) + beside)),
    }));
    fitter.solve({ list: tangents, single: true }, effort);
  }
}

/** The positions of coefficients that are not zero. */
export function supportOf(w: Vector): number[] {
  const support: number[] = [];
  w.forEach((value, j) => {
    if (value !== 0) support.push(j);
  });
  return support;
}
