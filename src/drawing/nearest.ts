import type { DataPoint } from "./chart.ts";

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
