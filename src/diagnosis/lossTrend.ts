/** Means of a loss over consecutive stretches of equally many steps. */
export interface LossStretches {
  /** Steps of a stretch. */
  readonly span: number;
  readonly means: readonly number[];
  /** By how much the loss has changed in all, where these are the stretches of a part of the run. */
  readonly range?: number;
}

/** Whether a loss still falls at the end of a run. */
export interface LossTrend {
  readonly falling: boolean;
  /** True if it is known not to fall by much: what it may still fall is a tenth of the whole run's fall, or a hundredth of itself. */
  readonly level: boolean;
  /** The step since which no fall is seen; the number of steps if it falls. */
  readonly since: number;
  /** How much it fell over the last third, by the straight line that fits it best. */
  readonly fall: number;
  /** The standard error of that. */
  readonly error: number;
  /** The fall below which it counts as level. */
  readonly most: number;
  /** Steps of that last third. */
  readonly steps: number;
}

/** Stretches that a trend is told from, at least. */
const fewest = 8;
/** A fall counts above so many standard errors … */
const certainty = 2.2;
/** … above this part of the fall of the whole run, and above this part of the loss. */
const [least, leastOfLoss] = [2e-3, 1e-5] as const;
/** Level is what falls by no more than this part of the whole run's fall, or of the loss, if at all. */
const [levelOfRange, levelOfLoss] = [0.1, 0.01] as const;

/**
 * Tells a plateau from a fall that goes on, by the loss alone: a straight line through the last third of the
 * stretches, its slope against the standard error that the scatter about it leaves. Stretches are long enough
 * that their means are nearly independent, though batches' losses are not. A fall is also no fall if it is
 * less than a five-hundredth of the whole run's, or than 10⁻⁵ of the loss. That no fall is seen
 * may be for lack of steps: `level` says that one would have been.
 *
 * @returns undefined for fewer than 8 stretches
 */
export function lossTrend({ span, means, range: known }: LossStretches): LossTrend | undefined {
  const count = means.length;
  if (count < fewest || !means.every(Number.isFinite)) return undefined;
  const range = known ?? rangeOf(means);
  const length = lastOf(count);
  const last = lineThrough(means.slice(-length));
  const falls = ({ fall, error, mean }: Line): boolean =>
    fall > Math.max(certainty * error, least * range, leastOfLoss * Math.abs(mean));
  const falling = falls(last);
  const most = Math.max(levelOfRange * range, levelOfLoss * Math.abs(last.mean));
  let still = falling ? 0 : length;
  while (still > 0 && still < count && !falls(lineThrough(means.slice(-still - 1)))) still++;
  return {
    falling,
    level: !falling && last.fall + certainty * last.error <= most,
    since: span * (count - still),
    fall: last.fall,
    error: last.error,
    most,
    steps: span * length,
  };
}

/** How many stretches a trend is told from. */
const lastOf = (count: number): number => Math.max(fewest, Math.ceil(count / 3));

export const rangeOf = (means: readonly number[]): number =>
  Math.max(...means) - Math.min(...means);

interface Line {
  /** From the first point to the last along the line; above 0 if it falls. */
  readonly fall: number;
  readonly error: number;
  readonly mean: number;
}

/** The least-squares line through equidistant points. */
function lineThrough(values: readonly number[]): Line {
  const count = values.length;
  const middle = (count - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  let [xx, xy] = [0, 0];
  for (const [i, value] of values.entries()) {
    xx += (i - middle) ** 2;
    xy += (i - middle) * (value - mean);
  }
  const slope = xy / xx;
  const rest = values.reduce(
    (sum, value, i) => sum + (value - mean - slope * (i - middle)) ** 2,
    0,
  );
  return {
    fall: -slope * (count - 1),
    mean,
    error: Math.sqrt(rest / Math.max(1, count - 2) / xx) * (count - 1),
  };
}
