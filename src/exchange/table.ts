/** A cell: text, a number (NaN and infinities too), or nothing. */
export type Cell = string | number | undefined;

/** A column of a table; all columns of one are equally long. */
export interface Column {
  readonly name: string;
  readonly kind: "text" | "number";
  readonly cells: readonly Cell[];
}

/** What the files of numbers are made from: columns of equal length, in their order. */
export interface Table {
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** Rows that are cells by name, as a table: columns in the order in which their names first occur. */
export function tableOf(rows: readonly Readonly<Record<string, Cell>>[]): Table {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return {
    rows: rows.length,
    columns: [...names].map((name) => {
      const cells = rows.map((row) => row[name]);
      const isText = cells.some((cell) => typeof cell === "string");
      return isText
        ? {
            name,
            kind: "text",
            cells: cells.map((cell) => (cell === undefined ? cell : String(cell))),
          }
        : { name, kind: "number", cells };
    }),
  };
}
