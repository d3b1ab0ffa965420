import type { Mark, Scene } from "./scene.ts";
import { plain, type Style } from "./style.ts";

/** A matrix, as means over blocks of it. */
export interface HeatMap {
  /** Of the tensor as a matrix: its first axis, and all others together. */
  readonly ofRows: number;
  readonly ofColumns: number;
  readonly rows: number;
  readonly columns: number;
  /** Row-major; NaN for a block without a finite value. */
  readonly values: readonly number[];
}

/**
 * A matrix as a picture: a cell for each block, one ink for what is positive and another for what is negative, the stronger the
 * further from 0; blank where nothing is finite.
 */
export function heatScene(map: HeatMap, style: Style = plain, width = 360): Scene {
  const { fontSize: em, curves, descent, paper, faint } = style;
  const { rows, columns, values } = map;
  const most = values.reduce((sum, value) => Math.max(sum, Math.abs(value) || 0), 0);
  const side = Math.min(14, (width - 2 * em) / Math.max(1, columns));
  const [left, top] = [em, 0.5 * em];
  const cells = values.flatMap((value, i): Mark[] => {
    if (!Number.isFinite(value)) return [];
    const [row, column] = [Math.floor(i / columns), i % columns];
    const place = { x: left + column * side, y: top + row * side, width: side, height: side };
    const fill = value < 0 ? descent : curves[0]!;
    return [{ shape: "rect", ...place, fill, opacity: most > 0 ? Math.abs(value) / most : 0 }];
  });
  const bottom = top + rows * side;
  const words = `${map.ofRows} × ${map.ofColumns}`;
  const blocks =
    rows < map.ofRows || columns < map.ofColumns ? `, ${rows} × ${columns} blocks` : "";
  const label: Mark = {
    ...{ shape: "text", x: left, y: bottom + 1.4 * em, text: `${words}${blocks}`, fill: faint },
  };
  return { width, height: bottom + 2 * em, paper, fontSize: em, marks: [...cells, label] };
}

/** A heat map as comma-separated values: a line for each row of blocks. */
export const csvOfHeat = ({ columns, values }: HeatMap): string =>
  Array.from({ length: values.length / Math.max(1, columns) }, (_, row) =>
    values.slice(row * columns, (row + 1) * columns).join(","),
  )
    .map((line) => `${line}\n`)
    .join("");
