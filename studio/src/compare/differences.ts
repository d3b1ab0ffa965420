import { type SettingRow, settingRow, settingRows } from "../../../src/records/differences.ts";
import type { Setting } from "../../../src/records/runFacts.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";

/** The settings of runs beside each other, those that differ first; the seed is a row here. */
export function settingAndSeedRows(runs: readonly RunRow[]): SettingRow[] {
  const seed = settingRow(
    "seed",
    runs.map((run) => run.seed),
  );
  const rows = settingRows(runs);
  const same = rows.findIndex(({ differs }) => !differs);
  return seed.differs ? rows.toSpliced(same < 0 ? rows.length : same, 0, seed) : [...rows, seed];
}

/** What runs came to, beside each other. */
export function figureRows(runs: readonly RunRow[]): SettingRow[] {
  const metrics = new Set(runs.flatMap((run) => Object.keys(run.metrics)));
  const of = (name: string, value: (run: RunRow) => number | undefined): SettingRow =>
    settingRow(name, runs.map(value));
  return [
    of("loss", ({ loss }) => loss),
    of("best loss", ({ best }) => best),
    ...[...metrics].map((name) => of(name, (run) => run.metrics[name])),
    of("gradient norm", ({ gradientNorm }) => gradientNorm),
    of("steps", ({ steps }) => steps),
    of("time in seconds", ({ seconds }) => seconds),
  ].filter(({ values }) => values.some((value) => value !== undefined));
}

/**
 * A number as what it is beyond that of the baseline, and by how much of it.
 *
 * @returns undefined where one of them is no number
 */
export function deltaOf(
  value: Setting | undefined,
  baseline: Setting | undefined,
): { readonly difference: number; readonly share: number | undefined } | undefined {
  if (typeof value !== "number" || typeof baseline !== "number") return undefined;
  const difference = value - baseline;
  return { difference, share: baseline === 0 ? undefined : difference / Math.abs(baseline) };
}
