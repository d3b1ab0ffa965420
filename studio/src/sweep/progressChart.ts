import { wordsOf } from "../../../src/cli/format.ts";
import type { Chart, DataPoint } from "../../../src/drawing/chart.ts";
import { doneOf, type Objective, type SweepTrial } from "../../../src/search/sweep/sweepRecord.ts";
import { shownValue } from "./scenes.ts";

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
  const finite = points.map(([, y]) => y).filter(Number.isFinite);
  const isLog =
    finite.length > 0 && Math.min(...finite) > 0 && Math.max(...finite) > 20 * Math.min(...finite);
  return {
    title: "",
    x: { label: "trial" },
    y: { label: wordsOf(objective?.metric ?? "value"), scale: isLog ? "log" : "linear" },
    series: [
      { name: "trials", points, as: "dots" },
      { name: "best so far", points: bests, as: "steps" },
    ],
    edgeMarks: true,
  };
}
