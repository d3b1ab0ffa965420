import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import { gramOf, strengthsOf } from "./bound.ts";
import type { Factors } from "./objective.ts";
import type { Settings } from "./options.ts";
import { pull, type Residual, spectrumEnds } from "./residual.ts";

/** A direction in which both sides are empty, and along which the objective falls. */
export interface WayOut {
  readonly smallestEigenvalue: number;
  readonly eigenvalueError: number;
  /** Unit vector over users' factors, then items'. */
  readonly direction: Float64Array;
  /** By the objective itself at the best step along it. */
  readonly predictedDecrease: number;
}

/**
 * Looks for a way out where the factors have a rank below what they could have, as at zero: there is then a direction q in which
 * Uq = Vq = 0, and to second order a·qᵀ and b·qᵀ added to the sides change the objective by
 *
 *     Σ λᵤa² + Σ λᵥb² − 2 aᵀYb
 *
 * alone, a block of the Hessian. If its smallest eigenvalue is negative the point is a saddle; if it is not, the point is a global
 * minimum (which `lowerBound` proves from its other side).
 *
 * @see Burer & Monteiro (2005), Local minima and convergence in low-rank semidefinite programming
 */
export function wayOut(
  factors: Factors,
  residual: Residual,
  settings: Settings,
): WayOut | undefined {
  const { rank, users, items } = factors;
  const q = emptyDirection(factors);
  if (q === undefined) return undefined;
  const { table } = residual;
  const strengths = strengthsOf(table, settings);
  const { smallest } = spectrumEnds(strengths.length, (x) =>
    pull(residual, x).map((value, i) => 2 * (strengths[i]! * x[i]! - value)),
  );
  // Less than a thousandth of the penalty's own curvature is what alternation has not finished yet.
  const least = strengths.reduce(
    (low, strength) => Math.min(low, strength),
    Number.POSITIVE_INFINITY,
  );
  if (smallest.value + smallest.error >= -2e-3 * least) return undefined;
  const m = users.biases.length;
  const spread = (from: number, count: number): number[] =>
    Array.from({ length: count * rank }, (_, at) => {
      return smallest.vector[from + Math.floor(at / rank)]! * q[at % rank]!;
    });
  // Along the direction s·(a, b) the value changes by ½·eigenvalue·s² + s⁴·Σ c(aᵤbᵥ)², lowest where s² = −eigenvalue/(4Σ).
  const fourth = quartic(residual, smallest.vector, settings);
  return {
    smallestEigenvalue: smallest.value,
    eigenvalueError: smallest.error,
    direction: Float64Array.from([...spread(0, m), ...spread(m, items.biases.length)]),
    predictedDecrease: fourth > 0 ? smallest.value ** 2 / (16 * fourth) : 0,
  };
}

/** q with Uq and Vq zero to rounding, beside the size of the factors or of what they should give. */
function emptyDirection({ rank, users, items }: Factors): Float64Array | undefined {
  const gram = gramOf(users.factors, rank);
  gramOf(items.factors, rank).forEach((entry, k) => {
    gram[k]! += entry;
  });
  const { values, vectors } = symmetricEigen(gram, rank);
  const largest = values[rank - 1]!;
  return values[0]! <= 1e-10 * largest || largest === 0 ? vectors.slice(0, rank) : undefined;
}

/** Σ c(aᵤbᵥ)² over the entries, and for implicit feedback over all pairs. */
function quartic({ table, everywhere }: Residual, x: Float64Array, settings: Settings): number {
  const { users, items, values, userIds } = table;
  const m = userIds.length;
  let sum = 0;
  for (let e = 0; e < values.length; e++) {
    const weight = everywhere === undefined ? 1 : settings.confidence * values[e]!;
    sum += weight * (x[users[e]!]! * x[m + items[e]!]!) ** 2;
  }
  if (everywhere === undefined) return sum;
  const [a, b] = [x.subarray(0, m), x.subarray(m)].map((side) =>
    side.reduce((square, value) => square + value * value, 0),
  );
  return sum + a! * b!;
}
