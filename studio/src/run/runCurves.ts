import { formatCount, formatNumber, wordsOf } from "../../../src/cli/format.ts";
import type { DataPoint, Rule } from "../../../src/drawing/chart.ts";
import type { NoteInfo, StoredEventInfo } from "../../../src/studio/protocol.ts";
import type { PlacedCurve } from "../curves/curveChart.ts";
import type { CurvePanel } from "../curves/curveFigure.tsx";
import { type HeldSeries, lineOf } from "../curves/series.ts";
import type { RunState } from "./runData.ts";

/** Series that belong beside the loss: they are losses too. */
const isLoss = (name: string): boolean => /loss$/i.test(name);
const isStrip = (name: string): boolean =>
  ["gradientNorm", "learningRate", "stepSize"].includes(name);
const isHealth = (name: string): boolean => name.startsWith("health/");

/** The panels of a run: losses, other metrics, then strips of gradient norm and step size. */
export function runPanels(
  state: Pick<RunState, "series" | "events"> & { readonly notes: readonly NoteInfo[] },
  place: (step: number) => number,
): CurvePanel[] {
  const rules = happened(state, place);
  const placed = (points: readonly DataPoint[]): DataPoint[] =>
    points.map(([step, value]) => [place(step), value]);
  const curveOf = (held: HeldSeries): PlacedCurve => {
    const { line, logged } = lineOf(held);
    const few = logged.length < 3;
    return {
      name: wordsOf(held.name),
      line: placed(line),
      logged: placed(logged),
      ...(few && { as: "dots" as const }),
    };
  };
  const all = [...state.series.values()].filter(({ name }) => !isHealth(name));
  // The training loss first: it has the first colour.
  const losses = all
    .filter(({ name }) => isLoss(name))
    .sort((a, b) => Number(b.name === "loss") - Number(a.name === "loss"));
  const metrics = all.filter(({ name }) => !isLoss(name) && !isStrip(name));
  const strip = (label: string, names: readonly string[], hue: number): CurvePanel[] => {
    const recorded = all.find(({ name }) => names.includes(name));
    const curve = recorded === undefined ? told(state.events, names, placed) : curveOf(recorded);
    if (curve === undefined) return [];
    return [{ label, curves: [{ ...curve, hue }], height: 92, rules }];
  };
  return [
    { label: "loss", curves: losses.map(curveOf), rules, height: 280 },
    ...(metrics.length === 0
      ? []
      : [{ label: "metrics", curves: metrics.map(curveOf), rules, height: 140 }]),
    ...strip("‖gradient‖", ["gradientNorm"], 3),
    ...strip("step size", ["stepSize", "learningRate"], 4),
  ];
}

/** What progress events told, where no series did: fewer points, of the steps that they were told at. */
function told(
  events: readonly StoredEventInfo[],
  names: readonly string[],
  placed: (points: readonly DataPoint[]) => DataPoint[],
): PlacedCurve | undefined {
  const name = names.at(-1) === "learningRate" ? "learningRate" : "gradientNorm";
  const points = events.flatMap(({ event }): DataPoint[] => {
    if (event.kind !== "progress") return [];
    const value = event[name];
    return value === undefined ? [] : [[event.step, value]];
  });
  if (points.length === 0) return undefined;
  const line = placed(points);
  return {
    name: wordsOf(name),
    line,
    logged: line,
    ...(line.length < 3 && { as: "dots" as const }),
  };
}

/** Something that happened to a run at a step, in words. */
export interface Happening {
  readonly step: number;
  readonly kind: "checkpoint" | "rollback" | "plateau" | "saddle-left" | "note" | "end";
  readonly text: string;
}

/** What happened to a run, by its log and its notes, in order. */
export function happenings(
  events: readonly StoredEventInfo[],
  notes: readonly NoteInfo[],
): Happening[] {
  const found = events.flatMap(({ event }): Happening[] => {
    switch (event.kind) {
      case "checkpoint":
        return [{ step: event.step, kind: "checkpoint", text: "checkpoint" }];
      case "rollback":
        return [
          {
            ...{ step: event.step, kind: "rollback" },
            text: `rolled back to step ${formatCount(event.to)}: ${event.cause}`,
          },
        ];
      case "plateau":
        return [
          {
            ...{ step: event.step, kind: "plateau" },
            text: `plateau at ${formatNumber(event.metric)}: rate × ${formatNumber(event.rateScale)}`,
          },
        ];
      case "saddle-left":
        return [
          {
            ...{ step: event.step, kind: "saddle-left" },
            text: `left a saddle of curvature ${formatNumber(event.smallestEigenvalue)}`,
          },
        ];
      case "note":
        return [{ step: event.step, kind: "note", text: event.text }];
      default:
        return [];
    }
  });
  const written = notes.flatMap(({ step, text }): Happening[] =>
    step === undefined ? [] : [{ step, kind: "note", text }],
  );
  return [...found, ...written].sort((a, b) => a.step - b.step);
}

const inks: Readonly<Record<Happening["kind"], Rule["ink"]>> = {
  ...{ checkpoint: "axis", rollback: "alarm", plateau: "faint" },
  ...{ "saddle-left": "descent", note: "good", end: "alarm" },
};

function happened(
  { events, notes }: { events: readonly StoredEventInfo[]; notes: readonly NoteInfo[] },
  place: (step: number) => number,
): Rule[] {
  return happenings(events, notes).map(({ step, kind }) => ({
    from: place(step),
    ink: inks[kind],
    tick: kind === "checkpoint" || kind === "note",
  }));
}
