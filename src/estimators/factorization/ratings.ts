import { NadirError } from "../../base/errors.ts";

/** A name of a user or an item. */
export type Id = number | string;

/** Observed entries of a matrix, one a row: who, what, how much. */
export interface Ratings {
  readonly users: ArrayLike<Id>;
  readonly items: ArrayLike<Id>;
  /** Ratings, or for implicit feedback counts of at least 0. */
  readonly values: ArrayLike<number>;
}

/** The entries of each row of a matrix, end to end. */
export interface Rows {
  /** Entries of row i stand from starts[i] to starts[i + 1]. */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/** Ratings by number instead of name, both ways round. */
export interface Table {
  readonly userIds: readonly Id[];
  readonly itemIds: readonly Id[];
  readonly userOf: ReadonlyMap<Id, number>;
  readonly itemOf: ReadonlyMap<Id, number>;
  /** As they were given. */
  readonly users: Int32Array;
  readonly items: Int32Array;
  readonly values: Float64Array;
  readonly byUser: Rows;
  readonly byItem: Rows;
}

/**
 * Reads ratings.
 *
 * @throws NadirError `factorization/ratings` for columns of different length or none, `factorization/not-finite` with the
 *   first row, `factorization/duplicate` for a pair that is rated twice
 */
export function readRatings(ratings: Ratings): Table {
  const { users, items, values } = ratings ?? {};
  if (users === undefined || items === undefined || values === undefined) {
    throw new NadirError("factorization/ratings", "these are no ratings", {
      expected: "{ users, items, values }: three columns of one length, one entry a row",
    });
  }
  const count = values.length;
  if (users.length !== count || items.length !== count) {
    throw new NadirError(
      "factorization/ratings",
      `ratings: ${users.length} users, ${items.length} items and ${count} values`,
      { expected: "three columns of one length, one entry a row" },
    );
  }
  if (count === 0)
    throw new NadirError("factorization/ratings", "ratings: there are none", {
      expected: "at least one",
    });
  const numbers = Float64Array.from(values);
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new NadirError("factorization/not-finite", `ratings: row ${bad} holds ${numbers[bad]}`, {
      expected: "finite numbers",
      hint: "leave entries that are not known out",
    });
  }
  const [who, what] = [numbered(users), numbered(items)];
  const byUser = rowsOf(who.index, what.index, numbers, who.ids.length);
  requireOnce(byUser, who.ids, what.ids);
  return {
    ...{ userIds: who.ids, itemIds: what.ids, userOf: who.of, itemOf: what.of },
    ...{ users: who.index, items: what.index, values: numbers, byUser },
    byItem: rowsOf(what.index, who.index, numbers, what.ids.length),
  };
}

function numbered(names: ArrayLike<Id>) {
  const of = new Map<Id, number>();
  const index = new Int32Array(names.length);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    let number = of.get(name);
    if (number === undefined) {
      number = of.size;
      of.set(name, number);
    }
    index[i] = number;
  }
  return { of, index, ids: [...of.keys()] };
}

function rowsOf(rows: Int32Array, columns: Int32Array, values: Float64Array, count: number): Rows {
  const starts = new Int32Array(count + 1);
  for (const row of rows) starts[row + 1]!++;
  for (let i = 0; i < count; i++) starts[i + 1]! += starts[i]!;
  const next = starts.slice(0, count);
  const sorted = {
    starts,
    columns: new Int32Array(rows.length),
    values: new Float64Array(rows.length),
  };
  rows.forEach((row, i) => {
    const at = next[row]!++;
    sorted.columns[at] = columns[i]!;
    sorted.values[at] = values[i]!;
  });
  return sorted;
}

function requireOnce(
  { starts, columns }: Rows,
  userIds: readonly Id[],
  itemIds: readonly Id[],
): void {
  const last = new Int32Array(itemIds.length).fill(-1);
  for (let user = 0; user < userIds.length; user++) {
    for (let e = starts[user]!; e < starts[user + 1]!; e++) {
      const item = columns[e]!;
      if (last[item] === user) {
        throw new NadirError(
          "factorization/duplicate",
          `ratings: user ${userIds[user]} rates item ${itemIds[item]} twice`,
          { expected: "each pair once", hint: "keep the latest, or their mean" },
        );
      }
      last[item] = user;
    }
  }
}
