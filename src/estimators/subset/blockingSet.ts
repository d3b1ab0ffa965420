import type { Quadratic } from "./subsetObjective.ts";

/**
 * Columns of which any subset below `goal` must have one: all that are left when a support has been grown by columns as long as
 * least squares on it stays at `goal` or above. What has none of them is part of what was grown, and costs no less.
 *
 * @param support - columns on which least squares is at `goal` or above
 * @param weight - how reluctantly a column is taken in, beside what it gains
 * @returns undefined if the support itself lies below
 * @see Furnival & Wilson (1974), Regressions by leaps and bounds, §3, for the bound; Moreno-Centeno & Karp (2013), The implicit hitting
 *   set approach to solve combinatorial optimization problems, for how it is used
 */
export function blockingSet(
  { size, h, b, constant }: Quadratic,
  support: readonly number[],
  goal: number,
  weight: (column: number) => number,
): number[] | undefined {
  // Gaussian elimination: what is left of H and b once the columns taken in are accounted for.
  const left = h.slice();
  const right = b.slice();
  const taken = new Uint8Array(size);
  let value = constant;
  const isSpanned = (j: number): boolean => !(left[j * size + j]! > 1e-12 * h[j * size + j]!);
  const gain = (j: number): number =>
    isSpanned(j) ? 0 : (0.5 * right[j]! * right[j]!) / left[j * size + j]!;
  const take = (j: number): void => {
    taken[j] = 1;
    if (isSpanned(j)) return;
    value -= gain(j);
    const pivot = left[j * size + j]!;
    for (let i = 0; i < size; i++) {
      if (taken[i] === 1) continue;
      const factor = left[i * size + j]! / pivot;
      if (factor === 0) continue;
      right[i] = right[i]! - factor * right[j]!;
      for (let k = 0; k < size; k++)
        left[i * size + k] = left[i * size + k]! - factor * left[j * size + k]!;
    }
  };
  for (const j of support) take(j);
  if (value < goal) return undefined;
  for (;;) {
    let next = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < size; j++) {
      if (taken[j] === 1) continue;
      const own = gain(j);
      if (value - own < goal || own * weight(j) >= least) continue;
      [next, least] = [j, own * weight(j)];
    }
    if (next < 0) break;
    take(next);
  }
  const rest: number[] = [];
  for (let j = 0; j < size; j++) if (taken[j] === 0) rest.push(j);
  return rest;
}
