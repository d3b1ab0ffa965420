/** How differently two classifiers predict: means over rows, each in [0, 1]. */
export interface ClassDistance {
  /** The share of rows for which they name different classes. */
  readonly disagreement: number;
  /** ½ Σ_c |p_c − q_c|: the largest difference between the probabilities of any set of classes. */
  readonly totalVariation: number;
  /** √JS with JS = ½ KL(p ‖ m) + ½ KL(q ‖ m) in bits, m = ½(p + q): a metric. */
  readonly jensenShannon: number;
}

/** How differently two regressors predict. */
export interface ValueDistance {
  /** √mean (f − g)² over rows and outputs, in units of the outputs. */
  readonly rms: number;
  /**
   * √mean over outputs of mean (f − g)²/σ², with σ² the variance of that output in both together, over the rows: 0 for equal predictions,
   * √2 for unrelated ones of equal mean and variance, 2 at most.
   */
  readonly normalised: number;
}

/**
 * @param first - logarithms of probabilities, row-major `[rows, classes]`
 * @param second - another classifier's, of the same rows
 * @see Endres & Schindelin (2003), A new metric for probability distributions, for √JS
 */
export function classDistance(
  first: Float64Array,
  second: Float64Array,
  classes: number,
): ClassDistance {
  const rows = first.length / classes;
  const sum = { disagreement: 0, totalVariation: 0, jensenShannon: 0 };
  for (let from = 0; from < first.length; from += classes) {
    let [variation, divergence] = [0, 0];
    for (let i = from; i < from + classes; i++) {
      const [p, q] = [Math.exp(first[i]!), Math.exp(second[i]!)];
      variation += Math.abs(p - q) / 2;
      const m = (p + q) / 2;
      if (p > 0) divergence += (p * Math.log2(p / m)) / 2;
      if (q > 0) divergence += (q * Math.log2(q / m)) / 2;
    }
    if (largest(first, from, classes) !== largest(second, from, classes)) sum.disagreement++;
    sum.totalVariation += Math.min(1, variation);
    // Rounding leaves a little more than 1, or less than 0, of what lies between.
    sum.jensenShannon += Math.sqrt(Math.min(1, Math.max(0, divergence)));
  }
  return {
    disagreement: sum.disagreement / rows,
    totalVariation: sum.totalVariation / rows,
    jensenShannon: sum.jensenShannon / rows,
  };
}

/** @param first - row-major `[rows, outputs]`; `second` likewise */
export function valueDistance(
  first: Float64Array,
  second: Float64Array,
  outputs: number,
): ValueDistance {
  const rows = first.length / outputs;
  let [square, normalised] = [0, 0];
  for (let output = 0; output < outputs; output++) {
    let [mean, difference, variance] = [0, 0, 0];
    for (let i = output; i < first.length; i += outputs) {
      mean += (first[i]! + second[i]!) / (2 * rows);
      difference += (first[i]! - second[i]!) ** 2 / rows;
    }
    for (let i = output; i < first.length; i += outputs)
      variance += ((first[i]! - mean) ** 2 + (second[i]! - mean) ** 2) / (2 * rows);
    square += difference / outputs;
    // Without a variance both are one constant, and do not differ.
    if (difference > 0) normalised += difference / variance / outputs;
  }
  return { rms: Math.sqrt(square), normalised: Math.sqrt(normalised) };
}

/** The first class of the largest value in the row that begins at `from`. */
export function largest(values: Float64Array, from: number, classes: number): number {
  let best = from;
  for (let i = from + 1; i < from + classes; i++) if (values[i]! > values[best]!) best = i;
  return best - from;
}
