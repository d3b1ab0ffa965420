import { singularValueDecomposition } from "../../linalg/svd.ts";
import type { Table } from "./ratings.ts";

/** Entries of a matrix whose decomposition is computed for a certificate. */
const largest = 250_000;

/**
 * The lowest value of Σ (r − u·v)² + λᵤΣ‖u‖² + λᵥΣ‖v‖² over all factors of the rank, where every entry of the matrix is
 * observed; undefined where one is not, or the matrix is large.
 *
 * λᵤ‖U‖² + λᵥ‖V‖² is at least 2√(λᵤλᵥ) times the nuclear norm of UVᵀ, and no more at the best U and V; so the singular
 * values are shrunk by √(λᵤλᵥ), and all but the largest `rank` are lost.
 *
 * @see Eckart & Young (1936); Srebro, Rennie & Jaakkola (2005), Maximum-margin matrix factorization, lemma 1
 */
export function lowestValue(
  { users, items, values, userIds, itemIds }: Table,
  rank: number,
  ofUsers: number,
  ofItems: number,
): number | undefined {
  const [rows, columns] = [userIds.length, itemIds.length];
  if (values.length !== rows * columns || values.length > largest) return undefined;
  const matrix = new Float64Array(rows * columns);
  for (let e = 0; e < values.length; e++) matrix[users[e]! * columns + items[e]!] = values[e]!;
  const shrink = Math.sqrt(ofUsers * ofItems);
  let value = 0;
  singularValueDecomposition(matrix, rows, columns).values.forEach((sigma, k) => {
    const kept = k < rank ? Math.max(0, sigma - shrink) : 0;
    value += (sigma - kept) ** 2 + 2 * shrink * kept;
  });
  return value;
}
