import { NadirError } from "../../base/errors.ts";
import { requireKnownOptions, requireWord } from "../../base/require.ts";
import type { Id, Table } from "./ratings.ts";

/** What becomes of pairs that nothing was learned about. */
export interface PredictOptions {
  /** What to do with a user or an item without ratings to learn from: refuse, or give NaN for its pairs. Default `error`. */
  readonly unseen?: "error" | "nan";
}

/** The row of an id. @throws NadirError `factorization/unseen` */
export function indexOf(of: ReadonlyMap<Id, number>, id: Id, what: "user" | "item"): number {
  const index = of.get(id);
  if (index !== undefined) return index;
  throw new NadirError(
    "factorization/unseen",
    `there is no ${what} ${JSON.stringify(id)} among the ratings that were fitted`,
    {
      expected: `one of ${of.size} ${what}s`,
      hint: 'a new one has no factors: fit again with its ratings, fall back on the most popular items, or ask for NaN with { unseen: "nan" }',
    },
  );
}

/** The score of each pair. */
export function predictPairs(
  { userOf, itemOf }: Pick<Table, "userOf" | "itemOf">,
  users: ArrayLike<Id>,
  items: ArrayLike<Id>,
  options: PredictOptions,
  score: (user: number, item: number) => number,
): Float64Array {
  requireKnownOptions("predict", options, ["unseen"]);
  const unseen = requireWord("factorization/unseen", options.unseen ?? "error", ["error", "nan"]);
  if (users.length !== items.length)
    throw new NadirError(
      "factorization/pairs",
      `predict: ${users.length} users for ${items.length} items`,
      { expected: "as many, in pairs" },
    );
  return Float64Array.from({ length: users.length }, (_, i) => {
    const known = userOf.has(users[i]!) && itemOf.has(items[i]!);
    if (!known && unseen === "nan") return Number.NaN;
    return score(indexOf(userOf, users[i]!, "user"), indexOf(itemOf, items[i]!, "item"));
  });
}
