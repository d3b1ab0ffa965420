import type { TypedArray } from "../array/dtype.ts";
import type { EpochLoss } from "./snapshot.ts";

/** Whole epochs behind a step. */
export const epochAt = (step: number, rows: number, batchSize: number): number =>
  Math.floor((step * batchSize) / rows);

/** Adds the losses of some steps to the statistics of the epochs they began in (Welford's method). */
export function addLosses(
  epochs: readonly EpochLoss[],
  losses: TypedArray,
  from: number,
  rows: number,
  batchSize: number,
): EpochLoss[] {
  const next = [...epochs];
  for (let i = 0; i < losses.length; i++) {
    const epoch = epochAt(from + i, rows, batchSize);
    const last = next[next.length - 1];
    if (last?.epoch !== epoch) next.push({ epoch, mean: 0, squares: 0, count: 0 });
    const { mean, squares, count } = next[next.length - 1]!;
    const delta = losses[i]! - mean;
    const moved = mean + delta / (count + 1);
    next[next.length - 1] = {
      epoch,
      mean: moved,
      squares: squares + delta * (losses[i]! - moved),
      count: count + 1,
    };
  }
  return next;
}
