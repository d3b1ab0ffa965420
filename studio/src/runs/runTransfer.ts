import type { Overview } from "../../../src/records/overview.ts";

/**
 * Overviews on their way to a worker: all numbers in one array, which is handed over. A thousand overviews as they
 * are would be two thousand arrays to copy, one by one, while the page waits.
 */
export interface RunTransfer {
  readonly runs: readonly (Omit<Overview, "low" | "high"> & {
    readonly id: string;
    readonly buckets: number;
  })[];
  /** Of each run in turn: the lows of its buckets, then the highs. */
  readonly values: Float64Array<ArrayBuffer>;
}

export function packRuns(overviews: readonly (readonly [id: string, Overview])[]): RunTransfer {
  const size = overviews.reduce((sum, [, { low }]) => sum + 2 * low.length, 0);
  const values = new Float64Array(size);
  let at = 0;
  const runs = overviews.map(([id, { low, high, ...head }]) => {
    values.set(low, at);
    values.set(high, at + low.length);
    at += 2 * low.length;
    return { id, ...head, buckets: low.length };
  });
  return { runs, values };
}

export function unpackRuns({ runs, values }: RunTransfer): [id: string, Overview][] {
  let at = 0;
  return runs.map(({ id, buckets, ...head }) => {
    const [middle, end] = [at + buckets, at + 2 * buckets];
    const found = { ...head, low: values.subarray(at, middle), high: values.subarray(middle, end) };
    at = end;
    return [id, found];
  });
}
