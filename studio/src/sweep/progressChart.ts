import { wordsOf } from "../../../src/cli/format.ts";
import type { Chart, DataPoint } from "../../../src/drawing/chart.ts";
import { doneOf, type Objective, type SweepTrial } from "../../../src/search/sweep/sweepRecord.ts";
import { scaleFor, shownValue } from "./scenes.ts";

/** Ends of an axis that no dot stands on. */
function withRoom(values: readonly number[], scale: "log" | "linear"): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (scale === "log") {
    const factor = (high / low) ** 0.05;
    return [low / factor, high * factor];
  }
  const room = 0.05 * (high - low || Math.abs(high) || 1);
  return [low - room, high + room];
}

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
  const values = points.map(([, y]) => y).filter(Number.isFinite);
  const scale = scaleFor(values);
  return {
    title: "",
    x: { label: "trial", domain: [-0.5, Math.max(5, ...points.map(([x]) => x)) + 0.5] },
    y: {
      label: wordsOf(objective?.metric ?? "value"),
      ...{ scale, ...(values.length > 0 && { domain: withRoom(values, scale) }) },
    },
    series: [
      { name: "trials", points, as: "dots" },
      { name: "best so far", points: bests, as: "steps" },
    ],
    edgeMarks: true,
  };
}
