import type { RunFacts, Setting } from "./runFacts.ts";

/** A setting of several runs, beside each other. */
export interface SettingRow {
  readonly name: string;
  /** One for each run, in their order; undefined where a run has none. */
  readonly values: readonly (Setting | undefined)[];
  readonly differs: boolean;
  /** True for what follows from other settings, such as the number of parameters: it is no change by itself. */
  readonly follows: boolean;
}

/** What follows from the settings and the file. */
const consequences = new Set(["parameters"]);

/** The settings of runs, those that differ first. The seed, which groups them, is left out. */
export function settingRows(runs: readonly RunFacts[]): SettingRow[] {
  const names = new Set(runs.flatMap(({ settings }) => Object.keys(settings)));
  names.delete("seed");
  const row = (name: string, values: readonly (Setting | undefined)[]): SettingRow => ({
    ...{ name, values },
    differs: values.some((value) => !Object.is(value, values[0])),
    follows: consequences.has(name),
  });
  const method = row(
    "method",
    runs.map((run) => run.method),
  );
  const rows = [
    method,
    row(
      "file",
      runs.map(({ file }) => file),
    ),
    ...[...names].sort().map((name) =>
      row(
        name,
        runs.map(({ settings }) => settings[name]),
      ),
    ),
  ].filter(
    // What a user's file calls its method is the method once more.
    ({ name, values }, i) => i === 0 || name !== "method" || values.some((v) => v === undefined),
  );
  return [...rows.filter(({ differs }) => differs), ...rows.filter(({ differs }) => !differs)];
}

/** Runs that are equal but for the seed, in the order of their first; of several with one seed, the first. */
export function groupBySeed(runs: readonly RunFacts[]): RunFacts[][] {
  const groups = new Map<string, Map<number | string, RunFacts>>();
  for (const run of runs) {
    const key = settingsKey(run);
    const group = groups.get(key) ?? new Map<number | string, RunFacts>();
    groups.set(key, group);
    const seed = run.seed ?? run.id;
    if (!group.has(seed)) group.set(seed, run);
  }
  return [...groups.values()].map((group) => [...group.values()]);
}

/** All that makes two runs the same but for their seed: to be compared as a text. */
export function settingsKey({ file, method, settings }: RunFacts): string {
  const own = Object.entries(settings).filter(([name]) => name !== "seed");
  return JSON.stringify([file ?? null, method, own.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
