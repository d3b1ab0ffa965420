import { hash32 } from "../../../array/primitives/hash.ts";

/**
 * A batch of `size` different rows out of `count`, each set of them as likely as any other: a function of
 * the seed and of the draw's number alone, so that a run goes on from a saved state with the same bits.
 *
 * @see Bentley & Floyd (1987), A sample of brilliance: a set of k out of n by k draws
 */
export function drawRows(count: number, size: number, seed: number, draw: number): Int32Array {
  const rows = new Int32Array(size);
  const taken = new Set<number>();
  const key = hash32(draw, seed | 0, Math.floor(seed / 2 ** 32) | 0);
  for (let i = 0; i < size; i++) {
    const last = count - size + i;
    const word = hash32(i, key, seed | 0) >>> 0;
    const row = Math.floor((word * (last + 1)) / 2 ** 32);
    rows[i] = taken.has(row) ? last : row;
    taken.add(rows[i]!);
  }
  return rows;
}

/** The rows of block `i` of a fixed partition into blocks of `size`, the last of which may be smaller. */
export function blockRows(count: number, size: number, i: number): Int32Array {
  const from = i * size;
  return Int32Array.from({ length: Math.min(size, count - from) }, (_, j) => from + j);
}
