/** What held-out chances say of labels. */
export interface Confident {
  /** By given label, then likely label: the estimated share of all samples. Sums to 1. */
  readonly joint: readonly Float64Array[];
  /** By sample, the class that it is confidently counted to; its own label, if to none. */
  readonly counted: Int32Array;
  /** The mean chance of a class among samples with its label. */
  readonly thresholds: Float64Array;
}

/**
 * Confident learning: a sample counts as class j where its held-out chance of j is at least the mean chance of j among samples labelled j; the
 * counts by label and class, scaled to the labels' frequencies, estimate their joint distribution.
 *
 * @param chances - of each class, by sample, from models that did not see the sample
 * @param labels - positions of classes
 * @see Northcutt, Jiang & Chuang (2021), Confident learning: estimating uncertainty in dataset labels, eq. (1) to (3)
 */
export function confidentLearning(
  chances: readonly ArrayLike<number>[],
  labels: Int32Array,
  classes: number,
): Confident {
  const n = labels.length;
  const sums = new Float64Array(classes);
  const sizes = new Float64Array(classes);
  labels.forEach((label, i) => {
    sums[label] = sums[label]! + chances[i]![label]!;
    sizes[label] = sizes[label]! + 1;
  });
  const thresholds = sums.map((sum, k) => sum / Math.max(1, sizes[k]!));
  const counts = Array.from({ length: classes }, () => new Float64Array(classes));
  const counted = Int32Array.from(labels, (label, i) => {
    let best = -1;
    for (let k = 0; k < classes; k++) {
      const chance = chances[i]![k]!;
      if (chance >= thresholds[k]! && (best < 0 || chance > chances[i]![best]!)) best = k;
    }
    if (best >= 0) counts[label]![best] = counts[label]![best]! + 1;
    return best < 0 ? label : best;
  });
  const joint = counts.map((row, k) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    if (total === 0) row[k] = 1;
    return row.map((count) => ((count / Math.max(1, total)) * sizes[k]!) / n);
  });
  return { joint, counted, thresholds };
}
