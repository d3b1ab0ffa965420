import type { Side } from "./alternate.ts";
import type { Table } from "./ratings.ts";

/** A factorization as it stands. */
export interface Factors {
  readonly rank: number;
  readonly mean: number;
  readonly users: Side;
  readonly items: Side;
}

/** r̂ for a pair of rows. */
export function predicted(
  { rank, mean, users, items }: Factors,
  user: number,
  item: number,
): number {
  let sum = mean + users.biases[user]! + items.biases[item]!;
  const [a, b] = [user * rank, item * rank];
  for (let i = 0; i < rank; i++) sum += users.factors[a + i]! * items.factors[b + i]!;
  return sum;
}

/** Σ (r − r̂)² over the ratings. */
export function squaredError(factors: Factors, { users, items, values }: Table): number {
  let sum = 0;
  for (let e = 0; e < values.length; e++) {
    const error = values[e]! - predicted(factors, users[e]!, items[e]!);
    sum += error * error;
  }
  return sum;
}

/** λ of a row of so many entries. */
export type StrengthOf = (count: number) => number;

/** Σ λᵢ(‖xᵢ‖² + bᵢ²) over the rows of a side. */
export function squaredNorms(
  side: Side,
  starts: Int32Array,
  rank: number,
  strengthOf: StrengthOf,
): number {
  let sum = 0;
  for (let row = 0; row + 1 < starts.length; row++) {
    let square = side.biases[row]! ** 2;
    for (let i = row * rank; i < (row + 1) * rank; i++) square += side.factors[i]! ** 2;
    sum += strengthOf(starts[row + 1]! - starts[row]!) * square;
  }
  return sum;
}

/** The gradient's norm over all factors and biases of Σ (r − r̂)² + Σ λ(‖u‖² + b²) + Σ λ(‖v‖² + c²). */
export function gradientNorm(
  factors: Factors,
  table: Table,
  strengthOf: StrengthOf,
  biases: boolean,
): number {
  const { rank, users, items } = factors;
  const n = rank + 1;
  const slopes = [users, items].map((side) => new Float64Array(side.biases.length * n));
  const [ofUsers, ofItems] = [slopes[0]!, slopes[1]!];
  for (let e = 0; e < table.values.length; e++) {
    const [user, item] = [table.users[e]!, table.items[e]!];
    const error = table.values[e]! - predicted(factors, user, item);
    for (let i = 0; i < rank; i++) {
      ofUsers[user * n + i]! -= 2 * error * items.factors[item * rank + i]!;
      ofItems[item * n + i]! -= 2 * error * users.factors[user * rank + i]!;
    }
    ofUsers[user * n + rank]! -= 2 * error;
    ofItems[item * n + rank]! -= 2 * error;
  }
  let square = 0;
  for (const [side, slope, { starts }] of [
    [users, ofUsers, table.byUser],
    [items, ofItems, table.byItem],
  ] as const) {
    for (let row = 0; row < side.biases.length; row++) {
      const strength = 2 * strengthOf(starts[row + 1]! - starts[row]!);
      for (let i = 0; i < rank; i++) {
        square += (slope[row * n + i]! + strength * side.factors[row * rank + i]!) ** 2;
      }
      if (biases) square += (slope[row * n + rank]! + strength * side.biases[row]!) ** 2;
    }
  }
  return Math.sqrt(square);
}
