import type { DataPoint } from "../../../src/drawing/chart.ts";
import { BucketFold, bucketWidth } from "../../../src/records/buckets.ts";
import type { SeriesView } from "../data/api.ts";

/** Buckets of a whole series at most: as many as a wide picture has pixels. */
export const BUCKETS = 1024;
/** Points that are kept one by one after those of the view, at most. */
const LONGEST_TAIL = 1024;

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
  const longer = { ...series, tail, count: from + arrived.length };
  return tail.length <= LONGEST_TAIL ? longer : folded(longer);
}

/** The series with its tail in buckets too: those that the server would give, without asking for them. */
function folded({ name, count, view, tail }: HeldSeries): HeldSeries {
  const { head, step, lastStep, first, low, high, last } = view;
  const width = Math.max(head.width, bucketWidth(head.from, count, BUCKETS));
  const fold = new BucketFold({ begin: head.from, end: count, width, count });
  if (head.width === 1) fold.add(head.from, step, first);
  else {
    const columns = { step, lastStep, first, low, high, last };
    fold.addBuckets({ from: head.from, width: head.width, columns });
  }
  const values = Float64Array.from(tail, ([, value]) => value);
  fold.add(
    count - tail.length,
    Float64Array.from(tail, ([at]) => at),
    values,
  );
  const { columns } = fold.buckets;
  return held({ head: { ...head, name, count, width }, ...columns });
}

/** A series as it is drawn. */
export interface HeldLine {
  readonly line: readonly DataPoint[];
  /** Those of its points that were logged as they are drawn. */
  readonly logged: readonly DataPoint[];
}

const lines = new WeakMap<HeldSeries, HeldLine>();

/** A series as a line: its points, or of each bucket the first, lowest, highest and last. Made once of each series. */
export function lineOf(series: HeldSeries): HeldLine {
  const made = lines.get(series) ?? makeLine(series);
  lines.set(series, made);
  return made;
}

function makeLine({ view, tail }: HeldSeries): HeldLine {
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
