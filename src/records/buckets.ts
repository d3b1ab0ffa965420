/** Points of a series in order: all of it, or those from the order number `from` on. */
export interface SeriesPart {
  /** The order number of the first point here. */
  readonly from: number;
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/**
 * A series as finely as a picture can show it. With `width` 1, the points themselves are the buckets.
 * Buckets are aligned at multiples of their width, a power of two: so a full one never changes, and
 * zooming to another part shows the same ones.
 */
export interface SeriesBuckets {
  /** Points in the whole series. */
  readonly count: number;
  /** The order number of the first point here. */
  readonly from: number;
  /** Points in each bucket but the last: a power of two. */
  readonly width: number;
  readonly columns: BucketColumns;
}

/** What is known of each bucket: `[buckets]` each. */
export interface BucketColumns {
  /** The step of the first point, and of the last. */
  readonly step: Float64Array;
  readonly lastStep: Float64Array;
  readonly first: Float64Array;
  /** The lowest finite value; NaN where there is none. */
  readonly low: Float64Array;
  /** The highest value, or the first that is not finite. */
  readonly high: Float64Array;
  readonly last: Float64Array;
}

/** The smallest power of two that cuts the points `[begin, end)` into at most so many aligned buckets. */
export function bucketWidth(begin: number, end: number, buckets: number): number {
  let width = 1;
  while (Math.ceil(end / width) - Math.floor(begin / width) > Math.max(1, buckets)) width *= 2;
  return width;
}

/**
 * The buckets that hold the points `[begin, end)`.
 *
 * @param part - at least those points and, of the buckets that they are in, all others
 * @param count - points in the whole series
 */
export function bucketsOf(
  part: SeriesPart,
  { begin, end, width, count }: { begin: number; end: number; width: number; count: number },
): SeriesBuckets {
  const from = begin - (begin % width);
  const size = Math.max(0, Math.ceil((end - from) / width));
  const column = (): Float64Array => new Float64Array(size);
  const [step, lastStep, first] = [column(), column(), column()];
  const [low, high, last] = [column(), column(), column()];
  const { steps, values } = part;
  for (let i = 0; i < size; i++) {
    const a = from + i * width - part.from;
    const b = Math.min(count, from + (i + 1) * width) - part.from;
    step[i] = steps[a]!;
    lastStep[i] = steps[b - 1]!;
    first[i] = values[a]!;
    last[i] = values[b - 1]!;
    let [least, most] = [Number.NaN, Number.NEGATIVE_INFINITY];
    let odd: number | undefined;
    for (let k = a; k < b; k++) {
      const value = values[k]!;
      // A difference is finite only between finite numbers, and cheaper than Number.isFinite.
      if (value - value !== 0) odd ??= value;
      else {
        if (!(least <= value)) least = value;
        if (value > most) most = value;
      }
    }
    low[i] = least;
    high[i] = odd ?? most;
  }
  return { count, from, width, columns: { step, lastStep, first, low, high, last } };
}

/** The place of the first step that is at least `bound` or, with `above`, higher than it; steps grow. */
export function placeOf(steps: Float64Array, bound: number, above = false): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const step = steps[middle]!;
    if (step < bound || (above && step === bound)) low = middle + 1;
    else high = middle;
  }
  return low;
}
