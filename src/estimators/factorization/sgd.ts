import { type Factors, predicted } from "./objective.ts";
import type { Table } from "./ratings.ts";

/**
 * One pass of stochastic gradient descent over the ratings in a shuffled order (the first pass in the order given, if
 * `shuffle` is false): with e = r − r̂, u ← u + η(e·v − λu), v ← v + η(e·u_old − λv), and biases alike.
 *
 * @see Koren, Bell & Volinsky (2009), Matrix factorization techniques for recommender systems, p. 4
 */
export function descend(
  factors: Factors,
  table: Table,
  how: {
    readonly learningRate: number;
    readonly strength: number;
    readonly biases: boolean;
    readonly seed: number;
    readonly pass: number;
  },
): void {
  for (const e of shuffled(table.values.length, how.seed * 7919 + how.pass))
    descendOne(factors, table, e, how);
}

/** One rating's step. */
export function descendOne(
  factors: Factors,
  table: Table,
  entry: number,
  {
    learningRate,
    strength,
    biases,
  }: { readonly learningRate: number; readonly strength: number; readonly biases: boolean },
): void {
  const { rank, users, items } = factors;
  const [user, item] = [table.users[entry]!, table.items[entry]!];
  const error = table.values[entry]! - predicted(factors, user, item);
  for (let i = 0; i < rank; i++) {
    const u = users.factors[user * rank + i]!;
    const v = items.factors[item * rank + i]!;
    users.factors[user * rank + i] = u + learningRate * (error * v - strength * u);
    items.factors[item * rank + i] = v + learningRate * (error * u - strength * v);
  }
  if (!biases) return;
  users.biases[user] =
    users.biases[user]! + learningRate * (error - strength * users.biases[user]!);
  items.biases[item] =
    items.biases[item]! + learningRate * (error - strength * items.biases[item]!);
}

/** The numbers below `count` in a random order. */
function shuffled(count: number, seed: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  let state = (seed ^ 0x9e3779b9) >>> 0;
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    const j = Math.floor((state / 4294967296) * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
