import type { Vector } from "../../linalg/ask.ts";
import { cholesky, choleskySolve } from "../../linalg/cholesky.ts";
import { type Blocks, isFree } from "./blocks.ts";
import type { Columns } from "./design.ts";
import type { Fitter } from "./fitter.ts";
import type { Loss } from "./loss.ts";

/**
 * A lower bound of loss + P for a convex P, from the slopes ∂loss/∂η at a point near the minimum: the value of the
 * Fenchel dual, −f*(θ) − P*(−Xᵀθ), at θ = those slopes after they are made feasible: orthogonal to the columns whose coefficients
 * cost nothing (for an intercept alone: shrunk on one side until they sum to 0), and shrunk as a whole until Xᵀθ lies
 * where P* is finite.
 *
 * @returns undefined if the loss has no dual, or no feasible θ was found nearby
 * @see Fercoq, Gramfort & Salmon (2015), Mind the duality gap: safer rules for the lasso, eq. (5)
 */
export function dualValue(
  design: Columns,
  loss: Loss,
  blocks: Blocks,
  fitter: Fitter,
  intercept: boolean,
): number | undefined {
  if (loss.dual === undefined) return undefined;
  const theta = fitter.slopes().slice();
  const free = blocks.list.filter(isFree).flatMap(({ features }) => Array.from(features));
  if (free.length > 0) {
    if (!clear(design, theta, free, fitter, intercept)) return undefined;
  } else if (intercept) balance(theta);
  const image = new Float64Array(design.features);
  design.dots(theta, image);
  for (const j of free) image[j] = 0; // to rounding
  const fit = fitting(blocks, image);
  if (fit === undefined) return undefined;
  for (let i = 0; i < theta.length; i++) theta[i] = theta[i]! * fit;
  for (let j = 0; j < image.length; j++) image[j] = image[j]! * fit;
  const value = loss.dual(theta) - conjugateOf(blocks, image);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * θ ← θ − HC(CᵀHC)⁻¹Cᵀθ, for the columns C of these features (and 1s for an intercept): what the slopes would be after a Newton step along
 * them. H, the Hessian, leaves slopes alone that cannot change.
 */
function clear(
  design: Columns,
  theta: Vector,
  features: readonly number[],
  fitter: Fitter,
  intercept: boolean,
): boolean {
  const n = design.samples;
  const weighed = features.map((j) => {
    const column = new Float64Array(n);
    design.column(j, column);
    fitter.weigh(column);
    return column;
  });
  if (intercept) {
    const ones = new Float64Array(n).fill(1);
    fitter.weigh(ones);
    weighed.push(ones);
  }
  const m = weighed.length;
  const members = Int32Array.from(features);
  const products = (v: Vector, out: Vector, offset: number): void => {
    design.dotsOf(members, members.length, v, out, offset);
    if (intercept) out[offset + m - 1] = v.reduce((sum, value) => sum + value, 0);
  };
  const matrix = new Float64Array(m * m);
  weighed.forEach((column, k) => {
    products(column, matrix, k * m);
  });
  if (!cholesky(matrix, m, matrix)) return false;
  const rest = new Float64Array(m);
  // Again, for what rounding left.
  for (let round = 0; round < 2; round++) {
    products(theta, rest, 0);
    choleskySolve(matrix, m, rest, rest);
    weighed.forEach((column, k) => {
      for (let i = 0; i < n; i++) theta[i] = theta[i]! - rest[k]! * column[i]!;
    });
  }
  return true;
}

/**
 * A lower bound for a convex loss that is never negative, without an intercept: the loss lies above its tangent, so
 * F(v) ≥ f(w) + gᵀ(v − w) + P(v); and P(v) ≤ F(w) at any v that is no worse.
 */
export function tangentBound(
  loss: number,
  penalty: number,
  blocks: Blocks,
  w: Vector,
  gradient: Vector,
): number | undefined {
  if (blocks.list.some(isFree)) return undefined;
  const inside = fitting(blocks, gradient);
  if (inside === undefined) return undefined;
  const along = w.reduce((sum, value, j) => sum + value * gradient[j]!, 0);
  if (inside === 1) return loss - along - conjugateOf(blocks, gradient);
  const excess = 1 / inside - 1;
  return loss - along - excess * (loss + penalty);
}

/** θ with Σθ = 0: the side that weighs more is shrunk. Feasible sets here are intervals around 0 for each sample. */
function balance(theta: Vector): void {
  let up = 0;
  let down = 0;
  for (const t of theta) {
    if (t > 0) up += t;
    else down -= t;
  }
  if (up === down) return;
  const factor = up > down ? down / up : up / down;
  for (let i = 0; i < theta.length; i++)
    if (theta[i]! > 0 === up > down) theta[i] = theta[i]! * factor;
}

/** The largest factor up to 1 that brings v into the domain of P*; undefined if only 0 would. */
function fitting({ list }: Blocks, v: Vector): number | undefined {
  let factor = 1;
  for (const block of list) {
    const { features, profile, l1 } = block;
    if (profile.curvature(1) > 0 || isFree(block)) continue; // P* is finite everywhere, or v is 0 there
    const kink = profile.slope(0);
    if (kink === 0 && l1 === 0) return undefined;
    const norm = (scale: number): number => {
      let squares = 0;
      for (const j of features) squares += Math.max(0, scale * Math.abs(v[j]!) - l1) ** 2;
      return Math.sqrt(squares);
    };
    if (norm(factor) <= kink) continue;
    if (l1 === 0) {
      factor = kink / norm(1);
      continue;
    }
    let [low, high] = [0, factor];
    for (let k = 0; k < 60; k++) {
      const middle = 0.5 * (low + high);
      if (norm(middle) <= kink) low = middle;
      else high = middle;
    }
    factor = low;
  }
  return factor;
}

/** P*(v) for v in its domain: Σ max(‖v_B‖ − κ, 0)²/(2β) of the blocks with curvature β, 0 of the others. */
function conjugateOf({ list }: Blocks, v: Vector): number {
  let sum = 0;
  for (const { features, profile } of list) {
    const bend = profile.curvature(1);
    if (bend <= 0) continue;
    let squares = 0;
    for (const j of features) squares += v[j]! * v[j]!;
    sum += Math.max(0, Math.sqrt(squares) - profile.slope(0)) ** 2 / (2 * bend);
  }
  return sum;
}
