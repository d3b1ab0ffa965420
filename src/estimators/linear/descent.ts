import type { Vector } from "../../linalg/ask.ts";
import type { Profile } from "../../methods/penalties/profile.ts";
import type { Block } from "./blocks.ts";

/**
 * A quadratic function of a few coefficients, as coordinate descent sees it. `state` is an affine function of the
 * coefficients, from which gradients are read: iterates can be extrapolated together with it.
 */
export interface Quadratic {
  /** Second derivatives along each coordinate, above 0. */
  readonly curvatures: Vector;
  readonly state: Vector;
  /** The partial derivative at the present coefficients. */
  gradient(k: number): number;
  /** True if a gradient costs a pass over the samples: coefficients that are zero are then not looked at in each sweep. */
  readonly dear?: boolean;
  /** Coefficient k has changed by d. */
  move(k: number, d: number): void;
  /** out[i] ← the partial derivative for start + i. Left out: one at a time, by `gradient`. */
  gradients?(start: number, length: number, out: Vector): void;
  /** Coefficients start … have changed by changes[0] …: cheaper than one at a time. Left out: by `move`. */
  moveAll?(start: number, length: number, changes: Vector): void;
  /** The function at coefficients whose state is the present one, up to a constant. */
  value(w: Vector): number;
}

/** Positions start … start + length − 1, updated together. */
export interface PlacedBlock {
  readonly start: number;
  readonly length: number;
  readonly profile: Profile;
  readonly l1: number;
  /** The largest eigenvalue of the quadratic on the block. */
  readonly curvature: number;
}

/** quadratic(w) + Σ p(‖w_B‖) + l1‖w_B‖₁, from a starting w; `size` coefficients. */
export interface Subproblem {
  readonly quadratic: Quadratic;
  readonly size: number;
  readonly w: Vector;
  /** The profile of each coefficient; for blocks of one. */
  readonly profiles?: readonly Profile[];
  readonly blocks?: readonly PlacedBlock[];
}

/**
 * One pass of coordinate descent, each block by its exact prox at the step 1/L_B:
 * w_B ← prox_{P/L_B}(w_B − ∇_B/L_B).
 *
 * @param support - only of blocks that are not zero
 * @returns the largest L_B‖change‖: how far the worst block was from its fixed point
 */
export function sweep(problem: Subproblem, support = false): number {
  return problem.profiles === undefined
    ? sweepBlocks(problem, problem.blocks ?? [], support)
    : sweepCoordinates(problem, problem.profiles, support);
}

function sweepCoordinates(
  { quadratic, size, w }: Subproblem,
  profiles: readonly Profile[],
  support: boolean,
): number {
  const { curvatures } = quadratic;
  let worst = 0;
  for (let k = 0; k < size; k++) {
    const curvature = curvatures[k]!;
    const before = w[k]!;
    if (support && before === 0) continue;
    const target = before - quadratic.gradient(k) / curvature;
    const size = profiles[k]!.prox(target < 0 ? -target : target, 1 / curvature);
    const after = target < 0 ? -size : size;
    if (after === before) continue;
    const change = after - before;
    w[k] = after;
    quadratic.move(k, change);
    const far = curvature * (change < 0 ? -change : change);
    if (far > worst) worst = far;
  }
  return worst;
}

function sweepBlocks(
  { quadratic, w }: Subproblem,
  blocks: readonly PlacedBlock[],
  support: boolean,
): number {
  let worst = 0;
  for (const block of blocks) {
    const { start, length, curvature } = block;
    if (support && isZero(w, start, length)) continue;
    reserve(length);
    if (quadratic.gradients) quadratic.gradients(start, length, slopes);
    else for (let i = 0; i < length; i++) slopes[i] = quadratic.gradient(start + i);
    blockTarget(block, w, slopes);
    let squares = 0;
    for (let i = 0; i < length; i++) {
      const change = target[i]! - w[start + i]!;
      changes[i] = change;
      squares += change * change;
    }
    if (squares === 0) continue;
    for (let i = 0; i < length; i++) w[start + i] = target[i]!;
    if (quadratic.moveAll) quadratic.moveAll(start, length, changes);
    else for (let i = 0; i < length; i++) quadratic.move(start + i, changes[i]!);
    const far = curvature * Math.sqrt(squares);
    if (far > worst) worst = far;
  }
  return worst;
}

function isZero(w: Vector, start: number, length: number): boolean {
  for (let k = start; k < start + length; k++) if (w[k] !== 0) return false;
  return true;
}

let target = new Float64Array(64);
let slopes = new Float64Array(64);
let changes = new Float64Array(64);

function reserve(length: number): void {
  if (target.length >= length) return;
  target = new Float64Array(2 * length);
  slopes = new Float64Array(2 * length);
  changes = new Float64Array(2 * length);
}

/** target ← prox_{P/L}(w_B − ∇_B/L), from the gradient of the block. */
function blockTarget(block: PlacedBlock, w: Vector, gradient: Vector): void {
  const { start, length, profile, l1, curvature } = block;
  let squares = 0;
  for (let i = 0; i < length; i++) {
    const v = w[start + i]! - gradient[i]! / curvature;
    const soft = Math.max(Math.abs(v) - l1 / curvature, 0);
    target[i] = v < 0 ? -soft : soft;
    squares += soft * soft;
  }
  const norm = Math.sqrt(squares);
  const factor = norm === 0 ? 0 : profile.prox(norm, 1 / curvature) / norm;
  for (let i = 0; i < length; i++) target[i] = factor * target[i]!;
}

/** L_B‖w_B − prox_{P/L_B}(w_B − ∇_B/L_B)‖ at the present w, both by feature: 0 at a fixed point of coordinate descent. */
export function blockViolation(
  { features, profile, l1 }: Block,
  curvature: number,
  w: Vector,
  gradient: Vector,
): number {
  reserve(features.length);
  let squares = 0;
  for (let i = 0; i < features.length; i++) {
    const j = features[i]!;
    const v = w[j]! - gradient[j]! / curvature;
    const soft = Math.max(Math.abs(v) - l1 / curvature, 0);
    target[i] = v < 0 ? -soft : soft;
    squares += soft * soft;
  }
  const norm = Math.sqrt(squares);
  const factor = norm === 0 ? 0 : profile.prox(norm, 1 / curvature) / norm;
  squares = 0;
  for (let i = 0; i < features.length; i++)
    squares += (factor * target[i]! - w[features[i]!]!) ** 2;
  return curvature * Math.sqrt(squares);
}

/** The penalty at w. */
export function penaltyOf({ size, w, profiles, blocks = [] }: Subproblem): number {
  let sum = 0;
  if (profiles !== undefined) {
    for (let k = 0; k < size; k++) if (w[k] !== 0) sum += profiles[k]!.value(Math.abs(w[k]!));
    return sum;
  }
  for (const { start, length, profile, l1 } of blocks) {
    let squares = 0;
    for (let k = start; k < start + length; k++) {
      squares += w[k]! * w[k]!;
      sum += l1 * Math.abs(w[k]!);
    }
    if (squares > 0) sum += profile.value(Math.sqrt(squares));
  }
  return sum;
}

/** The objective at w, up to a constant. */
export const objectiveOf = (problem: Subproblem): number =>
  problem.quadratic.value(problem.w) + penaltyOf(problem);
