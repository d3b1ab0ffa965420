import type { RunRow } from "../../../src/studio/protocol.ts";

/** Runs that are equal but for the seed. */
export interface SeedGroup {
  readonly kind: "group";
  /** The same for as long as the runs are. */
  readonly key: string;
  readonly rows: readonly RunRow[];
}

export type ListItem = SeedGroup | { readonly kind: "run"; readonly row: RunRow };

const keys = new WeakMap<RunRow, string>();

/** What a run is but for its seed; two runs of the same key are repetitions of each other. */
function keyOf(row: RunRow): string {
  const known = keys.get(row);
  if (known !== undefined) return known;
  const { name, file, method, settings, sweep } = row;
  const own: unknown[] = [name, file, method, sweep];
  for (const key in settings) {
    if (key !== "seed") own.push(key, settings[key]);
  }
  const key = JSON.stringify(own);
  keys.set(row, key);
  return key;
}

/** Rows as they stand, with repetitions gathered at the first of them. */
export function groupSeeds(rows: readonly RunRow[]): ListItem[] {
  const members = new Map<string, RunRow[]>();
  for (const row of rows) {
    const key = row.seed === undefined ? row.id : keyOf(row);
    const found = members.get(key);
    if (found === undefined) members.set(key, [row]);
    else found.push(row);
  }
  return [...members].flatMap(([key, all]): ListItem[] => {
    // The same seed again is no repetition: such runs stand for themselves.
    const differ = new Set(all.map(({ seed }) => seed)).size > 1;
    return differ ? [{ kind: "group", key, rows: all }] : all.map((row) => ({ kind: "run", row }));
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
