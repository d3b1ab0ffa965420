import type { Setting } from "../../../src/records/runFacts.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";

/** A setting or a figure of several runs. */
export interface CompareRow {
  readonly name: string;
  /** One for each run, in their order; undefined where a run has none. */
  readonly values: readonly (Setting | undefined)[];
  readonly differs: boolean;
}

const rowOf = (name: string, values: readonly (Setting | undefined)[]): CompareRow => ({
  ...{ name, values },
  differs: values.some((value) => !Object.is(value, values[0])),
});

/** The settings of runs beside each other, those that differ first; method and seed are settings here. */
export function settingRows(runs: readonly RunRow[]): CompareRow[] {
  const names = new Set(runs.flatMap(({ settings }) => Object.keys(settings)));
  const rows = [
    rowOf(
      "method",
      runs.map(({ method }) => method),
    ),
    ...[...names]
      .filter((name) => name !== "method")
      .map((name) =>
        rowOf(
          name,
          runs.map(({ settings }) => settings[name]),
        ),
      ),
    rowOf(
      "seed",
      runs.map(({ seed }) => seed),
    ),
    rowOf(
      "file",
      runs.map(({ file }) => file),
    ),
  ];
  return [...rows.filter(({ differs }) => differs), ...rows.filter(({ differs }) => !differs)];
}

/** What runs came to, beside each other. */
export function figureRows(runs: readonly RunRow[]): CompareRow[] {
  const metrics = new Set(runs.flatMap((run) => Object.keys(run.metrics)));
  return [
    rowOf(
      "loss",
      runs.map(({ loss }) => loss),
    ),
    rowOf(
      "best loss",
      runs.map(({ best }) => best),
    ),
    ...[...metrics].map((name) =>
      rowOf(
        name,
        runs.map((run) => run.metrics[name]),
      ),
    ),
    rowOf(
      "gradient norm",
      runs.map(({ gradientNorm }) => gradientNorm),
    ),
    rowOf(
      "steps",
      runs.map(({ steps }) => steps),
    ),
    rowOf(
      "seconds",
      runs.map(({ seconds }) => seconds),
    ),
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
