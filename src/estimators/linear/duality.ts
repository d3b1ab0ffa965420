import type { Vector } from "../../linalg/ask.ts";
import type { Blocks } from "./blocks.ts";
import type { Design } from "./design.ts";
import type { Loss } from "./loss.ts";

/**
 * A lower bound of loss + P for a convex P, from the slopes ∂loss/∂η at a point near the minimum: the value of the
 * Fenchel dual, −f*(θ) − P*(−Xᵀθ), at θ = those slopes after they are made feasible: shrunk on one side until they sum to 0 (where
 * there is an intercept), and as a whole until Xᵀθ lies where P* is finite.
 *
 * @returns undefined if the loss has no dual, or a coefficient costs nothing (then no θ nearby is feasible)
 * @see Fercoq, Gramfort & Salmon (2015), Mind the duality gap: safer rules for the lasso, eq. (5)
 */
export function dualValue(
  design: Design,
  loss: Loss,
  blocks: Blocks,
  slopes: Vector,
  intercept: boolean,
): number | undefined {
  if (loss.dual === undefined) return undefined;
  const theta = slopes.slice();
  if (intercept) balance(theta);
  const image = new Float64Array(design.features);
  design.dots(theta, image);
  const fit = fitting(blocks, image);
  if (fit === undefined) return undefined;
  for (let i = 0; i < theta.length; i++) theta[i] = theta[i]! * fit;
  for (let j = 0; j < image.length; j++) image[j] = image[j]! * fit;
  return loss.dual(theta) - conjugateOf(blocks, image);
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
  for (const { features, profile, l1 } of list) {
    if (profile.curvature(1) > 0) continue; // strongly convex: P* is finite everywhere
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
