import type { Outcomes } from "../kernel/protocol.ts";
import { fromSlider, type SettingRange } from "../methods.ts";

/** Learning rates along the map, and values of the second setting up it. */
export const mapSize = { rates: 36, rows: 20 } as const;
/** Steps that each setting is given. */
export const mapSteps = 1000;

/** The gradient norm that counts as reached: coarser than a verdict's, for every setting gets as few steps. */
export const mapTolerance = 1e-4;

/** The settings that a map shows. */
export interface MapAxes {
  readonly rates: readonly number[];
  readonly second: readonly number[];
}

/** Settings evenly spread over the sliders of two ranges. */
export const axesOf = (rate: SettingRange, second: SettingRange): MapAxes => ({
  rates: spread(rate, mapSize.rates),
  second: spread(second, mapSize.rows),
});

const spread = (range: SettingRange, count: number): number[] =>
  Array.from({ length: count }, (_, i) => fromSlider(range, i / (count - 1)));

/** What became of a place, in order of the picture's colours. */
export type Outcome = "converged" | "diverged" | "not yet" | "unknown";

export const outcomeOf = (steps: number | undefined): Outcome =>
  steps === undefined ? "unknown" : steps > 0 ? "converged" : steps < 0 ? "diverged" : "not yet";

/** How quickly a place converged: 1 in one step, 0 in all that it was given. */
export const quickness = (steps: number, most: number): number =>
  1 - Math.log(Math.max(1, steps)) / Math.log(Math.max(2, most));

/** A map in numbers: how many of each outcome, and the quickest place. */
export interface MapTold {
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly best:
    | { readonly rate: number; readonly second: number; readonly steps: number }
    | undefined;
}

export function tellMap(rows: readonly (Outcomes | undefined)[], axes: MapAxes): MapTold {
  const counts = { converged: 0, diverged: 0, "not yet": 0, unknown: 0 };
  let best: MapTold["best"];
  for (let j = 0; j < axes.second.length; j++) {
    for (let i = 0; i < axes.rates.length; i++) {
      const steps = rows[j]?.steps[i];
      counts[outcomeOf(steps)]++;
      if (steps !== undefined && steps > 0 && (best === undefined || steps < best.steps))
        best = { rate: axes.rates[i]!, second: axes.second[j]!, steps };
    }
  }
  return { counts, best };
}

/** A map in a sentence. */
export function sentenceOf({ counts, best }: MapTold): string {
  const { converged, diverged, unknown } = counts;
  const parts = [
    `${converged} converge`,
    `${diverged} diverge`,
    `${counts["not yet"]} are not there yet`,
  ];
  const left = unknown > 0 ? `, ${unknown} to come` : "";
  const quickest =
    best === undefined ? "" : ` Quickest: ${best.steps} steps at ${best.rate} and ${best.second}.`;
  return `Of ${converged + diverged + counts["not yet"] + unknown} settings ${parts.join(", ")}${left}.${quickest}`;
}

/** The place of a map that is nearest to a setting. */
export const nearestIndex = (values: readonly number[], value: number): number =>
  values.reduce(
    (best, each, i) => (Math.abs(each - value) < Math.abs(values[best]! - value) ? i : best),
    0,
  );
