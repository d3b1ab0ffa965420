import type { Vector } from "./ask.ts";
import { decompose, type TrustRegionStorage, trustRegionStorage } from "./trustRegionSubproblem.ts";

/** A global minimizer of the cubic model, with the multiplier that proves it. */
export interface CubicStep {
  readonly step: Vector;
  /** λ = σ‖s‖ with (H + λI)s = −g and H + λI positive semidefinite. */
  readonly multiplier: number;
  /** gᵀs + ½sᵀHs + (σ/3)‖s‖³, never above 0. */
  readonly model: number;
}

/**
 * min gᵀs + ½sᵀHs + (σ/3)‖s‖³, exactly, for a dense symmetric row-major H. The cubic term is that of
 * adaptive cubic regularization; Nesterov and Polyak write (M/6)‖s‖³, so σ = M/2.
 *
 * By H's eigen-decomposition, in which ‖s(λ)‖ = λ/σ is one equation in one unknown; so the hard case,
 * and a gradient of zero at a saddle, are no special trouble. Of two solutions it returns one.
 *
 * @throws NadirError `linalg/not-finite` if H holds NaN or infinity
 * @see Nesterov & Polyak (2006), Cubic regularization of Newton method, §5; Cartis, Gould & Toint
 * (2011), Adaptive cubic regularisation methods I, theorem 3.1 and §6.1
 */
export function cubicStep(h: Vector, g: Vector, sigma: number): CubicStep {
  const storage = trustRegionStorage(g.length);
  decompose(storage, h, g);
  return solveCubic(storage, sigma);
}

/** The minimizer for this σ > 0, for the (H, g) decomposed last. */
export function solveCubic(storage: TrustRegionStorage, sigma: number): CubicStep {
  const { eigen, gradient: c, gaps } = storage;
  const { values, vectors } = eigen;
  const n = c.length;
  // All is written in the distance t ≥ 0 of the multiplier from the least that is allowed: its digits
  // survive where those of λ + λ₁ cancel, near the hard case.
  const least = Math.max(0, -values[0]!);
  const bottoms = values[0]! >= 0 ? values : gaps;
  const shortest = lengthAt(c, bottoms, 0);
  let t = 0;
  let rest = 0;
  // The hard case: g has no part in the leftmost eigenspace, of which a multiple is added.
  if (shortest <= least / sigma)
    rest = Math.sqrt(Math.max(0, (least / sigma - shortest) * (least / sigma + shortest)));
  else t = secularRoot(c, bottoms, least, sigma);
  const step = new Float64Array(n);
  let model = 0;
  let square = 0;
  for (let k = 0; k < n; k++) {
    let along = c[k] === 0 ? 0 : -c[k]! / (bottoms[k]! + t);
    if (k === 0 && rest > 0) along += c[0]! > 0 ? -rest : rest;
    if (along === 0) continue;
    model += along * (c[k]! + 0.5 * values[k]! * along);
    square += along * along;
    for (let i = 0; i < n; i++) step[i] = step[i]! + along * vectors[k * n + i]!;
  }
  model += (sigma / 3) * square ** 1.5;
  return { step, multiplier: least + t, model };
}

/** ‖s‖ at distance t; a part of g that is exactly 0 takes no part, whatever it is divided by. */
function lengthAt(c: Vector, bottoms: Vector, t: number): number {
  let sum = 0;
  for (let k = 0; k < c.length; k++) {
    if (c[k] !== 0) sum += (c[k]! / (bottoms[k]! + t)) ** 2;
  }
  return Math.sqrt(sum);
}

/** Solves ‖s(t)‖ = (least + t)/σ for t > 0, where the left side is the larger at t = 0. */
function secularRoot(c: Vector, bottoms: Vector, least: number, sigma: number): number {
  // |cₖ|/(bₖ + t) ≤ ‖s‖ for each k, and ‖s‖ ≤ ‖c‖/(b₁ + t): one quadratic each bounds the root.
  const meets = (size: number, b: number): number => {
    const product = sigma * size - b * least;
    const sum = b + least;
    return (2 * product) / (sum + Math.sqrt(sum * sum + 4 * product));
  };
  let low = 0;
  let square = 0;
  for (let k = 0; k < c.length; k++) {
    const size = Math.abs(c[k]!);
    square += size * size;
    if (sigma * size > bottoms[k]! * least) low = Math.max(low, meets(size, bottoms[k]!));
  }
  let high = Math.max(low, meets(Math.sqrt(square), bottoms[0]!));
  let t = low;
  // 1/‖s‖ − σ/λ is concave and rising: Newton climbs to the root from the left; bisection is for the
  // last rounding errors only.
  for (let iteration = 0; iteration < 100; iteration++) {
    let squares = 0;
    let slope = 0;
    for (let k = 0; k < c.length; k++) {
      if (c[k] === 0) continue;
      const bottom = bottoms[k]! + t;
      const part = (c[k]! / bottom) ** 2;
      squares += part;
      slope += part / bottom;
    }
    const length = Math.sqrt(squares);
    const lambda = least + t;
    const value = 1 / length - sigma / lambda;
    if (value < 0) low = t;
    else high = t;
    let next = t - value / (slope / (length * squares) + sigma / (lambda * lambda));
    if (!(next >= low && next <= high)) next = low + (high - low) / 2;
    if (Math.abs(next - t) <= 2 * Number.EPSILON * next) return next;
    t = next;
  }
  return t;
}
