import { describe, expect, test } from "vitest";
import type { RunEvent } from "../training/events.ts";
import { type RunSeries, ratesOf, runPanels, undrawnSeries } from "./runPanels.ts";

const series = (name: string, count: number): RunSeries => {
  const logged = Array.from({ length: count }, (_, i) => [i, 1 / (i + 1)] as const);
  return { name, words: name, line: logged, logged };
};
const progress = (step: number): RunEvent => ({
  ...{ kind: "progress", step, loss: 1, gradientNorm: 0.5, learningRate: 0.1 },
  series: { steps: [], values: {} },
});

describe("the panels of a run", () => {
  test("are of what has three points, but for losses, which always have one", () => {
    const run = {
      series: [series("loss", 2), series("accuracy", 2), series("health/dead/0", 9)],
      events: [progress(1), progress(2)],
      noted: [],
    };
    expect(runPanels(run).map(({ label }) => label)).toEqual(["loss"]);
    expect(undrawnSeries(run).map(({ words }) => words)).toEqual([
      "accuracy",
      "gradient norm",
      "learning rate",
    ]);
    const longer = { ...run, events: [...run.events, progress(3)] };
    expect(runPanels(longer).map(({ label }) => label)).toEqual([
      "loss",
      "‖gradient‖",
      "step size",
    ]);
    expect(undrawnSeries(longer).map(({ words }) => words)).toEqual(["accuracy"]);
  });

  test("know the learning rate of its series, or else of what progress told", () => {
    expect(ratesOf([[7, 0.2]], [progress(1)])).toEqual([[7, 0.2]]);
    expect(ratesOf(undefined, [progress(1), progress(9)])).toEqual([
      [1, 0.1],
      [9, 0.1],
    ]);
    expect(ratesOf(undefined, [])).toEqual([]);
  });

  test("hold a short series beside a long one, as dots", () => {
    const run = { series: [series("a", 5), series("b", 2)], events: [], noted: [] };
    const [metrics] = runPanels(run);
    expect(metrics?.curves.map(({ as }) => as)).toEqual([undefined, "dots"]);
    expect(undrawnSeries(run)).toEqual([]);
  });
});
