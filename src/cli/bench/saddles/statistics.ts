/** The q-th quantile between the entries of a sorted list; a run that failed counts as infinite. */
function quantile(sorted: readonly number[], q: number): number {
  const place = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) return Number.NaN;
  return low === high ? low : low + (place - Math.floor(place)) * (high - low);
}

/** Median and quartiles over seeds, and how many succeeded. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly solved: number;
  readonly runs: number;
}

/** Summarizes what runs took; undefined stands for a run that did not get there. */
export function summarize(prices: readonly (number | undefined)[]): Summary {
  const sorted = prices
    .map((price) => price ?? Number.POSITIVE_INFINITY)
    .sort((a, b) => (a === b ? 0 : a - b));
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    solved: sorted.filter(Number.isFinite).length,
    runs: sorted.length,
  };
}

/** `241 (237–249)`; with the number of runs that got there where some did not; `0 of 20` where the median run did not. */
export function summaryText({ median, low, high, solved, runs }: Summary): string {
  const some = `${solved} of ${runs}`;
  if (!Number.isFinite(median)) return some;
  const upper = Number.isFinite(high) ? high.toFixed(0) : "∞";
  const interval = `${median.toFixed(0)} (${low.toFixed(0)}–${upper})`;
  return solved === runs ? interval : `${interval}, ${some}`;
}
