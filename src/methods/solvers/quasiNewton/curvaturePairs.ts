import type { Vector } from "../../../linalg/ask.ts";
import { axpyRow, axpyThenDot, dotRow, scale, scaled } from "../../../linalg/vector.ts";

/** The last m pairs s = x⁺ − x, y = ∇f⁺ − ∇f of a quasi-Newton method, in a ring. Plain data. */
export interface CurvaturePairs {
  readonly memory: number;
  /** Row k is a pair's s: memory × n, row-major. */
  readonly s: Vector;
  readonly y: Vector;
  /** 1/sᵀy of each row. */
  readonly rho: Vector;
  /** Room for the two loops. */
  readonly alpha: Vector;
  /** sᵀy/yᵀy of the newest pair: what scales the identity before the two loops. */
  gamma: number;
  /** Pairs held. */
  count: number;
  /** The row that the next pair goes to. */
  next: number;
}

export function curvaturePairs(memory: number, n: number): CurvaturePairs {
  return {
    memory,
    s: new Float64Array(memory * n),
    y: new Float64Array(memory * n),
    rho: new Float64Array(memory),
    alpha: new Float64Array(memory),
    gamma: 1,
    count: 0,
    next: 0,
  };
}

/**
 * Adds the pair of a step, in place of the oldest when full.
 *
 * A pair with sᵀy ≤ ε‖s‖‖y‖ is left out: it would make the inverse Hessian indefinite, and an
 * indefinite one ends in NaN.
 *
 * @returns whether the pair was kept
 */
export function addPair(
  pairs: CurvaturePairs,
  x: Vector,
  gradient: Vector,
  newX: Vector,
  newGradient: Vector,
): boolean {
  const n = x.length;
  const { s, y, next, memory } = pairs;
  const row = next * n;
  let sy = 0;
  let ss = 0;
  let yy = 0;
  for (let i = 0; i < n; i++) {
    const si = newX[i]! - x[i]!;
    const yi = newGradient[i]! - gradient[i]!;
    sy += si * yi;
    ss += si * si;
    yy += yi * yi;
  }
  if (!(sy > Number.EPSILON * Math.sqrt(ss) * Math.sqrt(yy)) || !Number.isFinite(1 / sy)) {
    return false;
  }
  for (let i = 0; i < n; i++) {
    s[row + i] = newX[i]! - x[i]!;
    y[row + i] = newGradient[i]! - gradient[i]!;
  }
  pairs.rho[next] = 1 / sy;
  pairs.gamma = sy / yy;
  pairs.next = (next + 1) % memory;
  pairs.count = Math.min(memory, pairs.count + 1);
  return true;
}

/**
 * out ← −H·gradient with the L-BFGS inverse Hessian H of the pairs, from H₀ = sᵀy/yᵀy of the newest:
 * −gradient where there is none. Price: 4·memory·n multiplications.
 *
 * @see Nocedal (1980); Nocedal & Wright (2006), algorithm 7.4 and eq. (7.20)
 */
export function quasiNewtonDirection(pairs: CurvaturePairs, gradient: Vector, out: Vector): void {
  const n = gradient.length;
  const { s, y, rho, alpha, count, next, memory } = pairs;
  scaled(out, -1, gradient);
  if (count === 0) return;
  const rowOf = (back: number): number => (next - back + memory) % memory;
  // Each update of the direction and the inner product that comes after it are one pass over it.
  let product = dotRow(s, rowOf(1) * n, out);
  for (let back = 1; back <= count; back++) {
    const k = rowOf(back);
    const a = rho[k]! * product;
    alpha[k] = a;
    if (back === count) axpyRow(-a, y, k * n, out);
    else product = axpyThenDot(-a, y, k * n, out, s, rowOf(back + 1) * n);
  }
  scale(pairs.gamma, out);
  product = dotRow(y, rowOf(count) * n, out);
  for (let back = count; back >= 1; back--) {
    const k = rowOf(back);
    const a = alpha[k]! - rho[k]! * product;
    if (back === 1) axpyRow(a, s, k * n, out);
    else product = axpyThenDot(a, s, k * n, out, y, rowOf(back - 1) * n);
  }
}

/** Forgets all pairs. */
export function clearPairs(pairs: CurvaturePairs): void {
  pairs.count = 0;
  pairs.next = 0;
}
