import type { Chart, DataPoint, Rule, Series } from "./chart.ts";
import type { Axis } from "./scale.ts";
import { envelope, smoothed } from "./smooth.ts";

/** How curves are looked at. */
export interface CurveLook {
  readonly logX: boolean;
  /** Undefined: logarithmic where the values span two decades. */
  readonly logY: boolean | undefined;
  /** Weight of the past in [0, 1). */
  readonly smoothing: number;
  /** Ends of the part that is shown, on the axis. */
  readonly zoom: readonly [number, number] | undefined;
}

/** A curve over the chosen axis. */
export interface PlacedCurve {
  readonly name: string;
  readonly line: readonly DataPoint[];
  /** Those of its points that a cursor may rest on. */
  readonly logged: readonly DataPoint[];
  /** Which of the style's colours. Default: its place among the curves. */
  readonly hue?: number;
  readonly dashed?: boolean;
  /** `dots` for few values far apart. */
  readonly as?: Series["as"];
}

/** Stretches of the envelope that stays behind a smoothed curve. */
const ENVELOPE = 400;

/** Curves as a chart. Smoothed ones say so, and have what they smooth behind them. */
export function curveChart(
  label: string,
  curves: readonly PlacedCurve[],
  view: CurveLook,
  more: {
    readonly rules?: readonly Rule[];
    readonly domain: readonly [number, number];
    /** Of the horizontal axis. Default `step`. */
    readonly axis?: string;
  },
): Chart {
  const { smoothing } = view;
  const shown = curves.map(({ name, line, hue, dashed, as }): Series => {
    const style = {
      ...(hue !== undefined && { hue }),
      ...(dashed && { dashed }),
      ...(as && { as }),
    };
    if (smoothing === 0 || line.length <= 2 || as === "dots")
      return { name, points: line, ...style };
    return {
      ...{ name: `${name}, smoothed ${smoothing}`, points: smoothed(line, smoothing), ...style },
      // Of few points several make a stretch: each alone would be a line, not a band.
      band: envelope(line, Math.min(ENVELOPE, Math.ceil(line.length / 5))),
    };
  });
  const visible = (x: number): boolean => x >= more.domain[0] && x <= more.domain[1];
  const values = shown.flatMap(({ points, band = [] }) => [
    ...points.filter(([x, y]) => visible(x) && Number.isFinite(y)).map(([, y]) => y),
    ...band.filter(([x]) => visible(x)).flatMap(([, low, high]) => [low, high]),
  ]);
  return {
    ...{ title: "", series: shown, rules: more.rules ?? [], edgeMarks: true },
    x: {
      ...{ label: more.axis ?? "step", domain: more.domain },
      ...(view.logX && { scale: "log" as const }),
    },
    y: { label, ...valueAxis(values, view.logY) },
  };
}

/** Logarithmic if that was asked for, or is left open and the values span two decades; symmetric if some are not positive. */
function valueAxis(values: readonly number[], wanted: boolean | undefined): Omit<Axis, "label"> {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return {};
  const log = wanted ?? (low > 0 && high / low > 100);
  if (log && low > 0)
    return { scale: "log", domain: low < high ? [low / 1.1, high * 1.1] : [low / 10, high * 10] };
  const room = 0.04 * (high - low);
  // One value stands in the middle between 0 and twice what it is.
  const alone =
    low === 0 ? ([-1, 1] as const) : ([Math.min(0, 2 * low), Math.max(0, 2 * low)] as const);
  const domain = low < high ? ([low - room, high + room] as const) : alone;
  return { ...(log && { scale: "symlog" as const }), domain };
}

/** The ends of all curves along the axis; of a logarithmic one from the first that is positive. */
export function extentOf(
  curves: readonly PlacedCurve[],
  { logX, zoom }: CurveLook,
): [number, number] {
  if (zoom !== undefined && !(logX && zoom[0] <= 0)) return [...zoom];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { line } of curves) {
    const first = logX ? line.find(([x]) => x > 0) : line[0];
    if (first !== undefined) low = Math.min(low, first[0]);
    high = Math.max(high, line.at(-1)?.[0] ?? high);
  }
  return low < high ? [low, high] : low === high ? [low - 1, low + 1] : [0, 1];
}
