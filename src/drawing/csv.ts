import type { Cells } from "./cells.ts";
import type { Chart } from "./chart.ts";
import type { Contours } from "./contour.ts";

/** What a chart draws, as comma-separated values: `series,x,y,low,high`, a line for each point. */
export function csvOfChart({ x, y, series }: Chart): string {
  const rows = series.flatMap(({ name, points, band = [] }) => {
    const about = new Map(band.map(([at, low, high]) => [at, [low, high]]));
    return points.map(([px, py]) => [name, px, py, ...(about.get(px) ?? ["", ""])]);
  });
  return commaSeparated([["series", x.label, y.label, "low", "high"], ...rows]);
}

/** A map as comma-separated values: a line for each place of the grid. */
export function csvOfContours({ x, y, values }: Contours): string {
  const rows = Array.from(values, (value, i) => [
    x.at[Math.floor(i / y.at.length)]!,
    y.at[i % y.at.length]!,
    value,
  ]);
  return commaSeparated([[x.label, y.label, "loss"], ...rows]);
}

/** Rows of cells, the names of the columns first, as RFC 4180 has it but with bare line feeds. */
export const commaSeparated = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.map(cell).join(",")}\n`).join("");

/** RFC 4180: quoted where it must be. */
function cell(value: string | number): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows of cells as comma-separated values: a line for each place of the axis, a column for each row. */
export function csvOfCells({ label, at, rows }: Cells): string {
  const head = [label, ...rows.map(({ name }) => name)];
  return commaSeparated([
    head,
    ...at.map((x, i) => [x, ...rows.map(({ values }) => values[i] ?? "")]),
  ]);
}
