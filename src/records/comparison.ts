import { type SettingRow, settingRows } from "./differences.ts";
import { differenceBetween, type MeasuredDifference, meanOf } from "./differenceTest.ts";
import { changeInWords, differenceInWords, figureName } from "./differenceWords.ts";
import type { RunFacts } from "./runFacts.ts";

/** A figure that runs came to: the loss, or a metric. */
export interface FigureRow {
  readonly name: string;
  /** Of each group, over its runs that have a finite one; undefined where none has. */
  readonly values: readonly (FigureSpread | undefined)[];
  /** Of each group against the baseline; undefined for that itself, and where one has no value. */
  readonly differences: readonly (MeasuredDifference | undefined)[];
}

export interface FigureSpread {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

/** What one group is against the baseline. */
export interface GroupVerdict {
  /** The settings that were changed, what only follows from them aside. */
  readonly changed: readonly SettingRow[];
  /** One sentence: what was changed, and what the first figure did. */
  readonly sentence: string;
  /** The same of the other figures. */
  readonly more: readonly string[];
  /** Why that must not be taken at its word. */
  readonly warnings: readonly string[];
}

/** Groups of runs (each equal but for the seed) beside each other. */
export interface Comparison {
  readonly baseline: number;
  /** Those that differ first; `values` has one for each group. */
  readonly settings: readonly SettingRow[];
  readonly figures: readonly FigureRow[];
  /** One for each group; undefined for the baseline. */
  readonly verdicts: readonly (GroupVerdict | undefined)[];
}

/**
 * Compares groups of runs with one of them: which settings differ, what each figure changed by and
 * whether that exceeds what seeds do, in words.
 *
 * @param groups - at least one run in each, equal but for the seed: see `groupBySeed`
 * @param baseline - the place of the group that the others are compared with
 */
export function compareGroups(groups: readonly (readonly RunFacts[])[], baseline = 0): Comparison {
  const heads = groups.map(([first]) => first!); // each has a run
  const settings = settingRows(heads);
  const figures = figureNames(groups).map((name) => figureRow(name, groups, baseline));
  const verdicts = groups.map((group, place) =>
    place === baseline ? undefined : verdictOf(group, place),
  );
  return { baseline, settings, figures, verdicts };

  function verdictOf(group: readonly RunFacts[], place: number): GroupVerdict {
    const base = groups[baseline] ?? [];
    const pair = settingRows([heads[baseline]!, heads[place]!]).filter(({ differs }) => differs);
    const changed = pair.filter(({ follows }) => !follows);
    const told = figures.flatMap(({ name, values, differences }) => {
      const [difference, from] = [differences[place], values[baseline]];
      if (difference === undefined || from === undefined) return [];
      return [`${figureName(name)} ${differenceInWords(name, difference, from.mean)}`];
    });
    const [first = "nothing was measured in both", ...more] = told;
    return {
      changed,
      sentence: `${changeInWords(changed, pair)}: ${first}`,
      more,
      warnings: warningsOf(base, group, changed),
    };
  }
}

function warningsOf(
  base: readonly RunFacts[],
  group: readonly RunFacts[],
  changed: readonly SettingRow[],
): string[] {
  const revisions = new Set([...base, ...group].map(({ revision }) => revision));
  const diverged = [...base, ...group].filter(
    ({ loss }) => loss !== undefined && !Number.isFinite(loss),
  );
  const running = [...base, ...group].filter(({ status }) => status !== "ended");
  return [
    ...(changed.length > 1
      ? [
          `${changed.length} settings changed (${changed.map(({ name }) => name).join(", ")}): which of them did it cannot be told; change one at a time`,
        ]
      : []),
    ...(revisions.size > 1 && !revisions.has(undefined)
      ? ["the code may have changed as well: the runs are of different commits"]
      : []),
    ...(diverged.length > 0
      ? [`left out, because the loss is not finite: ${diverged.map(({ id }) => id).join(", ")}`]
      : []),
    ...(running.length > 0
      ? [`not ended: ${running.map(({ id, status }) => `${id} (${status})`).join(", ")}`]
      : []),
  ];
}

/** Metrics of held-out data first, then other metrics, then the loss: the order of what one asks first. */
function figureNames(groups: readonly (readonly RunFacts[])[]): string[] {
  const metrics = new Set(groups.flat().flatMap(({ metrics }) => Object.keys(metrics)));
  const heldOut = (name: string): number => (/^(test|val|valid|validation)/i.test(name) ? 0 : 1);
  return [...[...metrics].sort((a, b) => heldOut(a) - heldOut(b)), "loss"];
}

function figureRow(
  name: string,
  groups: readonly (readonly RunFacts[])[],
  baseline: number,
): FigureRow {
  const bySeed = groups.map((group) => {
    const found = new Map<number | string, number>();
    for (const run of group) {
      const value = name === "loss" ? run.loss : run.metrics[name];
      if (value !== undefined && Number.isFinite(value)) found.set(run.seed ?? run.id, value);
    }
    return found;
  });
  return {
    name,
    values: bySeed.map((values) => {
      const list = [...values.values()];
      if (list.length === 0) return undefined;
      const [low, high] = [Math.min(...list), Math.max(...list)];
      return { mean: meanOf(list), low, high, runs: list.length };
    }),
    differences: bySeed.map((values, place) =>
      place === baseline ? undefined : differenceBetween(bySeed[baseline]!, values),
    ),
  };
}
