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

/** Points from which on a series beside the losses is worth a picture: two dots say less than two numbers. */
const FEWEST = 3;
const strips = ["gradientNorm", "learningRate", "stepSize", "noiseScale"];

/** The panels of a run: losses, other metrics, then strips of gradient norm, step size and noise scale; marks where something happened. */
export function runPanels(
  run: RunCurves,
  place: (step: number) => number = (step) => step,
): CurvePanel[] {
  const rules = rulesOf(run.events, run.noted, place);
  const placed = (points: readonly DataPoint[]): DataPoint[] =>
    points.map(([step, value]) => [place(step), value]);
  const curveOf = ({ words, line, logged }: RunSeries): PlacedCurve => ({
    ...{ name: words, line: placed(line), logged: placed(logged) },
    ...(logged.length < FEWEST && { as: "dots" as const }),
  });
  const { losses, metrics, gradient, step, noise } = partsOf(run);
  const strip = (label: string, all: readonly RunSeries[], hue: number): CurvePanel[] =>
    all.map((one) => ({ label, curves: [{ ...curveOf(one), hue }], height: 92, rules }));
  return [
    ...(losses.length === 0
      ? []
      : [{ label: "loss", curves: losses.map(curveOf), rules, height: 280 }]),
    ...(metrics.length === 0
      ? []
      : [{ label: "metrics", curves: metrics.map(curveOf), rules, height: 140 }]),
    ...strip("‖gradient‖", gradient, 3),
    ...strip("step size", step, 4),
    ...strip("noise scale", noise, 5),
  ];
}

/** The series that no panel is drawn of, because they have too few points. */
export const undrawnSeries = (run: RunCurves): readonly RunSeries[] => partsOf(run).undrawn;

function partsOf({ series, events }: RunCurves) {
  const all = series.filter(({ name }) => !name.startsWith("health/"));
  // The training loss first: it has the first colour.
  const losses = all
    .filter(({ name }) => /loss$/i.test(name))
    .sort((a, b) => Number(b.name === "loss") - Number(a.name === "loss"));
  const strip = (names: readonly string[], told?: "gradientNorm" | "learningRate"): RunSeries[] => {
    const recorded = all.find(({ name }) => names.includes(name)) ?? (told && toldBy(events, told));
    return recorded === undefined ? [] : [recorded];
  };
  const beside = {
    metrics: all.filter(({ name }) => !/loss$/i.test(name) && !strips.includes(name)),
    gradient: strip(["gradientNorm"], "gradientNorm"),
    step: strip(["stepSize", "learningRate"], "learningRate"),
    noise: strip(["noiseScale"]),
  };
  const isDrawn = (part: readonly RunSeries[]): boolean =>
    part.some(({ logged }) => logged.length >= FEWEST);
  const drawn = (part: RunSeries[]): RunSeries[] => (isDrawn(part) ? part : []);
  return {
    losses,
    metrics: drawn(beside.metrics),
    gradient: drawn(beside.gradient),
    step: drawn(beside.step),
    noise: drawn(beside.noise),
    undrawn: Object.values(beside).flatMap((part) => (isDrawn(part) ? [] : part)),
  };
}

/** The learning rate over the steps at which it is known: of its series, where one was kept, else of what progress told. */
export const ratesOf = (
  kept: readonly DataPoint[] | undefined,
  events: readonly RunEvent[],
): readonly DataPoint[] => kept ?? toldBy(events, "learningRate")?.logged ?? [];

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
