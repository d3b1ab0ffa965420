import { type Share, shareOf } from "../methods/solvers/global/share.ts";
import type { SearchResult } from "../training/minimize.ts";
import { formatCount, formatNumber, formatTable } from "./format.ts";
import type { Output } from "./output.ts";

/** Minima that are listed; the others are counted. */
const listed = 10;

/** The distinct minima that a search has seen, as lines for a reader: the lowest, how often each was reached, and where. */
export function minimaLines(
  { minima, localSearches }: SearchResult<unknown>,
  { colors }: Output,
  write: (x: unknown) => string,
): readonly (readonly [string, string])[] {
  if (minima.length === 0) return [];
  const rows = minima.slice(0, listed).map(({ value, reached, x }) => {
    const share = shareOf(reached, localSearches);
    return [formatNumber(value, 6), `${reached} of ${localSearches}`, percent(share), write(x)];
  });
  const head = ["value", "reached", "share (95 %)", "x"].map((word) => colors.dim(word));
  const table = formatTable([head, ...rows], new Set([0, 1])).split("\n");
  const rest = minima.length - rows.length;
  return [
    ["minima", `${formatCount(minima.length)} distinct, the lowest first`],
    ...table.map((line) => ["", line] as const),
    ...(rest > 0 ? ([["", `and ${formatCount(rest)} higher ones`]] as const) : []),
  ];
}

/** `8.3 % (3.3 – 20)`. */
const percent = ({ count, of, low, high }: Share): string => {
  const digits = (part: number): string => formatNumber(100 * part, 2);
  return `${digits(count / of)} % (${digits(low)} – ${digits(high)})`;
};
