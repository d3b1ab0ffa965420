/** Eigenvalues that stand apart from the others, above all of them. */
export interface Outliers {
  readonly count: number;
  /** λᵢ/λᵢ₊₁ at the widest gap: between the last outlier and the first that is none. */
  readonly gap: number;
  /** The rule, in words. */
  readonly rule: string;
}

/** A gap narrower than this sets nothing apart. */
const leastGap = 1.5;

/**
 * How many of the largest eigenvalues stand apart: those above the widest gap λᵢ/λᵢ₊₁ among the positive ones,
 * if it is at least 1.5. A gap counts only where it is wider than the errors of its two ends. Of the values given
 * the last is never counted, so ask for more than are expected: with C classes C − 1 or C are usual.
 *
 * @param largest - falling
 * @see Sagun, Evci, Güney, Dauphin & Bottou (2017); Papyan (2018), The full spectrum of deepnet Hessians at scale
 */
export function countOutliers(
  largest: readonly { readonly value: number; readonly error: number }[],
): Outliers {
  let [count, gap] = [0, 1];
  for (let i = 0; i + 1 < largest.length; i++) {
    const [above, below] = [largest[i]!, largest[i + 1]!];
    if (!(below.value > 0)) break;
    const surely = (above.value - above.error) / (below.value + below.error);
    if (surely >= leastGap && surely > gap) [count, gap] = [i + 1, surely];
  }
  const rule = `eigenvalues above the widest gap between neighbours among the ${largest.length} largest, if it is a factor of ${leastGap} or more`;
  return { count, gap, rule };
}
