import type { DataPoint } from "./chart.ts";

/**
 * The debiased exponential mean of a curve over its steps: mₜ = wₜ mₜ₋₁ + (1 − wₜ) yₜ, told as mₜ / (1 − Πw), where a
 * gap of d steps weighs wₜ = weight^(d/first gap), so that a point stays where it is when others follow. Constants stay what they are, and so do two points or fewer;
 * values that are not finite are passed through and have no say.
 *
 * @param weight - of the past, in [0, 1): 0 leaves the curve as it is
 */
export function smoothed(points: readonly DataPoint[], weight: number): readonly DataPoint[] {
  if (!(weight > 0) || points.length <= 2) return points;
  const first = points[0]![1];
  if (points.every(([, y]) => y === first)) return points;
  const typical = points[1]![0] - points[0]![0] || 1;
  let [mean, missing, last] = [0, 1, points[0]![0]];
  return points.map(([x, y]) => {
    if (!Number.isFinite(y)) return [x, y] as const;
    const past = weight ** (missing === 1 ? 1 : Math.max(0, x - last) / typical);
    mean = past * mean + (1 - past) * y;
    missing *= past;
    last = x;
    return [x, mean / (1 - missing)] as const;
  });
}

/**
 * The lowest and highest finite value of each of at most `buckets` stretches of a curve: what stays behind a smoothed
 * one.
 */
export function envelope(
  points: readonly DataPoint[],
  buckets: number,
): readonly (readonly [x: number, low: number, high: number])[] {
  const size = Math.max(1, Math.ceil(points.length / buckets));
  const found: (readonly [number, number, number])[] = [];
  for (let start = 0; start < points.length; start += size) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const part = points.slice(start, start + size);
    for (const [, y] of part) {
      if (!Number.isFinite(y)) continue;
      low = Math.min(low, y);
      high = Math.max(high, y);
    }
    if (low <= high) found.push([part[Math.floor(part.length / 2)]![0], low, high]);
  }
  return found;
}
