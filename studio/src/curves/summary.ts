import { formatCount, formatNumber } from "../../../src/cli/format.ts";
import type { DataPoint } from "../../../src/drawing/chart.ts";

/** A curve in one sentence: from what to what, where it was lowest, and what is no number. */
export function curveSentence(name: string, points: readonly DataPoint[], unit = "steps"): string {
  const finite = points.filter(([, y]) => Number.isFinite(y));
  const [first, last] = [finite[0], finite.at(-1)];
  const odd = points.length - finite.length;
  const gaps = odd === 0 ? "" : `; ${formatCount(odd)} values are not finite`;
  if (first === undefined || last === undefined) {
    return points.length === 0
      ? `${name}: nothing was told yet`
      : `${name}: no finite value${gaps}`;
  }
  if (finite.length === 1) return `${name} is ${formatNumber(first[1], 4)}${gaps}`;
  const lowest = finite.reduce((best, point) => (point[1] < best[1] ? point : best));
  const way = last[1] < first[1] ? "falls" : last[1] > first[1] ? "rises" : "stays";
  const course =
    way === "stays"
      ? `${name} begins and ends at ${formatNumber(first[1], 4)}`
      : `${name} ${way} from ${formatNumber(first[1], 4)} to ${formatNumber(last[1], 4)}`;
  const least =
    lowest[1] < last[1]
      ? `; lowest ${formatNumber(lowest[1], 4)} at ${formatNumber(lowest[0], 5)}`
      : "";
  return `${course} in ${formatNumber(last[0], 5)} ${unit}${least}${gaps}`;
}
