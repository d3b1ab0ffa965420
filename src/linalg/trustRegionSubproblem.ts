import type { Vector } from "./ask.ts";
import { type SymmetricEigen, symmetricEigen } from "./symmetricEigen.ts";
import { norm } from "./vector.ts";

/** A minimizer of the quadratic model in a ball, with the multiplier that proves it. */
export interface TrustRegionStep {
  readonly step: Vector;
  /** λ ≥ 0 with (H + λI)s = −g and H + λI positive semidefinite. */
  readonly multiplier: number;
  /** gᵀs + ½sᵀHs, never above 0. */
  readonly model: number;
  readonly onBoundary: boolean;
  /** True in the hard case: g has no part in the leftmost eigenspace, of which a multiple was added. */
  readonly hard: boolean;
}

/**
 * min gᵀs + ½sᵀHs subject to ‖s‖ ≤ radius, exactly, for a dense symmetric row-major H.
 *
 * By H's eigen-decomposition, in which the secular equation ‖s(λ)‖ = radius is one equation in one
 * unknown; so the hard case, and a gradient of zero at a saddle, are no special trouble. For n up to
 * some hundreds. Of two solutions in the hard case it returns one, always the same.
 *
 * @throws NadirError `linalg/not-finite` if H holds NaN or infinity
 * @see Moré & Sorensen (1983), Computing a trust region step, §§2–3
 */
export function trustRegionStep(h: Vector, g: Vector, radius: number): TrustRegionStep {
  const storage = trustRegionStorage(g.length);
  decompose(storage, h, g);
  return solveInBall(storage, radius);
}

/** Room for the decomposition of one (H, g), from which steps for many radii follow cheaply. */
export interface TrustRegionStorage {
  readonly eigen: SymmetricEigen;
  /** Qg: the gradient in the eigenbasis. */
  readonly gradient: Vector;
  /** λₖ − λ₁ ≥ 0. */
  readonly gaps: Vector;
}

/** Room for n unknowns. */
export function trustRegionStorage(n: number): TrustRegionStorage {
  return {
    eigen: { values: new Float64Array(n), vectors: new Float64Array(n * n) },
    gradient: new Float64Array(n),
    gaps: new Float64Array(n),
  };
}

/**
 * Decomposes H and turns g into its eigenbasis. Where an eigenvalue and the part of g along its
 * vector are both lost in rounding, that part counts as 0: else a singular H, such as an
 * over-parametrized least-squares problem has, would answer with an arbitrary long step.
 *
 * @throws NadirError `linalg/not-finite` if H holds NaN or infinity
 */
export function decompose(storage: TrustRegionStorage, h: Vector, g: Vector): void {
  const n = g.length;
  symmetricEigen(h, n, storage.eigen);
  const { values, vectors } = storage.eigen;
  const rounding = 8 * n * Number.EPSILON;
  const smallGradient = rounding * norm(g);
  const smallEigenvalue = rounding * Math.max(Math.abs(values[0]!), Math.abs(values[n - 1]!));
  for (let k = 0; k < n; k++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += vectors[k * n + i]! * g[i]!;
    const lost = Math.abs(values[k]!) <= smallEigenvalue && Math.abs(sum) <= smallGradient;
    storage.gradient[k] = lost ? 0 : sum;
    if (lost) values[k] = 0;
  }
  for (let k = 0; k < n; k++) storage.gaps[k] = Math.max(0, values[k]! - values[0]!);
}

/** The minimizer in the ball of this radius, for the (H, g) decomposed last. */
export function solveInBall(storage: TrustRegionStorage, radius: number): TrustRegionStep {
  const { eigen, gradient: c, gaps } = storage;
  const n = c.length;
  const smallest = eigen.values[0]!;
  // All is written in the distance μ = λ + λ₁ ≥ 0 of the multiplier from the leftmost eigenvalue,
  // whose digits survive where those of λ cancel: near the hard case.
  const least = Math.max(smallest, 0);
  const length = lengthAt(c, gaps, least);
  const step = new Float64Array(n);
  if (smallest >= 0 && length <= radius) {
    const model = stepAt(storage, least, 0, step);
    return { step, multiplier: 0, model, onBoundary: false, hard: false };
  }
  if (length <= radius) {
    const rest = Math.sqrt(Math.max(0, (radius - length) * (radius + length)));
    const model = stepAt(storage, least, rest, step);
    return { step, multiplier: -smallest, model, onBoundary: true, hard: true };
  }
  const mu = secularRoot(c, gaps, least, radius);
  const model = stepAt(storage, mu, 0, step);
  return { step, multiplier: mu - smallest, model, onBoundary: true, hard: false };
}

/** ‖s‖ at distance μ; a part of g that is exactly 0 takes no part, whatever it is divided by. */
function lengthAt(c: Vector, gaps: Vector, mu: number): number {
  let sum = 0;
  for (let k = 0; k < c.length; k++) {
    if (c[k] !== 0) sum += (c[k]! / (gaps[k]! + mu)) ** 2;
  }
  return Math.sqrt(sum);
}

/** Solves ‖s(μ)‖ = radius for μ > least, where ‖s(least)‖ > radius. */
function secularRoot(c: Vector, gaps: Vector, least: number, radius: number): number {
  let low = least;
  for (let k = 0; k < c.length; k++) low = Math.max(low, Math.abs(c[k]!) / radius - gaps[k]!);
  let high = Math.max(low, norm(c) / radius);
  let mu = low;
  // Newton on 1/‖s‖ − 1/radius rises to the root from the left without passing it; bisection is
  // for the last rounding errors only.
  for (let iteration = 0; iteration < 100; iteration++) {
    let square = 0;
    let slope = 0;
    for (let k = 0; k < c.length; k++) {
      if (c[k] === 0) continue;
      const bottom = gaps[k]! + mu;
      const part = (c[k]! / bottom) ** 2;
      square += part;
      slope += part / bottom;
    }
    const length = Math.sqrt(square);
    if (length > radius) low = mu;
    else high = mu;
    let next = mu + (square / slope) * (length / radius - 1);
    if (!(next >= low && next <= high)) next = low + (high - low) / 2;
    if (Math.abs(next - mu) <= 2 * Number.EPSILON * next) return next;
    mu = next;
  }
  return mu;
}

/** s = −Σ cₖ/(gapₖ + μ) qₖ + τq₁ into `step`; returns the model's value there. */
function stepAt(storage: TrustRegionStorage, mu: number, tau: number, step: Vector): number {
  const { eigen, gradient: c, gaps } = storage;
  const n = c.length;
  let model = 0;
  for (let k = 0; k < n; k++) {
    let along = c[k] === 0 ? 0 : -c[k]! / (gaps[k]! + mu);
    if (k === 0) along += c[0]! > 0 ? -tau : tau;
    if (along === 0) continue;
    model += along * (c[k]! + 0.5 * eigen.values[k]! * along);
    for (let i = 0; i < n; i++) step[i] = step[i]! + along * eigen.vectors[k * n + i]!;
  }
  return model;
}
