/** ‖ĝ‖² of the mean gradient of so many rows. */
export interface GradientSquare {
  readonly rows: number;
  readonly square: number;
}

/** How noisy the gradients of batches are, averaged over the looks so far: plain data, which a snapshot keeps. */
export interface GradientNoise {
  /** Looks that went in. */
  readonly looks: number;
  /** tr Σ: the variance of one row's gradient, summed over params. */
  readonly variance: number;
  /** ‖G‖² of the gradient over all rows, without what noise adds to it. */
  readonly gradientSquare: number;
}

/** Batches of fewer rows say little of each other's noise, and less where batch norm takes statistics from them. */
const fewest = 16;
/** Of the larger batch over the smaller. */
const ratio = 4;
/** The last so many looks count, older ones less and less. */
const remembered = 10;

/**
 * Rows of the batch that a run's own is compared with: a quarter of it, or the part of it nearest below or above that goes into it
 * without a rest, and where there is none, four times as many. Undefined where the data have too few for one.
 */
export function comparedRows(batchSize: number, rows: number): number | undefined {
  const quarter = Math.floor(batchSize / ratio);
  for (let part = quarter; part >= fewest; part--) if (batchSize % part === 0) return part;
  for (let part = Math.max(fewest, quarter + 1); 2 * part <= batchSize; part++)
    if (batchSize % part === 0) return part;
  const more = Math.min(rows, ratio * batchSize);
  return more >= 2 * batchSize ? more : undefined;
}

/**
 * Rows of a part of a batch, repeated until they are as many as the batch has: the mean over them is the part's own, and the program of the
 * batch serves, where one of other rows would hold memory of its own. Masks of dropout are drawn for each row all the same, so that their noise
 * is the whole batch's, and the scale is that of rows.
 */
export const repeatedTo = (count: number, rows: Int32Array): Int32Array =>
  Int32Array.from({ length: Math.max(count, rows.length) }, (_, i) => rows[i % rows.length]!);

/**
 * Takes a look in: from E‖ĝ_b‖² = ‖G‖² + tr Σ/b at two batch sizes b < B, without bias,
 *
 *     ‖G‖² = (B‖ĝ_B‖² − b‖ĝ_b‖²)/(B − b),   tr Σ = (‖ĝ_b‖² − ‖ĝ_B‖²)/(1/b − 1/B),
 *
 * each averaged over looks, as their quotient is biased. The smaller batch may be part of the larger one.
 *
 * @see McCandlish, Kaplan, Amodei & the OpenAI Dota team (2018), An empirical model of large-batch training, appendix A.1
 */
export function addNoise(
  before: GradientNoise | undefined,
  one: GradientSquare,
  other: GradientSquare,
): GradientNoise {
  const [small, large] = one.rows < other.rows ? [one, other] : [other, one];
  const gradientSquare =
    (large.rows * large.square - small.rows * small.square) / (large.rows - small.rows);
  const variance = (small.square - large.square) / (1 / small.rows - 1 / large.rows);
  const looks = (before?.looks ?? 0) + 1;
  const part = 1 / Math.min(looks, remembered);
  const mean = (old: number, now: number): number => old + part * (now - old);
  return {
    looks,
    variance: mean(before?.variance ?? 0, variance),
    gradientSquare: mean(before?.gradientSquare ?? 0, gradientSquare),
  };
}

/** tr Σ/‖G‖², in rows; undefined where noise hides the gradient, or there is none. */
export const noiseScaleOf = ({ variance, gradientSquare }: GradientNoise): number | undefined =>
  variance > 0 && gradientSquare > 0 ? variance / gradientSquare : undefined;
