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

/** Folds the points of a series, part by part in their order, into the buckets that hold `[begin, end)`. */
export class BucketFold {
  /** The order number of the first point of the first bucket. */
  readonly from: number;
  /** Of the last point of the last one, plus 1. */
  readonly end: number;
  readonly #width: number;
  readonly #count: number;
  readonly #columns: BucketColumns;

  /** @param count - points in the whole series */
  constructor({
    begin,
    end,
    width,
    count,
  }: {
    readonly begin: number;
    readonly end: number;
    readonly width: number;
    readonly count: number;
  }) {
    this.from = begin - (begin % width);
    this.#width = width;
    this.#count = count;
    const size = Math.max(0, Math.ceil((end - this.from) / width));
    this.end = Math.min(count, this.from + size * width);
    const column = (): Float64Array => new Float64Array(size);
    this.#columns = {
      ...{ step: column(), lastStep: column(), first: column(), last: column() },
      ...{ low: column().fill(Number.NaN), high: column().fill(Number.NEGATIVE_INFINITY) },
    };
  }

  /**
   * Points that follow those that were added before; what lies outside the buckets is passed over.
   *
   * @param at - the order number of the first
   * @param steps - of each, or of the first where each is one more
   */
  add(at: number, steps: Float64Array | number, values: Float64Array): void {
    const { step, lastStep, first, low, high, last } = this.#columns;
    const stepOf = (k: number): number => (typeof steps === "number" ? steps + k : steps[k]!);
    const stop = Math.min(values.length, this.end - at);
    for (let a = Math.max(0, this.from - at); a < stop; ) {
      const bucket = Math.floor((at + a - this.from) / this.#width);
      const begin = this.from + bucket * this.#width - at;
      const b = Math.min(stop, begin + this.#width);
      if (a === begin) {
        step[bucket] = stepOf(a);
        first[bucket] = values[a]!;
      }
      lastStep[bucket] = stepOf(b - 1);
      last[bucket] = values[b - 1]!;
      const odd = widen(values, a, b, low, high, bucket);
      if (odd !== undefined) this.#keepOdd(bucket, odd);
      a = b;
    }
  }

  /** Buckets of a width that divides this one's, aligned as these are, as if their points were added. */
  addBuckets({ from, width, columns }: Pick<SeriesBuckets, "from" | "width" | "columns">): void {
    const { step, lastStep, first, low, high, last } = this.#columns;
    for (let i = 0; i < columns.step.length; i++) {
      const at = from + i * width - this.from;
      const bucket = Math.floor(at / this.#width);
      if (at % this.#width === 0) {
        step[bucket] = columns.step[i]!;
        first[bucket] = columns.first[i]!;
      }
      lastStep[bucket] = columns.lastStep[i]!;
      last[bucket] = columns.last[i]!;
      const [least, most] = [columns.low[i]!, columns.high[i]!];
      if (!(low[bucket]! <= least)) low[bucket] = Number.isNaN(least) ? low[bucket]! : least;
      if (!Number.isFinite(most)) this.#keepOdd(bucket, most);
      else if (most > high[bucket]!) high[bucket] = most;
    }
  }

  get buckets(): SeriesBuckets {
    const { from } = this;
    const high = this.#columns.high.slice();
    for (const [bucket, value] of this.#odd) high[bucket] = value;
    return { count: this.#count, from, width: this.#width, columns: { ...this.#columns, high } };
  }

  /** Of buckets that hold a value that is not finite, the first such; -Infinity is also where `high` begins. */
  readonly #odd = new Map<number, number>();

  /** The first value that is not finite stands for its bucket. */
  #keepOdd(bucket: number, value: number): void {
    if (!this.#odd.has(bucket)) this.#odd.set(bucket, value);
  }
}

/** Takes the finite values of `[a, b)` into a bucket's bounds. @returns the first value that is not finite */
function widen(
  values: Float64Array,
  a: number,
  b: number,
  low: Float64Array,
  high: Float64Array,
  bucket: number,
): number | undefined {
  let [least, most] = [low[bucket]!, high[bucket]!];
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
  low[bucket] = least;
  high[bucket] = most;
  return odd;
}
