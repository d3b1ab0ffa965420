import { type Ask, answer } from "../../linalg/ask.ts";
import { lanczos, type RitzPair } from "../../linalg/lanczos.ts";
import { type Factors, predicted } from "./objective.ts";
import type { Table } from "./ratings.ts";

/**
 * What the entries pull at the matrix: Y = c∘(target − UVᵀ), half the negative derivative of the loss. Numbers at the
 * observed entries, and for implicit feedback −UVᵀ everywhere besides.
 */
export interface Residual {
  readonly table: Table;
  readonly entries: Float64Array;
  readonly everywhere: Factors | undefined;
}

/** Y at the factors as they stand. */
export function residualOf(
  factors: Factors,
  table: Table,
  confidence: number | undefined,
): Residual {
  const { users, items, values } = table;
  const entries = values.map((value, e) => {
    const score = predicted(factors, users[e]!, items[e]!);
    if (confidence === undefined) return value - score;
    return (1 + confidence * value) * (1 - score) + score; // less the −score of everywhere
  });
  return { table, entries, everywhere: confidence === undefined ? undefined : factors };
}

/** For x = (a, b), a for users and b for items: (Yb, Yᵀa). */
export function pull({ table, entries, everywhere }: Residual, x: Float64Array): Float64Array {
  const { users, items } = table;
  const m = table.userIds.length;
  const out = new Float64Array(x.length);
  for (let e = 0; e < entries.length; e++) {
    const [i, j, y] = [users[e]!, m + items[e]!, entries[e]!];
    out[i]! += y * x[j]!;
    out[j]! += y * x[i]!;
  }
  if (everywhere === undefined) return out;
  const { rank, users: u, items: v } = everywhere;
  for (const [own, from, other, to] of [
    [u.factors, 0, v.factors, m],
    [v.factors, m, u.factors, 0],
  ] as const) {
    const sums = new Float64Array(rank); // other's factors, times x
    other.forEach((factor, at) => {
      sums[at % rank]! += factor * x[to + Math.floor(at / rank)]!;
    });
    own.forEach((factor, at) => {
      out[from + Math.floor(at / rank)]! -= factor * sums[at % rank]!;
    });
  }
  return out;
}

/** The ends of the spectrum of a symmetric operator on users and items, by Lanczos from a random start. */
export function spectrumEnds(
  size: number,
  multiply: (x: Float64Array) => Float64Array,
): { readonly smallest: RitzPair; readonly largest: RitzPair } {
  // biome-ignore lint/correctness/useYield: an operator may ask; this one knows
  function* apply(x: Float64Array): Ask<Float64Array> {
    return multiply(x);
  }
  // The basis is kept: with many rows fewer steps are affordable.
  const steps = Math.min(size, size > 5000 ? 60 : 200);
  return answer(lanczos(apply, size, { steps, seed: 1 }), (request) => {
    throw new Error(`internal: the residual asked for a ${request.kind}`);
  });
}
