import type { TypedArray } from "../../array/dtype.ts";

/** The losses of consecutive steps: how many, their mean, and the sum of squared distances from it. */
export interface LossBlock {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

/** A run's losses in at most 64 blocks of equally many steps; the last may be unfinished. Plain data. */
export interface LossBlocks {
  /** Steps of a block. */
  readonly span: number;
  readonly blocks: readonly LossBlock[];
}

const mostBlocks = 64;

export const noBlocks: LossBlocks = { span: 1, blocks: [] };

/**
 * Adds losses step by step (Welford's method); full, neighbours join and the span doubles. The result does
 * not depend on how the losses were cut into calls.
 */
export function addToBlocks({ span, blocks }: LossBlocks, losses: TypedArray): LossBlocks {
  let length = span;
  let whole = blocks.filter(({ count }) => count === length);
  let { count, mean, squares } = blocks[whole.length] ?? { count: 0, mean: 0, squares: 0 };
  for (let i = 0; i < losses.length; i++) {
    if (count === 0 && whole.length === mostBlocks) {
      whole = joined(whole);
      length *= 2;
    }
    const delta = losses[i]! - mean;
    count++;
    mean += delta / count;
    squares += delta * (losses[i]! - mean);
    if (count < length) continue;
    whole.push({ count, mean, squares });
    count = mean = squares = 0;
  }
  return { span: length, blocks: count === 0 ? whole : [...whole, { count, mean, squares }] };
}

/** Neighbours as one (Chan, Golub and LeVeque's update). */
const joined = (blocks: readonly LossBlock[]): LossBlock[] =>
  Array.from({ length: blocks.length >> 1 }, (_, i) => {
    const [a, b] = [blocks[2 * i]!, blocks[2 * i + 1]!];
    const count = a.count + b.count;
    const delta = b.mean - a.mean;
    return {
      count,
      mean: a.mean + (delta * b.count) / count,
      squares: a.squares + b.squares + (delta * delta * a.count * b.count) / count,
    };
  });
