import { type Ask, answer } from "./ask.ts";

/** Runs what is expected to ask for nothing. */
export function runAlone<T>(asking: Ask<T>): T {
  return answer(asking, (request) => {
    throw new Error(`unexpected request for a ${request.kind}`);
  });
}

/** A small seeded generator of numbers in [−1, 1), for test data. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2147483648 - 1;
  };
}

/** A symmetric row-major matrix with entries in [−1, 1). */
export function randomSymmetric(n: number, next: () => number): Float64Array {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      a[i * n + j] = next();
      a[j * n + i] = a[i * n + j]!;
    }
  }
  return a;
}

/** The flat row-major matrix of a list of rows. */
export const flat = (rows: readonly (readonly number[])[]): Float64Array =>
  Float64Array.from(rows.flat());

/** max |aᵢ − bᵢ|. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a, (ai, i) => Math.abs(ai - b[i]!)).reduce((x, y) => Math.max(x, y), 0);
}
