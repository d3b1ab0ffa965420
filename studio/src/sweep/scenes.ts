import { formatNumber, wordsOf } from "../../../src/cli/format.ts";
import { scaleOf } from "../../../src/drawing/scale.ts";
import { type Mark, type Scene, short } from "../../../src/drawing/scene.ts";
import { type Style, shades } from "../../../src/drawing/style.ts";
import type { Space } from "../../../src/search/sweep/space.ts";
import { lastValue } from "../../../src/search/sweep/strategy.ts";
import { doneOf, type Objective, type SweepTrial } from "../../../src/search/sweep/sweepRecord.ts";

/** A trial's value as its metric has it: the strategy minimizes, so a score is kept negative. */
export const shownValue = (trial: SweepTrial, objective: Objective | undefined): number =>
  objective?.goal === "max" ? -lastValue(trial) : lastValue(trial);

/** Values that are all positive and span more than a decade or so are told apart on a logarithmic axis alone. */
export function scaleFor(values: readonly number[]): "log" | "linear" {
  const finite = values.filter(Number.isFinite);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  return least > 0 && most > 20 * least && most < Infinity ? "log" : "linear";
}

/** An axis that trials have places on. */
export interface TrialAxis {
  readonly name: string;
  /** In [0, 1], 0 at the lower end; NaN where the trial has none. */
  readonly place: (trial: SweepTrial) => number;
  /** What stands at the axis, from 0 to 1. */
  readonly labels: readonly { readonly at: number; readonly text: string }[];
}

/** An axis for each setting that is searched, and one for what it came to. */
export function trialAxes(
  space: Space,
  trials: readonly SweepTrial[],
  objective: Objective | undefined,
): TrialAxis[] {
  const axes = space.map((dimension): TrialAxis => {
    const { name } = dimension;
    if (dimension.kind === "choice") {
      const { values } = dimension;
      const at = (i: number): number => (i + 0.5) / values.length;
      const texts = values.map((value) => JSON.stringify(value));
      return {
        name,
        place: ({ settings }) => {
          const chosen = texts.indexOf(JSON.stringify(settings[name]));
          return chosen < 0 ? Number.NaN : at(chosen);
        },
        labels: values.map((value, i) => ({ at: at(i), text: String(value) })),
      };
    }
    const { low, high, scale } = dimension;
    return { name, ...numbers(({ settings }) => Number(settings[name]), [low, high], scale) };
  });
  const finite = trials.map((trial) => shownValue(trial, objective)).filter(Number.isFinite);
  const ends = [Math.min(...finite), Math.max(...finite)] as const;
  const value = numbers((trial) => shownValue(trial, objective), ends, scaleFor(finite));
  return [...axes, { name: objective?.metric ?? "value", ...value }];
}

function numbers(
  numberOf: (trial: SweepTrial) => number,
  domain: readonly [number, number],
  kind: "linear" | "log",
): Omit<TrialAxis, "name"> {
  const scale = scaleOf({ label: "", scale: kind, domain }, []);
  return {
    place: (trial) => scale.place(numberOf(trial)),
    labels: scale.ticks.map((tick) => ({ at: scale.place(tick), text: formatNumber(tick) })),
  };
}

/** A span of an axis that a trial must lie in. */
export type Brushes = ReadonlyMap<string, readonly [low: number, high: number]>;

export const passes = (trial: SweepTrial, axes: readonly TrialAxis[], brushes: Brushes): boolean =>
  axes.every(({ name, place }) => {
    const span = brushes.get(name);
    const at = place(trial);
    return span === undefined || (at >= span[0] - 1e-9 && at <= span[1] + 1e-9);
  });

/** Where the axes of a picture stand. */
interface AxisPlaces {
  readonly x: readonly number[];
  readonly top: number;
  readonly bottom: number;
}

/** Places in pixels of so many axes in a picture of this width. */
export function axisPlaces(count: number, em: number, width: number): AxisPlaces {
  const room = width - 6 * em;
  const x = Array.from(
    { length: count },
    (_, i) => em + (count === 1 ? 0 : (i * room) / (count - 1)),
  );
  return { x, top: 3 * em, bottom: PARALLEL_EMS * em - 1.5 * em };
}

/** Height of the picture of axes, in letters. */
const PARALLEL_EMS = 27;

/** A line for each trial across one axis a setting; dark for the best, pale and dashed for those that failed. */
export function parallelScene(
  axes: readonly TrialAxis[],
  trials: readonly SweepTrial[],
  {
    brushes,
    best,
    style,
    width,
  }: { brushes: Brushes; best: number | undefined; style: Style; width: number },
): Scene {
  const em = style.fontSize;
  const height = PARALLEL_EMS * em;
  const { x, top, bottom } = axisPlaces(axes.length, em, width);
  const down = (part: number): number => bottom - part * (bottom - top);
  const ranked = [...trials].sort((a, b) => lastValue(b) - lastValue(a));
  const lines = ranked.flatMap((trial): Mark[] => {
    const shown = passes(trial, axes, brushes);
    const points = axes.map(({ place }, i) => [x[i] ?? 0, down(place(trial))] as const);
    const d = points
      .filter(([, y]) => Number.isFinite(y))
      .map(([px, py], i) => `${i === 0 ? "M" : "L"}${short(px)} ${short(py)}`)
      .join("");
    if (d === "") return [];
    const isBest = trial.number === best;
    const isDead =
      trial.status === "failed" || trial.status === "stopped" || !Number.isFinite(lastValue(trial));
    const good = goodness(trial, trials);
    const stroke = !shown
      ? style.grid
      : isBest
        ? style.alarm
        : isDead
          ? style.faint
          : shade(good, style);
    return [
      {
        shape: "path",
        d,
        stroke,
        width: isBest && shown ? 3 : 1.4,
        ...(isDead && { dash: [3, 3] }),
      },
    ];
  });
  // Names of axes that stand close take turns on two lines.
  const longest = Math.max(...axes.map(({ name }) => wordsOf(name).length));
  const close = (x[1] ?? Number.POSITIVE_INFINITY) - (x[0] ?? 0) < 0.65 * em * (longest + 1);
  const frames = axes.flatMap(({ name, labels }, i): Mark[] => {
    const at = x[i] ?? 0;
    const span = brushes.get(name);
    return [
      {
        shape: "path",
        d: `M${short(at)} ${short(top)}V${short(bottom)}`,
        stroke: style.axis,
        width: 1,
      },
      {
        shape: "text",
        x: at,
        y: (close && i % 2 === 1 ? 1.1 : 2.3) * em,
        text: wordsOf(name),
        fill: style.ink,
        anchor: i === 0 ? "start" : i === axes.length - 1 ? "end" : "middle",
        bold: true,
      },
      ...(span === undefined
        ? []
        : [
            {
              shape: "rect" as const,
              ...{ x: at - 5, y: down(span[1]), width: 10, height: down(span[0]) - down(span[1]) },
              ...{ fill: style.descent, opacity: 0.35 },
            },
          ]),
      ...labels.flatMap(({ at: part, text }): Mark[] => {
        const [y, high, wide] = [down(part), 1.1 * em, 0.55 * em * text.length + 4];
        // Lines cross here: a number stands on paper of its own.
        const behind = { x: at + 3, y: y - high / 2, width: wide, height: high };
        return [
          { shape: "rect", ...behind, fill: style.paper, opacity: 0.8 },
          { shape: "text", x: at + 5, y: y + 0.32 * em, text, fill: style.ink, size: 0.85 * em },
        ];
      }),
    ];
  });
  return { width, height, paper: style.paper, fontSize: em, marks: [...lines, ...frames] };
}

/** 1 for the best trial, 0 for the worst of those with a number. */
function goodness(trial: SweepTrial, trials: readonly SweepTrial[]): number {
  const told = trials.map(lastValue).filter(Number.isFinite);
  const worse = told.filter((value) => value > lastValue(trial)).length;
  return told.length < 2 ? 1 : worse / (told.length - 1);
}

/** The best stands out from the paper: dark blue on light, yellow on dark. */
function shade(good: number, { ink }: Style): string {
  const onDark = Number.parseInt(ink.slice(1, 3), 16) > 127;
  return shades[Math.round((onDark ? good : 1 - good) * 7) + 1] ?? shades[1];
}

/** Who did what, when: a row for each worker, a bar for each attempt, those that were lost in the colour of alarm. */
export function workersScene(
  trials: readonly SweepTrial[],
  { now, style, width }: { now: number; style: Style; width: number },
): Scene {
  const em = style.fontSize;
  const spans = trials.flatMap(({ number, spans: own }) =>
    own.map((span) => ({ number, ...span })),
  );
  const workers = Math.max(0, ...spans.map(({ worker }) => worker)) + 1;
  const from = Math.min(now, ...spans.map(({ began }) => began));
  const to = Math.max(from + 1, ...spans.map(({ ended }) => ended));
  const [left, row] = [6.5 * em, 2 * em];
  const height = workers * row + 3 * em;
  const scale = scaleOf({ label: "", domain: [0, (to - from) / 1000] }, []);
  const place = (time: number): number =>
    left + scale.place((time - from) / 1000) * (width - left - 2 * em);
  const fills = { told: style.good, stopped: style.axis, refused: style.alarm, lost: style.alarm };
  const bars = spans.flatMap(({ number, worker, began, ended, outcome }): Mark[] => {
    const [x, wide] = [place(began), Math.max(1.5, place(ended) - place(began) - 1)];
    const y = worker * row + 0.3 * em;
    const bar = { shape: "rect" as const, x, y, width: wide, height: row - 0.6 * em };
    const text = `${number}${outcome === "told" ? "" : " ×"}`;
    const named = wide > 0.7 * em * text.length;
    return [
      { ...bar, fill: fills[outcome], opacity: 0.75 },
      ...(named
        ? [
            {
              shape: "text" as const,
              x: x + 3,
              y: y + 1.05 * em,
              text,
              fill: style.ink,
              size: 0.85 * em,
            },
          ]
        : []),
    ];
  });
  const names = Array.from({ length: workers }, (_, i): Mark => {
    const y = i * row + 1.3 * em;
    return { shape: "text", x: 0, y, text: `worker ${i + 1}`, fill: style.faint };
  });
  const ticks = scale.ticks.map((tick): Mark => {
    const x = place(from + 1000 * tick);
    const text = `${formatNumber(tick)} s`;
    return { shape: "text", x, y: height - em, text, fill: style.faint, anchor: "middle" };
  });
  return { width, height, paper: style.paper, fontSize: em, marks: [...bars, ...names, ...ticks] };
}

/** A dot for each trial over two settings: dark for the best, hollow for those that failed or were left early. */
export function sliceScene(
  [across, up]: readonly [TrialAxis, TrialAxis],
  trials: readonly SweepTrial[],
  { best, style, width }: { best: number | undefined; style: Style; width: number },
): Scene {
  const em = style.fontSize;
  const height = Math.min(width * 0.75, 30 * em);
  const [left, right, top, bottom] = [6 * em, width - 2 * em, em, height - 4 * em];
  const x = (part: number): number => left + part * (right - left);
  const y = (part: number): number => bottom - part * (bottom - top);
  const dots = trials.flatMap((trial): Mark[] => {
    const [px, py] = [x(across.place(trial)), y(up.place(trial))];
    if (!Number.isFinite(px) || !Number.isFinite(py)) return [];
    const whole = doneOf(trial) >= 1 && Number.isFinite(lastValue(trial));
    const colour = trial.number === best ? style.alarm : shade(goodness(trial, trials), style);
    const radius = trial.number === best ? 6 : 4;
    return [
      {
        shape: "circle",
        x: px,
        y: py,
        radius,
        ...(whole ? { fill: colour } : { stroke: style.faint }),
      },
    ];
  });
  const frame = `M${left} ${top}V${bottom}H${right}`;
  return {
    ...{ width, height, paper: style.paper, fontSize: em },
    marks: [
      { shape: "path", d: frame, stroke: style.axis, width: 1 },
      ...across.labels.map(({ at, text }): Mark => {
        const place = { x: x(at), y: bottom + 1.4 * em };
        return {
          shape: "text",
          ...place,
          text,
          fill: style.faint,
          anchor: "middle",
          size: 0.9 * em,
        };
      }),
      ...up.labels.map(({ at, text }): Mark => {
        const place = { x: left - 6, y: y(at) + 0.3 * em };
        return { shape: "text", ...place, text, fill: style.faint, anchor: "end", size: 0.9 * em };
      }),
      {
        shape: "text",
        x: (left + right) / 2,
        y: height - em,
        text: wordsOf(across.name),
        fill: style.ink,
        anchor: "middle",
      },
      {
        shape: "text",
        x: em,
        y: (top + bottom) / 2,
        text: wordsOf(up.name),
        fill: style.ink,
        anchor: "middle",
        upwards: true,
      },
      ...dots,
    ],
  };
}
