import { describe, expect, test } from "vitest";
import type { Mark } from "../../../src/drawing/scene.ts";
import { plain } from "../../../src/drawing/style.ts";
import type { Space } from "../../../src/search/sweep/space.ts";
import { bestOf, type SweepTrial } from "../../../src/search/sweep/sweepRecord.ts";
import { progressChart } from "./progressChart.ts";
import { parallelScene, passes, sliceScene, trialAxes, workersScene } from "./scenes.ts";

const space: Space = [
  { name: "rate", kind: "range", low: 1e-3, high: 0.1, scale: "log", whole: false },
  { name: "method", kind: "choice", values: ["adam", "sgd"] },
];
const trial = (
  number: number,
  rate: number,
  value: number,
  more: Partial<SweepTrial> = {},
): SweepTrial => ({
  ...{ number, settings: { rate, method: number % 2 ? "sgd" : "adam" }, share: 1 },
  ...{ status: "waiting", measured: [{ share: 1, value }], run: `r${number}`, why: undefined },
  spans: [
    { worker: number % 2, began: 1000 * number, ended: 1000 * number + 900, outcome: "told" },
  ],
  ...more,
});
const trials = [
  trial(0, 1e-3, 4),
  trial(1, 1e-2, 2),
  trial(2, 0.1, Number.POSITIVE_INFINITY),
  trial(3, 1e-2, Number.NaN, { status: "failed", measured: [], why: "killed" }),
  trial(4, 1e-2, 1, { measured: [{ share: 0.1, value: 1 }] }),
];
const objective = { metric: "loss", goal: "min" } as const;
const axes = trialAxes(space, trials, objective);
const shapes = (marks: readonly Mark[], shape: Mark["shape"]): number =>
  marks.filter((mark) => mark.shape === shape).length;

test("the best is among those that were trained furthest", () => {
  expect(bestOf(trials)?.number).toBe(1);
});

describe("axes", () => {
  test("place logarithms evenly, and choices in equal parts", () => {
    expect(axes.map(({ name }) => name)).toEqual(["rate", "method", "loss"]);
    expect(trials.map((one) => axes[0]?.place(one))).toEqual([0, 0.5, 1, 0.5, 0.5]);
    expect(trials.slice(0, 2).map((one) => axes[1]?.place(one))).toEqual([0.25, 0.75]);
    expect(axes[2]?.place(trials[2] ?? trial(0, 1, 1))).toBeNaN();
  });

  test("a score that is maximized is shown as it is", () => {
    const scores = trialAxes(space, [trial(0, 1e-2, -0.9), trial(1, 1e-2, -0.5)], {
      metric: "accuracy",
      goal: "max",
    });
    expect(scores[2]?.place(trial(0, 1e-2, -0.9))).toBe(1);
  });

  test("a brush lets through what lies in its span", () => {
    const brushes = new Map([["rate", [0.4, 0.6] as const]]);
    expect(trials.filter((one) => passes(one, axes, brushes)).map(({ number }) => number)).toEqual([
      1, 3, 4,
    ]);
  });
});

test("each trial is a line, a dot and a bar, whatever came of it", () => {
  const look = { best: 1, style: plain, width: 600 };
  const { marks } = parallelScene(axes, trials, { brushes: new Map(), ...look });
  expect(shapes(marks, "path")).toBe(trials.length + axes.length);
  expect(JSON.stringify(marks)).not.toMatch(/NaN|null/);
  const [across, up] = axes;
  if (across === undefined || up === undefined) throw new Error("no axes");
  const slice = sliceScene([across, up], trials, look).marks;
  expect(shapes(slice, "circle")).toBe(trials.length);
  expect(slice.filter((mark) => mark.shape === "circle" && mark.fill === undefined)).toHaveLength(
    3,
  );
  const bars = workersScene(trials, { now: 0, ...look }).marks;
  expect(shapes(bars, "rect")).toBe(trials.length);
});

test("a sweep of which nothing is known yet draws nothing, and does not fail", () => {
  const none = trialAxes(space, [], undefined);
  expect(() =>
    parallelScene(none, [], { brushes: new Map(), best: undefined, style: plain, width: 300 }),
  ).not.toThrow();
  expect(() => workersScene([], { now: 5, style: plain, width: 300 })).not.toThrow();
  expect(progressChart([], undefined).series[0]?.points).toEqual([]);
});

test("the best so far only improves, and only by whole trainings", () => {
  const [, best] = progressChart(trials, objective).series;
  expect(best?.points.map(([, y]) => y)).toEqual([4, 2, 2, 2, 2]);
});
