import type { RunRow } from "../../../src/studio/protocol.ts";

/** Runs that are equal but for the seed, or the trials of a sweep. */
export interface RunGroup {
  readonly kind: "group";
  /** The sweep that they are trials of; undefined for repetitions of one run. */
  readonly sweep: string | undefined;
  /** The same for as long as the runs are. */
  readonly key: string;
  readonly rows: readonly RunRow[];
}

export type ListItem = RunGroup | { readonly kind: "run"; readonly row: RunRow };

const keys = new WeakMap<RunRow, string>();

/** What a run is but for its seed; two runs of the same key are repetitions of each other. */
function keyOf(row: RunRow): string {
  const known = keys.get(row);
  if (known !== undefined) return known;
  const { name, file, method, settings } = row;
  const own: unknown[] = [name, file, method];
  for (const key in settings) {
    if (key !== "seed") own.push(key, settings[key]);
  }
  const key = JSON.stringify(own);
  keys.set(row, key);
  return key;
}

/** Rows as they stand, with the trials of a sweep, and repetitions, gathered at the first of them. */
export function groupRuns(rows: readonly RunRow[]): ListItem[] {
  const members = new Map<string, RunRow[]>();
  for (const row of rows) {
    const { sweep } = row;
    const key =
      sweep !== undefined ? `sweep ${sweep}` : row.seed === undefined ? row.id : keyOf(row);
    const found = members.get(key);
    if (found === undefined) members.set(key, [row]);
    else found.push(row);
  }
  return [...members].flatMap(([key, all]): ListItem[] => {
    const sweep = all[0]?.sweep;
    // The same seed again is no repetition: such runs stand for themselves.
    const together =
      sweep === undefined ? new Set(all.map(({ seed }) => seed)).size > 1 : all.length > 1;
    return together
      ? [{ kind: "group", key, sweep, rows: all }]
      : all.map((row) => ({ kind: "run", row }));
  });
}

/** The middle value; the mean of the two in the middle of an even number. Undefined of none. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  if (upper === undefined || sorted.length % 2 === 1) return upper;
  return ((sorted[middle - 1] ?? upper) + upper) / 2;
}
