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

/** What several runs have of one name, beside each other. */
export const settingRow = (name: string, values: SettingRow["values"]): SettingRow => ({
  ...{ name, values },
  differs: values.some((value) => !Object.is(value, values[0])),
  follows: consequences.has(name),
});

/** The settings of runs, those that differ first. The seed, which groups them, is left out. */
export function settingRows(runs: readonly RunFacts[]): SettingRow[] {
  const names = new Set(runs.flatMap(({ settings }) => Object.keys(settings)));
  names.delete("seed");
  const of = (name: string, value: (run: RunFacts) => Setting | undefined): SettingRow =>
    settingRow(name, runs.map(value));
  const rows = [
    of("method", ({ method }) => method),
    of("file", ({ file }) => file),
    ...[...names].sort().map((name) => of(name, ({ settings }) => settings[name])),
  ].filter(
    // What a user's file calls its method is the method once more.
    ({ name, values }, i) => i === 0 || name !== "method" || values.some((v) => v === undefined),
  );
  return [...rows.filter(({ differs }) => differs), ...rows.filter(({ differs }) => !differs)];
}

/** Runs that are equal but for the seed, in the order of their first; of several with one seed, the first. */
export function groupBySeed<R extends RunFacts>(runs: readonly R[]): R[][] {
  const groups = new Map<string, Map<number | string, R>>();
  for (const run of runs) {
    const key = settingsKey(run);
    const group = groups.get(key) ?? new Map<number | string, R>();
    groups.set(key, group);
    const seed = run.seed ?? run.id;
    if (!group.has(seed)) group.set(seed, run);
  }
  return [...groups.values()].map((group) => [...group.values()]);
}

/**
 * The runs that were named, in groups of those equal but for the seed, with what else was run of each group: what has
 * ended, was not put away, and has a name of theirs: who names runs apart means them apart. In each group the one that was named first comes first, for it stands for the others,
 * which follow by seed.
 */
export function withRepetitions<R extends RunFacts>(named: readonly R[], all: readonly R[]): R[][] {
  const known = new Set(named.map(({ id }) => id));
  const keyOf = (run: RunFacts): string => `${settingsKey(run)} ${run.name}`;
  const keys = new Set(named.map(keyOf));
  const others = all.filter(
    (run) =>
      !known.has(run.id) && !run.archived && run.status !== "running" && keys.has(keyOf(run)),
  );
  return groupBySeed([...named, ...others]).map(([head, ...rest]) => [
    head!, // a group has a run
    ...rest.sort((a, b) => (a.seed ?? 0) - (b.seed ?? 0)),
  ]);
}

/** All that makes two runs the same but for their seed, as a text to be compared. */
function settingsKey({ file, method, settings }: RunFacts): string {
  const own = Object.entries(settings).filter(([name]) => name !== "seed");
  return JSON.stringify([file ?? null, method, own.sort(([a], [b]) => (a < b ? -1 : 1))]);
}
