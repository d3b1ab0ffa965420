import type { BenchCase } from "./case.ts";
import type { BenchReport, Row } from "./measurement.ts";

/** A case's rows as aligned text under its title: system, time, spread, threads, ratio, and what else is known. */
export function caseTable(benchCase: BenchCase, rows: readonly Row[]): string {
  const cells = rows.map((row) =>
    row.medianMs === null
      ? [row.system, "–"]
      : [
          row.system,
          duration(row.medianMs),
          row.spread ? `${duration(row.spread[0])} – ${duration(row.spread[1])}` : "",
          row.threads === 1 ? "1 thread" : `${row.threads} threads`,
          row.ratio === null ? "" : `${significant(row.ratio)} ×`,
        ],
  );
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(0, ...cells.map((line) => (line[column] ?? "").length)),
  );
  const lines = rows.map((row, i) => {
    const line = cells[i] ?? [];
    if (row.medianMs === null) return `  ${(line[0] ?? "").padEnd(widths[0] ?? 0)}  ${row.missing}`;
    const [name = "", ...numbers] = line;
    const padded = numbers.map((cell, column) => cell.padStart(widths[column + 1] ?? 0));
    return `  ${name.padEnd(widths[0] ?? 0)}  ${padded.join("  ")}  ${remarks(row)}`.trimEnd();
  });
  return [benchCase.title, ...lines].join("\n");
}

/** The line under all tables: where and with what this was measured. */
export function footer(report: BenchReport): string {
  const { machine, systems, seconds } = report;
  const versions = systems.flatMap(({ versions: [first] }) => (first ? [first] : []));
  const busy =
    machine.load > 0.5
      ? `\nThe machine was busy (load ${machine.load.toFixed(1)}): times are too long, ratios rough.`
      : "";
  return (
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${machine.date.slice(0, 10)}: ` +
    `${versions.join(", ")}. Medians with 10th and 90th percentile; ` +
    `ratios are times over nadir's. Took ${seconds.toFixed(0)} s.${busy}`
  );
}

function remarks(row: Row): string {
  const { solved, evaluations } = row;
  return [
    row.variant,
    solved && `solved ${solved[0]} of ${solved[1]}`,
    row.timesGradient === undefined ? undefined : `${significant(row.timesGradient)} gradients`,
    row.accuracy === undefined ? undefined : `test accuracy ${(100 * row.accuracy).toFixed(1)} %`,
    evaluations && `f/g/h ${evaluations.value}/${evaluations.gradient}/${evaluations.hessian}`,
    row.note,
  ]
    .filter((part) => part !== undefined)
    .join(", ");
}

/** Milliseconds in the unit that reads best, three significant digits. */
export function duration(ms: number): string {
  if (ms < 1) return `${significant(1000 * ms)} µs`;
  return ms < 1000 ? `${significant(ms)} ms` : `${significant(ms / 1000)} s`;
}

const significant = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
