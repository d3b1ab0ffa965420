import { normals, uniform } from "../random.ts";

/** Ratings in columns, numbered from 0. */
export interface Columns {
  readonly users: Int32Array;
  readonly items: Int32Array;
  readonly values: Float64Array;
}

/** Some entries of a planted matrix: to learn from, and held out. */
export interface Planted {
  readonly train: Columns;
  readonly held: Columns;
}

/**
 * Entries of UVᵀ + noise at random places, U and V normal so that an entry of UVᵀ has variance 1; a share is held out, of users and
 * items that have others to learn from.
 */
export function plantedRatings(plan: {
  readonly users: number;
  readonly items: number;
  readonly count: number;
  readonly rank: number;
  readonly noise: number;
  readonly heldOut: number;
  readonly seed: number;
}): Planted {
  const { users, items, count, rank, noise } = plan;
  const [next, normal] = [uniform(plan.seed), normals(plan.seed + 1)];
  const draw = (size: number): Float64Array =>
    Float64Array.from({ length: size * rank }, () => normal() / rank ** 0.25);
  const [u, v] = [draw(users), draw(items)];
  const all = {
    users: new Int32Array(count),
    items: new Int32Array(count),
    values: new Float64Array(count),
  };
  const taken = new Set<number>();
  for (let e = 0; e < count; ) {
    const [i, j] = [Math.floor(next() * users), Math.floor(next() * items)];
    if (taken.has(i * items + j)) continue;
    taken.add(i * items + j);
    let value = noise * normal();
    for (let k = 0; k < rank; k++) value += u[i * rank + k]! * v[j * rank + k]!;
    all.users[e] = i;
    all.items[e] = j;
    all.values[e++] = value;
  }
  const seen = Math.floor((1 - plan.heldOut) * count);
  const [who, what] = [new Set(all.users.subarray(0, seen)), new Set(all.items.subarray(0, seen))];
  const part = (keep: (entry: number) => boolean): Columns => ({
    users: all.users.filter((_, e) => keep(e)),
    items: all.items.filter((_, e) => keep(e)),
    values: all.values.filter((_, e) => keep(e)),
  });
  return {
    train: part((e) => e < seen),
    held: part((e) => e >= seen && who.has(all.users[e]!) && what.has(all.items[e]!)),
  };
}

/** Root mean square error of scores. */
export function rootMeanSquare(scores: ArrayLike<number>, { values }: Columns): number {
  let square = 0;
  for (let e = 0; e < values.length; e++) square += (scores[e]! - values[e]!) ** 2;
  return Math.sqrt(square / values.length);
}
