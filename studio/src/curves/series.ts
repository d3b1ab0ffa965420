import type { DataPoint } from "../../../src/drawing/chart.ts";
import type { SeriesView } from "../data/api.ts";

/** A series as a page holds it: what was asked for, and the points that came since. */
export interface HeldSeries {
  readonly name: string;
  /** Points in the whole series that are held, one by one or in buckets. */
  readonly count: number;
  readonly view: SeriesView;
  /** Points after those of the view. */
  readonly tail: readonly DataPoint[];
}

export const held = (view: SeriesView): HeldSeries => ({
  ...{ name: view.head.name, view, tail: [] },
  count: view.head.width === 1 ? view.head.from + view.step.length : view.head.count,
});

/**
 * The series with points that arrived. Points that are held do not move; what arrives from further back (the run was
 * resumed from there) replaces what was held from there on.
 *
 * @returns undefined if points are missing in between, or buckets would have to be cut: ask for the series anew
 */
export function appended(
  series: HeldSeries,
  from: number,
  step: Float64Array,
  value: Float64Array,
): HeldSeries | undefined {
  const start = series.count - series.tail.length;
  if (from > series.count || from < start) return undefined;
  const arrived = Array.from(step, (at, i) => [at, value[i]!] as const);
  const tail = [...series.tail.slice(0, from - start), ...arrived];
  return { ...series, tail, count: from + arrived.length };
}

/**
 * A series as a line: its points, or of each bucket the first, lowest, highest and last.
 *
 * @returns the line, and the places of those of its points that were logged as they are drawn
 */
export function lineOf({ view, tail }: HeldSeries): {
  readonly line: readonly DataPoint[];
  readonly logged: readonly DataPoint[];
} {
  const { head, step, lastStep, first, low, high, last } = view;
  if (head.width === 1) {
    const line = [...Array.from(step, (at, i) => [at, first[i]!] as const), ...tail];
    return { line, logged: line };
  }
  const line: DataPoint[] = [];
  const logged: DataPoint[] = [];
  for (let i = 0; i < step.length; i++) {
    const [begin, end] = [[step[i]!, first[i]!] as const, [lastStep[i]!, last[i]!] as const];
    const middle = (begin[0] + end[0]) / 2;
    logged.push(begin, end);
    line.push(begin, [middle, low[i]!], [middle, high[i]!], end);
  }
  return { line: [...line, ...tail], logged: [...logged, ...tail] };
}

/** The point nearest to a place, by a search in halves; undefined if there is none. Places rise. */
export function nearestPoint(points: readonly DataPoint[], at: number): DataPoint | undefined {
  let [low, high] = [0, points.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]![0] < at) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [points[low - 1], points[low]];
  if (before === undefined || after === undefined) return after;
  return at - before[0] <= after[0] - at ? before : after;
}
