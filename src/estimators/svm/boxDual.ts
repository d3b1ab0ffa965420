import type { Vector } from "../../linalg/ask.ts";

/**
 * The dual of a machine that is convex, in signed variables aᵢ = yᵢαᵢ:
 *
 *     maximize  Σ yᵢaᵢ − ½aᵀKa − ½Σ ridgeᵢaᵢ²   over  lowᵢ ≤ aᵢ ≤ highᵢ, and Σaᵢ = 0 if the bias is free,
 *
 * whose primal is ½‖w‖² + Σ max{a·rᵢ − ½ridgeᵢ·a² : lowᵢ ≤ a ≤ highᵢ} with rᵢ = yᵢ − fᵢ − b and fᵢ = (Ka)ᵢ.
 * For the hinge loss at price Cᵢ, 0 ≤ yᵢaᵢ ≤ Cᵢ; for its square 0 ≤ yᵢaᵢ and ridgeᵢ = 1/(2Cᵢ); in a round of the
 * convex–concave procedure −βᵢ ≤ yᵢaᵢ ≤ Cᵢ − βᵢ. Zero lies in all boxes.
 *
 * @see Collobert, Sinz, Weston & Bottou (2006), Trading convexity for scalability, eqs. (10), (11)
 */
export interface BoxDual {
  /** ±1. */
  readonly signs: Vector;
  readonly low: Vector;
  readonly high: Vector;
  /** At least 0. */
  readonly ridge: Vector;
  readonly freeBias: boolean;
  /** Added to both values: what samples whose loss is cut off cost. */
  readonly constant: number;
}

/** Where a solve of such a dual ended. */
export interface Solved {
  readonly a: Vector;
  /** Decision values without a free bias. */
  readonly f: Vector;
  /** The free bias, the best for these values; else 0. */
  readonly bias: number;
  readonly primal: number;
  /** primal − dual value, a sum of terms of at least 0, one for each sample. */
  readonly gap: number;
  /** Passes over the samples. */
  readonly sweeps: number;
}

export interface Effort {
  /** The gap, over the primal value, at which to stop. */
  readonly tolerance: number;
  readonly maxSweeps: number;
}

/** Solves duals on the same samples, from any start within the boxes. */
export interface DualSolver {
  readonly size: number;
  /** K(x_i, x_i), with the 1 of a penalized bias. */
  readonly diagonal: Vector;
  solve(dual: BoxDual, start: Vector, effort: Effort): Solved;
}

/** What a sample's box costs at r: max{a·r − ½ridge·a² : low ≤ a ≤ high}. */
function sampleLoss(r: number, low: number, high: number, ridge: number): number {
  if (ridge === 0) return Math.max(low * r, high * r);
  const best = Math.min(high, Math.max(low, r / ridge));
  return best * r - 0.5 * ridge * best * best;
}

/** Values of a feasible `a` with f = Ka, at the best bias. */
export function evaluate(
  dual: BoxDual,
  a: Vector,
  f: Vector,
): { readonly bias: number; readonly primal: number; readonly gap: number } {
  const { signs, low, high, ridge, freeBias, constant } = dual;
  const bias = freeBias ? bestBias(dual, f) : 0;
  let primal = constant;
  let gap = 0;
  for (let i = 0; i < a.length; i++) {
    const r = signs[i]! - f[i]! - bias;
    const loss = sampleLoss(r, low[i]!, high[i]!, ridge[i]!);
    primal += 0.5 * a[i]! * f[i]! + loss;
    gap += Math.max(0, loss + 0.5 * ridge[i]! * a[i]! * a[i]! - a[i]! * r);
  }
  return { bias, primal, gap };
}

/** The b of the least Σ of losses at yᵢ − fᵢ − b: where the derivative changes sign, or the middle of where it is zero. */
function bestBias(dual: BoxDual, f: Vector): number {
  const { signs, low, high, ridge } = dual;
  const n = f.length;
  const levels = signs.map((y, i) => y - f[i]!);
  if (ridge.some((value) => value > 0)) {
    let from = levels.reduce((m, v) => Math.min(m, v));
    let to = levels.reduce((m, v) => Math.max(m, v));
    for (let k = 0; k < 200 && to - from > 1e-15 * Math.max(1, Math.abs(from), Math.abs(to)); k++) {
      const b = 0.5 * (from + to);
      let slope = 0;
      for (let i = 0; i < n; i++)
        slope -= Math.min(high[i]!, Math.max(low[i]!, (levels[i]! - b) / ridge[i]!));
      if (slope < 0) from = b;
      else to = b;
    }
    return 0.5 * (from + to);
  }
  const order = Array.from(levels.keys()).sort((i, k) => levels[i]! - levels[k]!);
  let slope = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    slope -= high[i]!;
    total += high[i]! - low[i]!;
  }
  const flat = 1e-12 * total;
  for (let k = 0; k < n; k++) {
    const i = order[k]!;
    slope += high[i]! - low[i]!;
    if (slope > flat || k === n - 1) return levels[i]!;
    if (slope >= -flat) return 0.5 * (levels[i]! + levels[order[k + 1]!]!);
  }
  return 0;
}

/** a with Σa = 0: the side that weighs more is shrunk towards zero, which lies in all boxes. */
export function balance(a: Vector): void {
  let up = 0;
  let down = 0;
  for (const value of a) {
    if (value > 0) up += value;
    else down -= value;
  }
  if (up === down) return;
  const factor = up > down ? down / up : up / down;
  for (let i = 0; i < a.length; i++) if (a[i]! > 0 === up > down) a[i] = a[i]! * factor;
}

/** A start brought into the boxes, and to Σa = 0 if the bias is free. */
export function feasible({ low, high, freeBias }: BoxDual, start: Vector): Vector {
  const a = start.map((value, i) => Math.min(high[i]!, Math.max(low[i]!, value)));
  if (freeBias) balance(a);
  return a;
}
