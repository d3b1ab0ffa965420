import type { RunRow } from "../../../src/studio/protocol.ts";

/** A word of the filter that is not understood, and where it stands in what was typed. */
export interface FilterProblem {
  readonly from: number;
  readonly to: number;
  readonly message: string;
}

export interface Filtered {
  readonly rows: readonly RunRow[];
  readonly problem: FilterProblem | undefined;
}

/** The rows that a filter lets through. */
export function filterRows(rows: readonly RunRow[], text: string): Filtered {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return { rows, problem: undefined };
  const found = rows.filter((row) => words.every((word) => textOf(row).includes(word)));
  return { rows: found, problem: undefined };
}

const textOf = ({ id, name, method }: RunRow): string => `${id} ${name} ${method}`.toLowerCase();
