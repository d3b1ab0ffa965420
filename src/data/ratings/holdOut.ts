import { NadirError } from "../../base/errors.ts";
import { requireInRange } from "../../base/require.ts";
import type { Id, Ratings } from "../../estimators/factorization/ratings.ts";

/** Ratings to learn from, and others to test on. */
export interface HeldOut {
  readonly train: Columns;
  readonly held: Columns;
}

interface Columns {
  readonly users: readonly Id[];
  readonly items: readonly Id[];
  readonly values: Float64Array;
}

/**
 * Holds a share of the ratings out, drawn at random by a hash of their place: the same ones for the same seed. A user or an
 * item may be left without a rating to learn from; `predict` then says so, or NaN if asked to.
 *
 * @param share - in (0, 1). Default 0.1
 * @throws NadirError `ratings/share`, and `ratings/few` where one of the parts would be empty
 */
export function holdOut(
  { users, items, values }: Ratings,
  { share = 0.1, seed = 0 }: { readonly share?: number; readonly seed?: number } = {},
): HeldOut {
  requireInRange("ratings/share", share, [0, 1], { open: true });
  const bound = share * 2 ** 32;
  const [train, held]: [number[], number[]] = [[], []];
  for (let e = 0; e < values.length; e++) (hash(e, seed) < bound ? held : train).push(e);
  if (train.length === 0 || held.length === 0) {
    throw new NadirError(
      "ratings/few",
      `holding out ${share} of ${values.length} ratings leaves ${train.length} to learn from, ${held.length} to test on`,
      { expected: "at least one of each", hint: "more ratings, another share or another seed" },
    );
  }
  const part = (entries: readonly number[]): Columns => ({
    users: entries.map((e) => users[e]!),
    items: entries.map((e) => items[e]!),
    values: Float64Array.from(entries, (e) => values[e]!),
  });
  return { train: part(train), held: part(held) };
}

/** MurmurHash3's finalizer. */
function hash(place: number, seed: number): number {
  let h = place ^ Math.imul(seed + 1, 0x9e3779b9);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
