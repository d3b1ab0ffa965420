import type { Factors } from "./objective.ts";
import type { Settings } from "./options.ts";
import type { Table } from "./ratings.ts";
import { pull, type Residual, spectrumEnds } from "./residual.ts";

/** λ of each row: users, then items. */
export function strengthsOf({ byUser, byItem }: Table, settings: Settings): Float64Array {
  const { strength, weighted, feedback } = settings;
  const perEntry = weighted && feedback === "explicit";
  const counts = [byUser, byItem].flatMap(({ starts }) =>
    Array.from({ length: starts.length - 1 }, (_, row) => starts[row + 1]! - starts[row]!),
  );
  return Float64Array.from(counts, (count) => (perEntry ? strength * count : strength));
}

/** A value that no factors go below, and how it was had. */
export interface LowerBound {
  readonly value: number;
  /** Largest singular value of Y, row u and column v divided by √λᵤ and √λᵥ: at most 1 at a global minimum. */
  readonly spectral: number;
}

/**
 * A lower bound on the objective over factors of any rank, by convex duality: λᵤ‖U‖² + λᵥ‖V‖² is at least twice the nuclear norm of
 * √Λᵤ UVᵀ √Λᵥ, so with Y scaled down to t·Y of spectral norm 1 (rows over √λᵤ, columns over √λᵥ), no matrix of any rank is below
 *
 *     Σ (2·t·p·y − t²y²/c) − Σ (Σ t·y)²/λ      the last over the biases, where there are any
 *
 * with p the target and c the weight of an entry. It is the objective itself at the best factors, if their rank is enough: a nonconvex
 * problem, certified. The spectral norm is the largest Ritz value of a Lanczos run from a random start, plus its error.
 *
 * @returns undefined without a penalty, where nothing bounds the residual
 * @see Srebro, Rennie & Jaakkola (2005), Maximum-margin matrix factorization; Haeffele & Vidal (2015), Global optimality in tensor
 *   factorization, deep learning, and beyond
 */
export function lowerBound(
  factors: Factors,
  residual: Residual,
  settings: Settings,
): LowerBound | undefined {
  const { table, entries } = residual;
  const strengths = strengthsOf(table, settings);
  if (!strengths.every((strength) => strength > 0)) return undefined;
  const roots = strengths.map(Math.sqrt);
  const over = (x: Float64Array): Float64Array => x.map((value, i) => value / roots[i]!);
  const { largest } = spectrumEnds(roots.length, (x) => over(pull(residual, over(x))));
  const spectral = largest.value + largest.error;
  const implicit = settings.feedback === "implicit";
  let [linear, square] = [0, 0];
  entries.forEach((entry, e) => {
    if (implicit) {
      const weight = 1 + settings.confidence * table.values[e]!;
      const score = scoreAt(factors, table.users[e]!, table.items[e]!);
      const y = entry - score;
      linear += y;
      square += y ** 2 / weight - score * score;
    } else {
      linear += entry * (table.values[e]! - factors.mean);
      square += entry * entry;
    }
  });
  if (implicit) square += squaredScores(factors);
  if (settings.biases) {
    const sums = pull(residual, new Float64Array(roots.length).fill(1));
    sums.forEach((sum, i) => {
      square += sum ** 2 / strengths[i]!;
    });
  }
  // The best t up to where t·Y is feasible.
  const t = Math.min(1 / spectral, linear / square);
  return { value: t > 0 ? 2 * t * linear - t * t * square : 0, spectral };
}

function scoreAt({ rank, users, items }: Factors, user: number, item: number): number {
  let sum = 0;
  for (let k = 0; k < rank; k++)
    sum += users.factors[user * rank + k]! * items.factors[item * rank + k]!;
  return sum;
}

/** Σ (u·v)² over all pairs, by Gram matrices. */
function squaredScores({ rank, users, items }: Factors): number {
  const [a, b] = [users.factors, items.factors].map((factors) => gramOf(factors, rank));
  return a!.reduce((sum, entry, k) => sum + entry * b![k]!, 0);
}

/** Σ xxᵀ over rows of n numbers. */
export function gramOf(factors: Float64Array, n: number): Float64Array {
  const gram = new Float64Array(n * n);
  for (let at = 0; at < factors.length; at += n)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) gram[i * n + j]! += factors[at + i]! * factors[at + j]!;
  return gram;
}
