import type { RunEvent } from "../training/events.ts";
import type { DataPoint, Rule } from "./chart.ts";
import type { PlacedCurve } from "./curveChart.ts";
import type { CurvePanel } from "./stack.ts";

/** A series of a run, over its steps. */
export interface RunSeries {
  readonly name: string;
  /** What it is called in the picture. */
  readonly words: string;
  readonly line: readonly DataPoint[];
  /** Those of its points that were logged as they are drawn. */
  readonly logged: readonly DataPoint[];
}

/** What a run told, as far as its curves show it. */
export interface RunCurves {
  readonly series: readonly RunSeries[];
  readonly events: readonly RunEvent[];
  /** Steps that somebody wrote a note on. */
  readonly noted: readonly number[];
}

const strips = ["gradientNorm", "learningRate", "stepSize", "noiseScale"];

/** The panels of a run: losses, other metrics, then strips of gradient norm, step size and noise scale; marks where something happened. */
export function runPanels(
  { series, events, noted }: RunCurves,
  place: (step: number) => number = (step) => step,
): CurvePanel[] {
  const rules = rulesOf(events, noted, place);
  const placed = (points: readonly DataPoint[]): DataPoint[] =>
    points.map(([step, value]) => [place(step), value]);
  const curveOf = ({ words, line, logged }: RunSeries): PlacedCurve => ({
    ...{ name: words, line: placed(line), logged: placed(logged) },
    ...(logged.length < 3 && { as: "dots" as const }),
  });
  const all = series.filter(({ name }) => !name.startsWith("health/"));
  // The training loss first: it has the first colour.
  const losses = all
    .filter(({ name }) => /loss$/i.test(name))
    .sort((a, b) => Number(b.name === "loss") - Number(a.name === "loss"));
  const metrics = all.filter(({ name }) => !/loss$/i.test(name) && !strips.includes(name));
  const strip = (
    label: string,
    names: readonly string[],
    told: "gradientNorm" | "learningRate" | undefined,
    hue: number,
  ): CurvePanel[] => {
    const recorded = all.find(({ name }) => names.includes(name)) ?? (told && toldBy(events, told));
    if (recorded === undefined) return [];
    return [{ label, curves: [{ ...curveOf(recorded), hue }], height: 92, rules }];
  };
  return [
    ...(losses.length === 0
      ? []
      : [{ label: "loss", curves: losses.map(curveOf), rules, height: 280 }]),
    ...(metrics.length === 0
      ? []
      : [{ label: "metrics", curves: metrics.map(curveOf), rules, height: 140 }]),
    ...strip("‖gradient‖", ["gradientNorm"], "gradientNorm", 3),
    ...strip("step size", ["stepSize", "learningRate"], "learningRate", 4),
    ...strip("noise scale", ["noiseScale"], undefined, 5),
  ];
}

/** What progress events told, where no series did: fewer points, of the steps that they were told at. */
function toldBy(
  events: readonly RunEvent[],
  name: "gradientNorm" | "learningRate",
): RunSeries | undefined {
  const points = events.flatMap((event): DataPoint[] => {
    if (event.kind !== "progress") return [];
    const value = event[name];
    return value === undefined ? [] : [[event.step, value]];
  });
  if (points.length === 0) return undefined;
  const words = name === "gradientNorm" ? "gradient norm" : "learning rate";
  return { name, words, line: points, logged: points };
}

const inks: Readonly<Partial<Record<RunEvent["kind"], Rule["ink"]>>> = {
  ...{ checkpoint: "axis", rollback: "alarm", plateau: "faint" },
  ...{ "saddle-left": "descent", note: "good" },
};

function rulesOf(
  events: readonly RunEvent[],
  noted: readonly number[],
  place: (step: number) => number,
): Rule[] {
  const happened = events.flatMap((event): Rule[] => {
    const ink = inks[event.kind];
    if (ink === undefined || !("step" in event)) return [];
    const tick = event.kind === "checkpoint" || event.kind === "note";
    return [{ from: place(event.step), ink, tick }];
  });
  const notes = noted.map((step): Rule => ({ from: place(step), ink: "good", tick: true }));
  return [...happened, ...notes];
}
