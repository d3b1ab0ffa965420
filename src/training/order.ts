import { hash32 } from "../array/primitives/hash.ts";

/**
 * The order in which rows are visited: an endless stream of shuffled epochs, cut into batches. Each
 * row comes once in each epoch, whatever the batch size; a batch may end one epoch and begin the next.
 * Position `p` of the stream is a function of the seed and `p`, so a run resumes in the middle of it.
 */
export class DataOrder {
  readonly size: number;
  readonly #seed: number;
  readonly #shuffle: boolean;
  #epoch = -1;
  #rows: Int32Array = new Int32Array(0);

  constructor(size: number, seed: number, shuffle: boolean) {
    this.size = size;
    this.#seed = seed;
    this.#shuffle = shuffle;
  }

  /** The rows at positions `start … start + count − 1`. */
  rows(start: number, count: number): Int32Array {
    const out = new Int32Array(count);
    for (let filled = 0; filled < count; ) {
      const position = start + filled;
      const epoch = Math.floor(position / this.size);
      const offset = position - epoch * this.size;
      const part = this.#epochRows(epoch).subarray(offset, offset + count - filled);
      out.set(part, filled);
      filled += part.length;
    }
    return out;
  }

  #epochRows(epoch: number): Int32Array {
    if (epoch === this.#epoch) return this.#rows;
    const rows = Int32Array.from({ length: this.size }, (_, i) => i);
    if (this.#shuffle) shuffle(rows, this.#seed, epoch);
    this.#epoch = epoch;
    this.#rows = rows;
    return rows;
  }
}

/**
 * Fisher–Yates with counter-based draws. A draw below n is the high word of a 32-bit draw times n:
 * its bias, n/2³², is far below what any training can notice.
 *
 * @see Durstenfeld (1964), Algorithm 235: random permutation
 */
function shuffle(rows: Int32Array, seed: number, epoch: number): void {
  const [high, low] = [Math.floor(seed / 2 ** 32) | 0, seed | 0];
  const key = hash32(epoch, low, high);
  for (let i = rows.length - 1; i > 0; i--) {
    const draw = hash32(i, key, low) >>> 0;
    const j = Math.floor((draw * (i + 1)) / 2 ** 32);
    const row = rows[i]!;
    rows[i] = rows[j]!;
    rows[j] = row;
  }
}
