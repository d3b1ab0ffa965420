import { wordsOf } from "../../../src/cli/format.ts";
import type { Chart, DataPoint } from "../../../src/drawing/chart.ts";
import { doneOf, type Objective, type SweepTrial } from "../../../src/search/sweep/sweepRecord.ts";
import { scaleFor, shownValue } from "./scenes.ts";

/** What each trial came to, in the order of their numbers, and the best of those trained whole so far. */
export function progressChart(
  trials: readonly SweepTrial[],
  objective: Objective | undefined,
): Chart {
  const points = trials.map((trial): DataPoint => [trial.number, shownValue(trial, objective)]);
  const isBetter = (a: number, b: number): boolean => (objective?.goal === "max" ? a > b : a < b);
  let best = Number.NaN;
  const bests = trials.map((trial): DataPoint => {
    const value = shownValue(trial, objective);
    if (doneOf(trial) >= 1 && Number.isFinite(value) && !(isBetter(best, value) || best === value))
      best = value;
    return [trial.number, best];
  });
  return {
    title: "",
    x: { label: "trial" },
    y: {
      label: wordsOf(objective?.metric ?? "value"),
      scale: scaleFor(points.map(([, y]) => y)),
    },
    series: [
      { name: "trials", points, as: "dots" },
      { name: "best so far", points: bests, as: "steps" },
    ],
    edgeMarks: true,
  };
}
