import { gramOf } from "./alternate.ts";
import { type Factors, predicted } from "./objective.ts";
import type { Table } from "./ratings.ts";

/**
 * Σ over all pairs of c(p − u·v)² + λ(Σ‖u‖² + Σ‖v‖²), with p = 1 and c = 1 + αr where r was observed, p = 0 and c = 1
 * elsewhere; and its gradient's norm. The unobserved pairs are summed by Gram matrices, not one by one.
 *
 * @see Hu, Koren & Volinsky (2008), Collaborative filtering for implicit feedback datasets, eq. (3)
 */
export function implicitObjective(
  factors: Factors,
  table: Table,
  strength: number,
  confidence: number,
): { readonly value: number; readonly gradientNorm: number } {
  const { rank, users, items } = factors;
  const [ofUsers, ofItems] = [gramOf(users.factors, rank), gramOf(items.factors, rank)];
  const slopes = [
    times(users.factors, ofItems, rank),
    times(items.factors, ofUsers, rank),
  ] as const;
  let value = 0;
  ofUsers.forEach((entry, i) => {
    value += entry * ofItems[i]!;
  });
  for (let e = 0; e < table.values.length; e++) {
    const [user, item] = [table.users[e]!, table.items[e]!];
    const weight = 1 + confidence * table.values[e]!;
    const score = predicted(factors, user, item);
    value += weight * (1 - score) ** 2 - score * score;
    const slope = -weight * (1 - score) - score;
    for (let i = 0; i < rank; i++) {
      slopes[0][user * rank + i]! += slope * items.factors[item * rank + i]!;
      slopes[1][item * rank + i]! += slope * users.factors[user * rank + i]!;
    }
  }
  let square = 0;
  for (const [side, slope] of [
    [users, slopes[0]],
    [items, slopes[1]],
  ] as const) {
    side.factors.forEach((x, i) => {
      value += strength * x * x;
      square += (2 * (slope[i]! + strength * x)) ** 2;
    });
  }
  return { value, gradientNorm: Math.sqrt(square) };
}

/** Rows times a symmetric matrix. */
function times(rows: Float64Array, matrix: Float64Array, n: number): Float64Array {
  const out = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += n) {
    for (let i = 0; i < n; i++) {
      const x = rows[at + i]!;
      for (let j = 0; j < n; j++) out[at + j]! += x * matrix[i * n + j]!;
    }
  }
  return out;
}
