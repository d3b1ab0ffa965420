import type { ComponentChildren } from "preact";
import { formatNumber } from "../../../src/cli/format.ts";

/** Rows to be read instead of a picture. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Rows that are shown; the file that is exported has all. */
const MOST_ROWS = 200;

/** Data as a table; of a long one every n-th row, and its last. */
export function DataTable({ caption, table }: { readonly caption: string; readonly table: Table }) {
  const { head, rows } = table;
  const every = Math.max(1, Math.ceil(rows.length / MOST_ROWS));
  const shown = rows.filter((_, i) => i % every === 0 || i === rows.length - 1);
  const cell = (value: string | number): string =>
    typeof value === "number" ? formatNumber(value, 5) : value;
  const more = every > 1 ? `, every ${every}th of ${rows.length} rows; the CSV file has all` : "";
  return (
    <TableFrame label={`Table: ${caption}`} caption={caption + more} head={head}>
      {shown.map((row, i) => (
        <tr key={i}>
          {row.map((value, k) => (
            <td key={k}>{cell(value)}</td>
          ))}
        </tr>
      ))}
    </TableFrame>
  );
}

interface TableFrameProps {
  readonly label: string;
  readonly caption: string;
  readonly head: readonly string[];
  /** The rows. */
  readonly children: ComponentChildren;
}

/** A table in a place of its own that scrolls where it is too narrow. */
export function TableFrame({ label, caption, head, children }: TableFrameProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="data-table" tabIndex={0} aria-label={label}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
