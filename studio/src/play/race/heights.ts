import type { Grid } from "../kernel/protocol.ts";

/** Values made ready for a picture: finite, and from 0 (the lowest) to 1. */
export interface Heights {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
  /** The height of any value of the function, on the same scale. */
  readonly of: (value: number) => number;
}

/**
 * Heights of a grid. `log`: of the distance to the lowest value, so that valleys in valleys are seen; `linear`: up to the
 * value that one place in fifty exceeds.
 */
export function heightsOf({ width, height, values }: Grid, levels: "log" | "linear"): Heights {
  const sorted = values.filter(Number.isFinite).sort();
  const lowest = sorted[0] ?? 0;
  const high = sorted[Math.floor(0.98 * (sorted.length - 1))] ?? 1;
  const range = high > lowest ? high - lowest : 1;
  // Five decades of depth below the high ground: more would be a dot.
  const floor = 1e-5 * range;
  const scaled =
    levels === "linear"
      ? (value: number) => (value - lowest) / range
      : (value: number) =>
          Math.log1p(Math.max(0, value - lowest) / floor) / Math.log1p(range / floor);
  const of = (value: number): number =>
    Number.isNaN(value) ? 1 : Math.min(1, Math.max(0, scaled(value)));
  return { width, height, values: values.map(of), of };
}
