import { type FilterProblem, parseFilter, unmatched } from "../../../src/records/filter.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";

export interface Filtered {
  readonly rows: readonly RunRow[];
  /** What is not understood, and so has no effect; or else why nothing is found. */
  readonly problem: FilterProblem | undefined;
}

/** The rows that a filter lets through: the language of `nadir ls`. */
export function filterRows(rows: readonly RunRow[], text: string, now: number): Filtered {
  if (text.trim() === "") return { rows, problem: undefined };
  const filter = parseFilter(text, now);
  const found = rows.filter(filter.matches);
  const [first] = filter.problems;
  if (first !== undefined || found.length > 0) return { rows: found, problem: first };
  return { rows: found, problem: unmatched(filter, rows)[0] };
}
