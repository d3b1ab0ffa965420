import type { Cells } from "./cells.ts";
import type { DataPoint } from "./chart.ts";
import { nearestPoint } from "./nearest.ts";

/** A measure of health: what it is called, and from which value on it is how bad. */
interface Measure {
  readonly words: string;
  /** In [0, 1]: 0 is harmless. */
  readonly severity: (value: number, then: Circumstance) => number;
}

/** What a value is judged against. */
interface Circumstance {
  /** The median of the measure over all layers at that step. */
  readonly typical: number;
  /** The learning rate at that step over its highest, in [0, 1]. */
  readonly rateShare: number;
}

/** Decades that a value lies outside of [low, high], over `worst`. */
const decadesOutside = (low: number, high: number, worst: number) => (value: number) => {
  if (!(value > 0)) return value === 0 ? 1 : Number.NaN;
  const outside = Math.max(Math.log10(low / value), Math.log10(value / high), 0);
  return Math.min(1, outside / worst);
};

const itself = (value: number): number => Math.min(1, Math.max(0, value));

/** The measures that `fit` records by layer, in the order they are shown. */
export const healthMeasures = {
  deadFraction: { words: "dead units", severity: itself },
  saturatedFraction: { words: "saturated units", severity: itself },
  // ‖Δw‖/‖w‖ about 1e-3 is usual; below 1e-4 a layer hardly moves, above 1e-2 it is torn. That it moves less where a
  // schedule has lowered the rate, or not yet raised it, says nothing of the layer.
  updateRatio: {
    words: "update / weight",
    severity: (value, { rateShare }) =>
      rateShare === 0 ? 0 : decadesOutside(1e-4 * rateShare, 1e-2, 2)(value),
  },
  // Against the other layers: a hundredth of the median is vanishing, a hundredfold exploding.
  gradientNorm: {
    words: "gradient norm",
    severity: (value, { typical }) => decadesOutside(1e-2, 1e2, 2)(value / typical),
  },
  batchNormDrift: { words: "batch-norm drift", severity: (value) => itself((value - 0.3) / 3) },
  residualRatio: { words: "residual branch / skip", severity: decadesOutside(1e-2, 30, 2) },
} as const satisfies Readonly<Record<string, Measure>>;

export type HealthMeasure = keyof typeof healthMeasures;

/** A series `health/LAYER/MEASURE` taken apart; undefined if it is none, or of a measure that is not shown. */
export function healthSeries(
  name: string,
): { readonly layer: string; readonly measure: HealthMeasure } | undefined {
  const [, layer, measure] = /^health\/(.+)\/(\w+)$/.exec(name) ?? [];
  if (layer === undefined || measure === undefined || !(measure in healthMeasures))
    return undefined;
  return { layer, measure: measure as HealthMeasure }; // it is a key, as was just asked
}

/**
 * The rows of one measure, a row for each layer.
 *
 * @param layers - the series of that measure, by layer, over steps
 * @param rates - the learning rate over steps, as far as it is known: none, and it counts as constant
 */
export function healthCells(
  measure: HealthMeasure,
  layers: Readonly<Record<string, readonly DataPoint[]>>,
  rates: readonly DataPoint[] = [],
): Cells {
  const { words, severity } = healthMeasures[measure];
  const at = [...new Set(Object.values(layers).flatMap((points) => points.map(([x]) => x)))].sort(
    (a, b) => a - b,
  );
  const columns = Object.values(layers).map((points) => new Map(points));
  const share = shareOfHighest(rates);
  const circumstances = at.map((x) => ({
    typical: median(columns.map((column) => column.get(x) ?? Number.NaN)),
    rateShare: share(x),
  }));
  const rows = Object.keys(layers).map((name, i) => {
    const values = at.map((x) => columns[i]!.get(x) ?? Number.NaN);
    return { name, values, severity: values.map((value, k) => severity(value, circumstances[k]!)) };
  });
  return { title: words, label: "step", at, rows };
}

function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The rate at the logged step nearest to x, over the highest rate, as a function of x. */
function shareOfHighest(rates: readonly DataPoint[]): (x: number) => number {
  // A run that was resumed from further back told some steps twice.
  const known = rates.filter(([, rate]) => rate >= 0).sort(([a], [b]) => a - b);
  const highest = known.reduce((most, [, rate]) => Math.max(most, rate), 0);
  if (highest === 0) return () => 1;
  return (x) => (nearestPoint(known, x)?.[1] ?? highest) / highest;
}
