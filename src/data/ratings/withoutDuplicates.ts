import { NadirError } from "../../base/errors.ts";
import type { Id } from "../../estimators/factorization/ratings.ts";
import type { RatingsTable } from "./readRatingsFile.ts";

/** Each pair of a user and an item once, where it first stands. */
export function withoutDuplicates(
  { users, items, values, times }: RatingsTable,
  lines: readonly number[],
  how: "error" | "last" | "mean",
  path: string,
): RatingsTable {
  const firsts = firstOfPair(users, items);
  const counts = new Int32Array(users.length);
  const kept = { values: values.slice(), times: times?.slice() };
  for (const [entry, first] of firsts.entries()) {
    counts[first] = counts[first]! + 1;
    if (first === entry) continue;
    if (how === "error") {
      throw new NadirError(
        "ratings/duplicate",
        `${path}:${lines[entry]}: user ${users[entry]} rates item ${items[entry]} again, after line ${lines[first]}`,
        { expected: "each pair once", hint: 'duplicates: "last", or "mean"' },
      );
    }
    if (how === "mean")
      kept.values[first] =
        kept.values[first]! + (values[entry]! - kept.values[first]!) / counts[first]!;
    const later = times === undefined || times[entry]! >= kept.times![first]!;
    if (how === "last" && later) kept.values[first] = values[entry]!;
    if (later && kept.times !== undefined) kept.times[first] = times![entry]!;
  }
  const once = (_: unknown, entry: number): boolean => firsts[entry] === entry;
  return {
    users: users.filter(once),
    items: items.filter(once),
    values: kept.values.filter(once),
    times: kept.times?.filter(once),
  };
}

/** For each entry the first one of its pair. */
function firstOfPair(users: readonly Id[], items: readonly Id[]): Int32Array {
  // A map for each user: one map of all pairs could outgrow what a map holds.
  const seen = new Map<Id, Map<Id, number>>();
  return Int32Array.from(users, (user, entry) => {
    let own = seen.get(user);
    if (own === undefined) {
      own = new Map();
      seen.set(user, own);
    }
    const first = own.get(items[entry]!);
    if (first === undefined) own.set(items[entry]!, entry);
    return first ?? entry;
  });
}
