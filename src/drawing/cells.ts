import { tickLabel } from "./labels.ts";
import type { Mark, Scene } from "./scene.ts";
import { plain, type Style } from "./style.ts";
import { svgOf } from "./svg.ts";

/** How a row of cells turns a value into a shade: 0 is harmless, 1 is as bad as it gets. */
export interface CellRow {
  readonly name: string;
  readonly values: readonly number[];
  /** In [0, 1]; NaN where there is nothing to tell. */
  readonly severity: readonly number[];
}

/** One row of cells for each thing that is watched over time. */
export interface Cells {
  readonly title: string;
  readonly label: string;
  /** Where the cells stand along the axis: rising. */
  readonly at: readonly number[];
  readonly rows: readonly CellRow[];
}

/** Columns at most: neighbours share a cell, which shows the worst of them. */
const MOST_COLUMNS = 120;

/** Rows of cells as a scene: pale for what is harmless, the colour of alarm for what is not. */
export function cellScene(cells: Cells, style: Style = plain, width = 720): Scene {
  const { fontSize: em, faint, ink, titled, alarm, grid } = style;
  const longest = Math.max(4, ...cells.rows.map(({ name }) => name.length));
  const left = Math.min(0.4 * width, (longest * 0.56 + 1.5) * em);
  const [top, height] = [titled ? 3.3 * em : em, 1.6 * em];
  const inner = width - left - 1.3 * em;
  const share = Math.max(1, Math.ceil(cells.at.length / MOST_COLUMNS));
  const columns = Math.ceil(cells.at.length / share);
  const cell = inner / Math.max(1, columns);
  const text = (x: number, y: number, words: string, more: object = {}): Mark => ({
    ...{ shape: "text", x, y, text: words, fill: faint, ...more },
  });
  const marks: Mark[] = [
    ...(titled
      ? [
          text(left + inner / 2, 1.85 * em, cells.title, {
            anchor: "middle",
            bold: true,
            fill: ink,
          }),
        ]
      : []),
    ...cells.rows.flatMap(({ name, severity }, row): Mark[] => {
      const y = top + row * height;
      const boxes = Array.from({ length: columns }, (_, i): Mark => {
        const worst = Math.max(...severity.slice(i * share, (i + 1) * share).map(orNothing));
        const place = { x: left + i * cell, y: y + 1, width: Math.max(0.5, cell - 0.5) };
        const shade =
          worst < 0 ? { fill: grid, opacity: 0.4 } : { fill: alarm, opacity: 0.08 + 0.92 * worst };
        return { shape: "rect", ...place, height: height - 2, ...shade };
      });
      return [text(left - 0.5 * em, y + 1.15 * em, name, { anchor: "end", fill: ink }), ...boxes];
    }),
    ...(cells.at.length === 0
      ? []
      : [
          text(left, top + cells.rows.length * height + 1.3 * em, tickLabel(cells.at[0]!)),
          text(
            left + inner,
            top + cells.rows.length * height + 1.3 * em,
            tickLabel(cells.at.at(-1)!),
            {
              anchor: "end",
            },
          ),
        ]),
    text(left + inner / 2, top + cells.rows.length * height + 1.3 * em, cells.label, {
      anchor: "middle",
    }),
  ];
  const total = top + cells.rows.length * height + 2 * em;
  return { width, height: total, paper: style.paper, fontSize: em, marks };
}

const orNothing = (value: number): number => (Number.isFinite(value) ? Math.min(1, value) : -1);

/** Rows of cells as an SVG document. */
export const svgCells = (cells: Cells, style: Style = plain, width = 720): string =>
  svgOf(cellScene(cells, style, width));
