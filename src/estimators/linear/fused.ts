import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { type Design, denseDesign } from "./design.ts";

/** A design whose coefficients are differences of neighbours, and the way back. */
export interface FusedDesign {
  /**
   * Columns Σ_{j > k} x_j for the differences θ_k = w_{k+1} − w_k, then Σ_j x_j for w₀, which costs nothing. The last is left out where it is
   * zero: beside an intercept, columns that add up to a constant leave w₀ open, and it is then 0.
   */
  readonly design: Design;
  /** How many of the last columns cost nothing: 1 or 0. */
  readonly free: number;
  /** w from (θ, w₀). */
  coefficients(theta: Vector): Vector;
}

/** A column this small beside those that it is the sum of is zero, to rounding. */
const vanishing = 1e-12;

/**
 * Total variation λΣ|w_{k+1} − w_k| by a change of variables: with Xw = Σ_k θ_k·(Σ_{j>k} x_j) + w₀·Σ_j x_j it is the lasso, with one
 * coefficient that costs nothing, and so has the lasso's solvers, paths and certificates.
 *
 * Price: the new columns are dense, whatever the old ones were.
 *
 * @throws NadirError `linear/penalty` for a single column, which has no neighbour
 * @see Tibshirani & Taylor (2011), The solution path of the generalized lasso, §3
 */
export function fuse(given: Design): FusedDesign {
  const { samples: n, features: p } = given;
  if (p < 2) {
    throw new NadirError("linear/penalty", "totalVariation on a single coefficient", {
      expected: "two columns at least, whose coefficients are neighbours",
    });
  }
  const columns = new Float64Array(n * p);
  const sum = new Float64Array(n);
  let scale = 0;
  for (let j = p - 1; j >= 0; j--) {
    given.add(j, 1, sum);
    columns.set(sum, (j === 0 ? p - 1 : j - 1) * n);
    for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(sum[i]!));
  }
  const free = sum.some((entry) => Math.abs(entry) > vanishing * scale) ? 1 : 0;
  const features = p - 1 + free;
  return {
    design: denseDesign(n, features, columns.subarray(0, n * features)),
    free,
    coefficients: (theta) => {
      const w = new Float64Array(p);
      w[0] = free === 1 ? theta[p - 1]! : 0;
      for (let j = 1; j < p; j++) w[j] = w[j - 1]! + theta[j - 1]!;
      return w;
    },
  };
}
