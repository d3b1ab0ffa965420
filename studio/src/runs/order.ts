import type { Overview } from "../../../src/records/overview.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";

/** What the list can be sorted by. */
export const orders = {
  newest: "newest",
  best: "best loss",
  last: "last loss",
  smooth: "smoothed last",
  sharpness: "sharpness",
  steps: "steps",
  time: "time",
  cost: "steps to reach a loss",
  name: "name",
} as const;

export type Order = keyof typeof orders;

export const isOrder = (text: string): text is Order => Object.hasOwn(orders, text);

/** Where the smoothed last value is taken: this part of the run, at its end. */
const TAIL = 0.1;

/** The mean of the loss over the last tenth of a run. */
function smoothedLast({ low, high }: Overview): number {
  const from = Math.min(low.length - 1, Math.floor(low.length * (1 - TAIL)));
  let [sum, count] = [0, 0];
  for (let i = from; i < low.length; i++) {
    const middle = (low[i]! + high[i]!) / 2;
    if (!Number.isFinite(middle)) return Number.POSITIVE_INFINITY;
    sum += middle;
    count++;
  }
  return sum / count;
}

/** The step at which a run first was at a loss or below it; infinite if it never was. */
function stepsToReach({ low, firstStep, lastStep }: Overview, loss: number): number {
  const at = low.findIndex((value) => value <= loss);
  if (at < 0) return Number.POSITIVE_INFINITY;
  return firstStep + ((lastStep - firstStep) * at) / Math.max(1, low.length - 1);
}

/**
 * Rows in an order, the best first; the newest first where nothing tells them apart.
 *
 * @param rows - newest first
 * @param reach - the loss that `cost` speaks of
 */
export function sortRows(
  rows: readonly RunRow[],
  order: Order,
  overviews: ReadonlyMap<string, Overview>,
  reach: number,
): readonly RunRow[] {
  if (order === "newest") return rows;
  if (order === "name") return rows.toSorted((a, b) => a.name.localeCompare(b.name));
  const keys = new Map(
    rows.map((row) => [row.id, keyIn(row, order, overviews.get(row.id), reach)]),
  );
  const key = (row: RunRow): number => keys.get(row.id) ?? Number.POSITIVE_INFINITY;
  return rows.toSorted((a, b) => {
    const [x, y] = [key(a), key(b)];
    return x === y ? 0 : x - y;
  });
}

function keyIn(
  row: RunRow,
  order: Exclude<Order, "newest" | "name">,
  overview: Overview | undefined,
  reach: number,
): number {
  const last = Number.POSITIVE_INFINITY;
  const value =
    order === "best"
      ? row.best
      : order === "last"
        ? row.loss
        : order === "sharpness"
          ? row.sharpness
          : order === "steps"
            ? row.steps
            : order === "time"
              ? row.seconds
              : overview === undefined
                ? undefined
                : order === "smooth"
                  ? smoothedLast(overview)
                  : stepsToReach(overview, reach);
  return value === undefined || Number.isNaN(value) ? last : value;
}
