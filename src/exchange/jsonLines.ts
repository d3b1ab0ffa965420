import type { Table } from "./table.ts";

/** Rows written as one piece. */
const PIECE = 4096;

/**
 * A table as JSON Lines: an object for each row, without the cells that hold nothing. JSON has no NaN and no
 * infinities: they are the texts "NaN", "Infinity" and "-Infinity".
 */
export function* jsonLines({ rows, columns }: Table): Generator<string> {
  for (let from = 0; from < rows; from += PIECE) {
    let piece = "";
    for (let row = from; row < Math.min(rows, from + PIECE); row++) {
      const cells = columns.map(({ name, cells }) => [name, cells[row]]);
      piece += `${JSON.stringify(Object.fromEntries(cells), readable)}\n`;
    }
    yield piece;
  }
}

const readable = (_key: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
