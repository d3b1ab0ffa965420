import type { Series } from "../runs/seriesReader.ts";
import type { SeriesHead } from "./protocol.ts";
import type { Packet } from "./wire.ts";

/** What part of a series is wanted, and how finely. */
export interface SeriesQuestion {
  /** Steps between which the points lie; all of them by default. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** At most this many columns of a picture. */
  readonly buckets: number;
}

/**
 * A series as finely as a picture can show it: its points, or buckets of a power of two of them with
 * the first, lowest, highest and last of each. Values that are not finite are the highest of their bucket.
 */
export function viewSeries(
  run: string,
  name: string,
  { steps, values }: Series,
  { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, buckets }: SeriesQuestion,
): Packet<SeriesHead> {
  const count = values.length;
  const begin = firstAt(steps, from);
  const end = Math.max(begin, firstAt(steps, to, true));
  let width = 1;
  while (Math.ceil((end - begin) / width) > buckets) width *= 2;
  const start = begin - (begin % width);
  const head = { run, name, count, from: start, width };
  if (width === 1) {
    return { head, columns: { step: steps.slice(begin, end), value: values.slice(begin, end) } };
  }
  const size = Math.ceil((end - start) / width);
  const column = (): Float64Array => new Float64Array(size);
  const [step, lastStep, first] = [column(), column(), column()];
  const [low, high, last] = [column(), column(), column()];
  for (let i = 0; i < size; i++) {
    const [a, b] = [start + i * width, Math.min(count, start + (i + 1) * width)];
    step[i] = steps[a]!;
    lastStep[i] = steps[b - 1]!;
    first[i] = values[a]!;
    last[i] = values[b - 1]!;
    let [least, most] = [Number.NaN, Number.NaN];
    for (let k = a; k < b; k++) {
      const value = values[k]!;
      if (!Number.isFinite(value)) {
        if (Number.isFinite(most) || k === a) most = value;
      } else {
        if (!(least <= value)) least = value;
        if (k === a || (Number.isFinite(most) && value > most)) most = value;
      }
    }
    low[i] = least;
    high[i] = most;
  }
  return { head, columns: { step, lastStep, first, low, high, last } };
}

/** The place of the first step that is at least `bound`, or above it; steps grow. */
function firstAt(steps: Float64Array, bound: number, above = false): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const step = steps[middle]!;
    if (step < bound || (above && step === bound)) low = middle + 1;
    else high = middle;
  }
  return low;
}
