import { formatNumber, wordsOf } from "../../../src/cli/format.ts";
import type { SettingRow } from "../../../src/records/differences.ts";
import type { Setting } from "../../../src/records/runFacts.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { hrefTo } from "../app/router.ts";
import { deltaOf } from "./differences.ts";

interface CompareTableProps {
  readonly caption: string;
  readonly runs: readonly RunRow[];
  readonly rows: readonly SettingRow[];
  /** The run whose numbers the others' are told against. */
  readonly baseline?: string | undefined;
}

/** Runs as columns, what they differ in as rows. */
export function CompareTable({ caption, runs, rows, baseline }: CompareTableProps) {
  const base = runs.findIndex(({ id }) => id === baseline);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="compare-scroll" tabIndex={0} aria-label={caption}>
      <table class="compare-table">
        <caption class="only-read">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="only-read">what</span>
            </th>
            {runs.map(({ id, name }) => (
              <th key={id} scope="col">
                <a href={hrefTo(`/run/${id}`)}>{id}</a> <span class="quiet">{name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, values, differs }) => (
            <tr key={name} class={differs ? "" : "same"}>
              <th scope="row">{wordsOf(name)}</th>
              {values.map((value, i) => (
                <td key={runs[i]?.id}>{cellOf(value, i === base ? undefined : values[base])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function cellOf(value: Setting | undefined, baseline: Setting | undefined): string {
  const delta = deltaOf(value, baseline);
  if (delta === undefined) {
    if (value === undefined) return "–";
    return typeof value === "number" ? formatNumber(value, 4) : String(value);
  }
  const { difference, share } = delta;
  if (difference === 0) return "=";
  const sign = difference > 0 ? "+" : "−";
  const size = `${sign}${formatNumber(Math.abs(difference), 3)}`;
  return share === undefined
    ? size
    : `${size} (${sign}${formatNumber(100 * Math.abs(share), 2)} %)`;
}
