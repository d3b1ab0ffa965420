import type { Vector } from "../../linalg/ask.ts";
import { randomStream, shuffled } from "../../linalg/random.ts";
import { type BoxDual, balance, type DualSolver, evaluate, feasible } from "./boxDual.ts";
import { newtonSteps, take } from "./newtonStep.ts";
import type { Samples } from "./samples.ts";

/** A dual of a linear machine on its way up, with its weights beside. */
interface Ascent {
  readonly dual: BoxDual;
  readonly samples: Samples;
  readonly a: Vector;
  /** Σ aᵢxᵢ. */
  readonly w: Vector;
  /** Σ aᵢ. */
  total: number;
  /** K(x, z) = x·z + level: the square of the feature that stands for the bias. */
  readonly level: number;
  /** A free bias, as far as it is known: level·total comes to it. */
  bias: number;
}

/**
 * Dual coordinate ascent for linear machines: w = Σ aᵢxᵢ is kept, so that a step costs one sample. Samples are taken
 * in random order; those that stay at a bound are left out for a while. A bias that is not penalized is the limit of penalized ones,
 * each around the last (the proximal point method, which on the dual is the method of multipliers for Σaᵢ = 0). Newton steps among the
 * variables inside of their boxes end the solve.
 *
 * @param penalizedBias - the bias is one more weight, of a feature that is 1
 * @see Hsieh, Chang, Lin, Keerthi & Sundararajan (2008), A dual coordinate descent method for large-scale linear SVM, algorithms 1, 3;
 *   Rockafellar (1976), Augmented Lagrangians and applications of the proximal point algorithm in convex programming
 */
export function coordinateAscent(samples: Samples, penalizedBias: boolean): DualSolver {
  const { squares } = samples;
  const n = squares.length;
  const fixed = penalizedBias ? 1 : 0;
  // The feature of a free bias is as large as a sample: then it is no harder to move than a weight.
  const free = squares.reduce((sum, square) => sum + square, 0) / n || 1;
  return {
    size: n,
    diagonal: squares.map((square) => square + fixed),
    solve: (dual, start, { tolerance, maxSweeps }) => {
      const { freeBias } = dual;
      const ascent: Ascent = {
        ...{
          dual,
          samples,
          a: feasible(dual, start),
          w: new Float64Array(samples.design.features),
        },
        ...{ total: 0, level: freeBias ? free : fixed, bias: 0 },
      };
      const f = new Float64Array(n);
      /** The values where Σa = 0, if it has to be. */
      const look = () => {
        const a = ascent.a.slice();
        if (freeBias) balance(a);
        const w = weightsOf(samples, a);
        const total = freeBias ? 0 : a.reduce((sum, value) => sum + value, 0);
        for (let i = 0; i < n; i++) f[i] = samples.dot(i, w) + ascent.level * total;
        return { a, ...evaluate(dual, a, f) };
      };
      let ended = look();
      ascent.bias = ended.bias;
      ascent.w.set(weightsOf(samples, ascent.a));
      ascent.total = ascent.a.reduce((sum, value) => sum + value, 0);
      const good = (): boolean => ended.gap <= tolerance * Math.abs(ended.primal);
      const random = randomStream(0);
      let sweeps = 0;
      for (let epsilon = 0.1; !good() && sweeps < maxSweeps && epsilon > 1e-15; epsilon *= 0.3) {
        sweeps += sweepUntil(ascent, epsilon, maxSweeps - sweeps, (size) => shuffled(random, size));
        if (freeBias) ascent.bias += ascent.level * ascent.total;
        ended = look();
        if (good() || !newton(ascent)) continue;
        ended = look();
      }
      const { a, bias, primal, gap } = ended;
      return { a, f, bias, primal, gap, sweeps };
    },
  };
}

function weightsOf(samples: Samples, a: Vector): Vector {
  const w = new Float64Array(samples.design.features);
  a.forEach((value, i) => {
    if (value !== 0) samples.add(i, value, w);
  });
  return w;
}

/** Sweeps until the slopes miss the optimality conditions by at most ε; how many. */
function sweepUntil(
  ascent: Ascent,
  epsilon: number,
  most: number,
  orderOf: (size: number) => Int32Array,
): number {
  const { dual, samples, a, w, level } = ascent;
  const { signs, low, high, ridge } = dual;
  const n = a.length;
  const active = Int32Array.from({ length: n }, (_, i) => i);
  let count = n;
  let above = Number.POSITIVE_INFINITY;
  let below = Number.NEGATIVE_INFINITY;
  for (let sweep = 1; sweep <= most; sweep++) {
    const order = orderOf(count);
    let largest = Number.NEGATIVE_INFINITY;
    let smallest = Number.POSITIVE_INFINITY;
    let kept = 0;
    const next = new Int32Array(count);
    for (const k of order) {
      const i = active[k]!;
      const f = samples.dot(i, w) + level * ascent.total + ascent.bias;
      const slope = signs[i]! - f - ridge[i]! * a[i]!;
      const atHigh = a[i] === high[i];
      const atLow = a[i] === low[i];
      if ((atHigh && slope > above) || (atLow && slope < below)) continue;
      next[kept++] = i;
      // At both, in a box that is empty, nothing is missed.
      const fall = atHigh ? Math.min(slope, 0) : slope;
      const projected = atLow ? Math.max(fall, 0) : fall;
      largest = Math.max(largest, projected);
      smallest = Math.min(smallest, projected);
      if (projected === 0) continue;
      const bend = samples.squares[i]! + level + ridge[i]!;
      const before = a[i]!;
      // A sample that is all zeros says nothing but for its bound.
      const step = bend > 0 ? slope / bend : slope > 0 ? high[i]! - before : low[i]! - before;
      take(a, i, step, low[i]!, high[i]!);
      const moved = a[i]! - before;
      samples.add(i, moved, w);
      ascent.total += moved;
    }
    active.set(next.subarray(0, kept));
    count = kept;
    const settled = kept === 0 || Math.max(largest, -smallest) <= epsilon;
    if (settled && count === n) return sweep;
    if (settled) {
      for (let i = 0; i < n; i++) active[i] = i;
      count = n;
      above = Number.POSITIVE_INFINITY;
      below = Number.NEGATIVE_INFINITY;
      continue;
    }
    above = largest > 0 ? largest : Number.POSITIVE_INFINITY;
    below = smallest < 0 ? smallest : Number.NEGATIVE_INFINITY;
  }
  return most;
}

/** Newton steps among the free variables, and the bias with them; whether any was taken. */
function newton(ascent: Ascent): boolean {
  const { dual, samples, a, w } = ascent;
  const { signs, ridge, freeBias } = dual;
  const row = new Float64Array(w.length);
  const level = freeBias ? 0 : ascent.level;
  return newtonSteps(a, dual, {
    part: (members) => {
      const m = members.length;
      const matrix = new Float64Array(m * m);
      for (let k = 0; k < m; k++) {
        row.fill(0);
        samples.add(members[k]!, 1, row);
        for (let l = 0; l <= k; l++) matrix[k * m + l] = samples.dot(members[l]!, row) + level;
        matrix[k * m + k] = matrix[k * m + k]! + ridge[members[k]!]!;
      }
      const slopes = Float64Array.from(
        members,
        (i) => signs[i]! - samples.dot(i, w) - level * ascent.total - ridge[i]! * a[i]!,
      );
      return { matrix, slopes, total: freeBias ? -ascent.total : undefined };
    },
    moved: (i, _step, difference) => {
      samples.add(i, difference, w);
      ascent.total += difference;
    },
    biased: (bias, share) => {
      if (freeBias) ascent.bias += share * (bias - ascent.bias);
    },
  });
}
