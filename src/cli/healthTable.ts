import { type LayerHealth, healthMeasures as valuesOf } from "../diagnosis/health.ts";
import { healthMeasures } from "../drawing/health.ts";
import { formatNumber, formatPercent, formatTable } from "./format.ts";
import type { Colors } from "./output.ts";

/** Columns of figures, as they are headed. */
const columns = {
  weightNorm: "‖w‖",
  gradientNorm: "‖g‖",
  updateRatio: "‖Δw‖/‖w‖",
  activationRms: "output",
  deadFraction: "dead",
  saturatedFraction: "saturated",
  batchNormDrift: "drift",
  residualRatio: "branch/skip",
} as const;
type Column = keyof typeof columns;

/** From these severities on a figure is marked. */
const [slight, grave] = [0.2, 0.5] as const;

/**
 * How layers stood when they were last looked at, a row for each; of updates, whose size follows the rate, the median of all looks. Columns that say nothing are left out. A figure that is out of its healthy
 * range is followed by `!`, one that is far out by `✗`.
 */
export function healthTable(looks: readonly (readonly LayerHealth[])[], colors: Colors): string {
  const layers = looks.at(-1) ?? [];
  const ratios = (name: string): number =>
    median(looks.flatMap((look) => look.find(({ layer }) => layer === name)?.updateRatio ?? []));
  const values: Readonly<Record<string, number>>[] = layers.map((layer) => ({
    ...valuesOf(layer),
    ...(layer.updateRatio !== undefined && { updateRatio: ratios(layer.layer) }),
  }));
  const typical = median(values.map(({ gradientNorm }) => gradientNorm ?? Number.NaN));
  const used = (Object.keys(columns) as Column[]).filter((name) =>
    values.some((own) => own[name] !== undefined),
  );
  const cell = (name: Column, value: number | undefined): string => {
    if (value === undefined) return "";
    const text = /Fraction$/.test(name) ? formatPercent(value) : formatNumber(value);
    const severity = name in healthMeasures ? severityOf(name, value, typical) : 0;
    if (severity >= grave) return colors.red(`${text} ✗`);
    return severity >= slight ? colors.yellow(`${text} !`) : `${text}  `;
  };
  const rows = layers.map(({ layer, kind, activation }, i) => [
    layer,
    colors.dim(
      activation === undefined || activation.of === "output" ? kind : `${kind} · ${activation.of}`,
    ),
    ...used.map((name) => cell(name, values[i]![name])),
  ]);
  const head = ["layer", "", ...used.map((name) => `${columns[name]}  `)].map(colors.dim);
  return formatTable([head, ...rows], new Set(used.map((_, i) => i + 2)));
}

function severityOf(name: string, value: number, typical: number): number {
  const measure = healthMeasures[name as keyof typeof healthMeasures]; // asked for where it is a key
  return measure.severity(value, { typical, rateShare: 1 });
}

function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
