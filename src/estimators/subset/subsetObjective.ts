import type { Vector } from "../../linalg/ask.ts";
import { cholesky, choleskySolve } from "../../linalg/cholesky.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";

/** ½βᵀHβ − bᵀβ + constant over β, to be minimized with few entries that are not zero. */
export interface Quadratic {
  readonly size: number;
  /** H, row-major, symmetric: the Gram matrix over n, plus the ridge. */
  readonly h: Vector;
  readonly b: Vector;
  readonly constant: number;
}

/** Least squares on a support. */
export interface OnSupport {
  readonly value: number;
  /** In the order of the support. */
  readonly beta: Vector;
}

/** The least value with these entries free and the others zero; undefined if they depend on each other. */
export function onSupport(
  { size, h, b, constant }: Quadratic,
  support: readonly number[],
): OnSupport | undefined {
  const m = support.length;
  const part = new Float64Array(m * m);
  support.forEach((j, a) => {
    for (let c = 0; c <= a; c++) part[a * m + c] = h[j * size + support[c]!]!;
  });
  if (!cholesky(part, m, part)) return undefined;
  const beta = Float64Array.from(support, (j) => b[j]!);
  choleskySolve(part, m, beta, beta);
  let value = constant;
  support.forEach((j, a) => {
    value -= 0.5 * b[j]! * beta[a]!;
  });
  return { value, beta };
}

/** t ≥ value + slopesᵀ(s − at) for every s with entries in [0, 1]. */
export interface Cut {
  readonly at: Vector;
  readonly value: number;
  readonly slopes: Vector;
}

/**
 * What choosing columns costs, as a convex function of shares s in [0, 1]ᵖ:
 *
 *     c(s) = min over β of ½βᵀ(H − μI)β + ½μ Σ βⱼ²/sⱼ − bᵀβ + constant,   ∂c/∂sⱼ = −vⱼ²/(2μ),   v = (H − μI)β − b,
 *
 * with μ the smallest eigenvalue of H. At shares of 0 and 1 it is least squares on the columns with share 1, so that its tangents bound
 * best subsets from below: the perspective of what is strongly convex in H, from a ridge or from the data.
 *
 * @see Bertsimas & Van Parys (2020), Sparse high-dimensional regression: exact scalable algorithms and phase transitions, theorem 1;
 *   Frangioni & Gentile (2006), Perspective cuts for a class of convex 0–1 mixed integer programs, §3
 */
export interface ShareCost {
  readonly quadratic: Quadratic;
  /** μ. */
  readonly strength: number;
  cut(shares: Vector): Cut;
}

/** c(s), or undefined if H is not positive definite. */
export function shareCost(quadratic: Quadratic): ShareCost | undefined {
  const { size, h, b, constant } = quadratic;
  const { values } = symmetricEigen(h, size);
  const largest = values[size - 1] ?? 0;
  // Less than the smallest eigenvalue by what it may be off: the rest stays positive semidefinite.
  const strength = (values[0] ?? 0) - 1e-12 * size * largest;
  if (!(strength > 1e-10 * largest)) return undefined;
  return {
    quadratic,
    strength,
    cut: (shares) => {
      const active: number[] = [];
      shares.forEach((s, j) => {
        if (s > 1e-7) active.push(j);
      });
      const m = active.length;
      const part = new Float64Array(m * m);
      active.forEach((j, a) => {
        for (let c = 0; c <= a; c++) part[a * m + c] = h[j * size + active[c]!]!;
        part[a * m + a] = part[a * m + a]! + strength * (1 / shares[j]! - 1);
      });
      const beta = Float64Array.from(active, (j) => b[j]!);
      // Positive definite: H is, and what is added is not negative.
      cholesky(part, m, part);
      choleskySolve(part, m, beta, beta);
      const slopes = new Float64Array(size);
      let value = constant;
      for (let j = 0; j < size; j++) {
        let v = -b[j]!;
        active.forEach((k, a) => {
          v += h[j * size + k]! * beta[a]!;
        });
        slopes[j] = v;
      }
      // Where a share is above 0, v = (H − μI)β − b there is −μβ/s; taken from β itself it carries no cancellation.
      active.forEach((j, a) => {
        slopes[j] = (strength * beta[a]!) / shares[j]!;
        value -= 0.5 * b[j]! * beta[a]!;
      });
      for (let j = 0; j < size; j++) slopes[j] = -(slopes[j]! ** 2) / (2 * strength);
      // Shares too small to be counted are 0 in what was solved.
      const at = shares.map((s) => (s > 1e-7 ? s : 0));
      return { at, value, slopes };
    },
  };
}
