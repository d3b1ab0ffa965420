import type { Setting } from "../../../src/records/runFacts.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";

/** Which settings are worth a column among some runs. */
export interface SettingColumns {
  /** Those whose values differ, the most telling first. */
  readonly differing: readonly string[];
  /** Those that are the same in all, with that value. */
  readonly same: readonly (readonly [name: string, value: Setting])[];
}

/**
 * Columns choose themselves: a setting is told where it differs. The order is by how evenly its values
 * are spread (the entropy), which tells more runs apart than one odd value does; a setting with another
 * value in nearly every run, such as a path, comes last.
 */
export function chooseColumns(rows: readonly RunRow[]): SettingColumns {
  const counts = new Map<string, Map<Setting | undefined, number>>();
  rows.forEach((row, i) => {
    for (const name in row.settings) {
      let values = counts.get(name);
      if (values === undefined) {
        values = new Map(i === 0 ? [] : [[undefined, i]]);
        counts.set(name, values);
      }
      const value = row.settings[name] ?? null;
      values.set(value, (values.get(value) ?? 0) + 1);
    }
  });
  const scored: { readonly name: string; readonly score: number }[] = [];
  const same: [string, Setting][] = [];
  for (const [name, values] of counts) {
    let told = 0;
    for (const count of values.values()) told += count;
    if (told < rows.length)
      values.set(undefined, (values.get(undefined) ?? 0) + rows.length - told);
    const [only] = values.keys();
    if (values.size === 1 && only !== undefined) same.push([name, only]);
    else if (values.size > 1) scored.push({ name, score: scoreOf(values, rows.length) });
  }
  scored.sort((a, b) => b.score - a.score);
  return { differing: scored.map(({ name }) => name), same };
}

function scoreOf(values: ReadonlyMap<unknown, number>, total: number): number {
  let entropy = 0;
  for (const count of values.values()) entropy -= (count / total) * Math.log2(count / total);
  const nearlyAll = values.size > 8 && values.size > 0.8 * total;
  return nearlyAll ? entropy / 100 : entropy;
}
