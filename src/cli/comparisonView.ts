import type { AlignedCurves } from "../records/alignedCurves.ts";
import type { Comparison, FigureSpread } from "../records/comparison.ts";
import { equalButForSeed, figureName, settingInWords } from "../records/differenceWords.ts";
import type { RunFacts } from "../records/runFacts.ts";
import type { RunSummary } from "../runs/run.ts";
import { formatNumber, formatTable, wrap } from "./format.ts";
import type { Output } from "./output.ts";
import { paintStatus } from "./runView.ts";
import { terminalChart } from "./terminalChart.ts";

/** Runs that are equal but for the seed; the first stands for all. */
export interface ComparedGroup {
  readonly facts: readonly RunFacts[];
  readonly runs: readonly RunSummary[];
}

/** How high the loss rises between the ends of two runs, and how far they are apart. */
export interface PathBarriers {
  readonly line: number;
  readonly curve: number | undefined;
  readonly distance: number;
}

/** All that `nadir compare` tells. */
export interface ComparisonToTell {
  readonly groups: readonly ComparedGroup[];
  readonly comparison: Comparison;
  readonly curves: AlignedCurves;
  readonly metric: string;
  readonly path: PathBarriers | undefined;
  /** Equal settings too. */
  readonly all: boolean;
}

/** A comparison as the terminal shows it: a table of what differs, the curves, and the verdicts in words. */
export function comparisonInWords(told: ComparisonToTell, output: Output): string {
  const { comparison, curves } = told;
  const { colors, columns } = output;
  const sentences = comparison.verdicts.flatMap((verdict, i) => {
    if (verdict === undefined) return [];
    const label = told.groups.length > 2 ? `${labelOf(told.groups[i])}  ` : "";
    return [
      `${label}${colors.bold(verdict.sentence)}`,
      ...verdict.more.map((line) => `  ${line}`),
      ...verdict.warnings.map((line) => colors.yellow(wrap(`! ${line}`, columns, ""))),
    ];
  });
  const alone = told.groups.length > 1 ? [] : [equalButForSeed];
  return [
    tableOf(told, output),
    ...(curves.x.length > 1 ? ["", chartOf(told, output)] : []),
    "",
    ...alone,
    ...sentences,
  ].join("\n");
}

const labelOf = (group: ComparedGroup | undefined): string =>
  group === undefined
    ? ""
    : `${group.runs[0]?.id}${group.runs.length > 1 ? ` ×${group.runs.length}` : ""}`;

function tableOf({ groups, comparison, path, all }: ComparisonToTell, output: Output): string {
  const { colors } = output;
  const heads = groups.map((group, i) => {
    const label = colors.bold(labelOf(group));
    return i === comparison.baseline && groups.length > 1
      ? `${label} ${colors.dim("baseline")}`
      : label;
  });
  const equal = comparison.settings.filter(({ differs }) => !differs).length;
  const shown = comparison.settings.filter(({ differs }) => all || differs);
  const settings = shown.map(({ name, values, differs }) => [
    differs ? name : colors.dim(name),
    ...values.map(settingInWords),
  ]);
  const figures = comparison.figures.flatMap(({ name, values }) =>
    values.every((value) => value === undefined)
      ? []
      : [[figureName(name), ...values.map((value) => spreadInWords(value))]],
  );
  const verdicts = [
    "verdict",
    ...groups.map(({ runs }) =>
      [...new Set(runs.map((run) => paintStatus(run, colors)))].join(", "),
    ),
  ];
  const between =
    path === undefined
      ? []
      : [
          `path  barrier ${formatNumber(path.line)} on the line${
            path.curve === undefined ? "" : `, ${formatNumber(path.curve)} on the curve`
          }; the ends are ${formatNumber(path.distance)} apart`,
        ];
  return [
    formatTable([["", ...heads], ...settings, ...figures, verdicts]),
    ...(all || equal === 0
      ? []
      : [colors.dim(`(${equal} setting${equal === 1 ? "" : "s"} equal)`)]),
    ...between,
  ].join("\n");
}

const spreadInWords = (value: FigureSpread | undefined): string =>
  value === undefined
    ? "–"
    : value.low === value.high
      ? formatNumber(value.mean, 4)
      : `${formatNumber(value.mean, 4)} (${formatNumber(value.low)} … ${formatNumber(value.high)})`;

function chartOf({ groups, curves, metric }: ComparisonToTell, output: Output): string {
  return terminalChart(
    {
      width: Math.max(20, Math.min(72, output.columns - 12)),
      height: 8,
      curves: groups.map((group, i) => ({
        name: `${figureName(metric)} ${labelOf(group)}`,
        values: curves.median[i] ?? [],
      })),
      from: curves.x[0] ?? 0,
      to: curves.x.at(-1) ?? 0,
      axis: curves.axis,
    },
    output.colors,
  );
}
