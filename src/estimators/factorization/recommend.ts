import { type Factors, predicted } from "./objective.ts";
import type { Id, Table } from "./ratings.ts";

/** An item with its prediction. */
export interface Scored {
  readonly item: Id;
  readonly score: number;
}

/** The items of the highest prediction for a user, best first; of equals the one that appeared first. */
export function topItems(
  factors: Factors,
  { byUser, itemIds }: Table,
  user: number,
  count: number,
  includeRated: boolean,
): Scored[] {
  const rated = new Set(
    includeRated ? [] : byUser.columns.subarray(byUser.starts[user]!, byUser.starts[user + 1]!),
  );
  const scored = itemIds.flatMap((item, i) =>
    rated.has(i) ? [] : [{ item, score: predicted(factors, user, i) }],
  );
  return scored.sort((a, b) => b.score - a.score).slice(0, count);
}
