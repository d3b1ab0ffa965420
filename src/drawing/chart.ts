import { drawBand, drawSeries, type Place } from "./curves.ts";
import { tickLabel } from "./labels.ts";
import { drawLegend, legendSpace } from "./legend.ts";
import { type Axis, type Scale, scaleOf } from "./scale.ts";
import type { Box, Mark, Scene } from "./scene.ts";
import { plain, type Style } from "./style.ts";
import { svgOf } from "./svg.ts";

/** A place in the data's own units. */
export type DataPoint = readonly [x: number, y: number];

/** One curve, with its name in the legend. */
export interface Series {
  readonly name: string;
  /** In the order to be joined in. A point that an axis cannot show breaks the curve. */
  readonly points: readonly DataPoint[];
  /**
   * `steps` holds each value until the next; `dots` joins nothing; `sticks` stands each point on the lower edge.
   * Default `line`.
   */
  readonly as?: "line" | "steps" | "dots" | "sticks";
  readonly dashed?: boolean;
  /** An interval about the curve, drawn as a pale band. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
  /** Default: that of the style's curves at `hue`. */
  readonly colour?: string;
  /** Which of the style's colours, counted from 0. Default: its place among the series. */
  readonly hue?: number;
  /** Pixels of the line. Default 2. */
  readonly width?: number;
  /** Drawn, but not named in the legend. */
  readonly unnamed?: boolean;
}

/** A line across the picture at one place of the horizontal axis, or a span of it. */
export interface Rule {
  readonly from: number;
  /** Of a span: it is shaded. */
  readonly to?: number;
  readonly label?: string;
  /** Which of the style's inks. */
  readonly ink: "alarm" | "descent" | "good" | "axis" | "faint";
  /** A short stroke on the lower edge instead of a line from edge to edge. */
  readonly tick?: boolean;
}

/** A picture of curves. */
export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly rules?: readonly Rule[];
  /** Whether values that are not finite are marked on the upper edge. Default: they only break the curve. */
  readonly edgeMarks?: boolean;
  /** Pixels of the whole. Default 720 by 420. */
  readonly width?: number;
  readonly height?: number;
}

/** Where data lie in a drawn chart: what a pointer asks. */
export interface Panel {
  readonly box: Box;
  readonly x: Scale;
  readonly y: Scale;
}

/** A chart in a part of a picture. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** False for a chart that another with the same horizontal axis stands below. Default true. */
  readonly named?: boolean;
}

/** A chart as an SVG document, the same characters for the same data. */
export function svgChart(chart: Chart, style: Style = plain): string {
  return svgCharts([chart], 1, style);
}

/** Several charts in rows of `columns`, as one SVG document. */
export function svgCharts(charts: readonly Chart[], columns: number, style: Style = plain): string {
  return svgOf(chartScene(charts, columns, style));
}

/** Several charts in rows of `columns`, as one picture. */
export function chartScene(charts: readonly Chart[], columns: number, style: Style): Scene {
  const { width = 720, height = 420 } = charts[0] ?? {};
  const marks = charts.map((chart, i): Mark => {
    const at = [(i % columns) * width, Math.floor(i / columns) * height] as const;
    const drawn = drawChart(chart, { left: 0, top: 0, width, height }, style).marks;
    return { shape: "group", at, marks: drawn };
  });
  return {
    width: width * Math.min(columns, charts.length),
    height: height * Math.ceil(charts.length / columns),
    ...{ paper: style.paper, fontSize: style.fontSize, marks },
  };
}

/** What a chart consists of, and where its data lie. */
export function drawChart(
  chart: Chart,
  frame: Frame,
  style: Style,
): { readonly marks: Mark[]; readonly panel: Panel } {
  const { series, rules = [] } = chart;
  const { fontSize: em, ink, faint } = style;
  const { left, top, width, height, named = true } = frame;
  const titled = style.titled && chart.title !== "";
  const legend = legendSpace(series, width, style);
  const box = {
    left: left + 5.4 * em,
    top: top + (titled ? 3.3 * em : em) + legend.above,
    right: left + width - 1.3 * em - legend.beside,
    bottom: top + height - (named ? 4 : 0.7) * em,
  };
  const x = scaleOf(chart.x, abscissas(series));
  const y = scaleOf(chart.y, ordinates(series));
  const place: Place = (px, py) => [
    box.left + x.place(px) * (box.right - box.left),
    box.bottom - y.place(py) * (box.bottom - box.top),
  ];
  const panel: Panel = { box, x, y };
  const middle = (box.left + box.right) / 2;
  const inside: Mark[] = [
    ...rules.flatMap((rule) => drawRule(rule, panel, style)),
    ...series.flatMap((one, i) => drawBand(one, i, place, style)),
    ...series.flatMap((one, i) => drawSeries(one, i, place, { box, style })),
    ...(chart.edgeMarks ? series.flatMap((one, i) => edge(one, i, panel, style)) : []),
  ];
  const marks: Mark[] = [
    ...(titled
      ? [text(middle, top + 1.85 * em, chart.title, ink, { size: 1.17 * em, bold: true })]
      : []),
    ...grid(panel, named, style),
    { shape: "group", clip: padded(box, 4), marks: inside },
    ...(named ? [text(middle, top + height - em, chart.x.label, faint)] : []),
    text(left + 1.3 * em, (box.top + box.bottom) / 2, chart.y.label, faint, { upwards: true }),
    ...drawLegend(series, legend, { left, top: titled ? top + 2.2 * em : top, box, style }),
  ];
  return { marks, panel };
}

type TextMark = Extract<Mark, { shape: "text" }>;

const text = (
  x: number,
  y: number,
  words: string,
  fill: string,
  more: Partial<TextMark> = {},
): TextMark => ({ shape: "text", x, y, text: words, fill, anchor: "middle", ...more });

function* abscissas(series: readonly Series[]): Generator<number> {
  for (const { points } of series) for (const [x] of points) yield x;
}

function* ordinates(series: readonly Series[]): Generator<number> {
  for (const { points, band = [] } of series) {
    for (const [, y] of points) yield y;
    for (const [, low, high] of band) {
      yield low;
      yield high;
    }
  }
}

/** A curve that touches the frame is drawn whole. */
const padded = ({ left, top, right, bottom }: Box, by: number): Box => ({
  ...{ left: left - by, top: top - by },
  ...{ right: right + by, bottom: bottom + by },
});

function grid({ box, x, y }: Panel, named: boolean, { fontSize: em, ...style }: Style): Mark[] {
  const { left, top, right, bottom } = box;
  const line = (x1: number, y1: number, x2: number, y2: number, stroke: string): Mark => ({
    ...{ shape: "path", d: lineFrom(x1, y1, x2, y2), stroke },
  });
  return [
    ...y.ticks.flatMap((tick) => {
      const at = bottom - y.place(tick) * (bottom - top);
      return [
        line(left, at, right, at, style.grid),
        text(left - 0.5 * em, at + 0.33 * em, tickLabel(tick), style.faint, { anchor: "end" }),
      ];
    }),
    ...x.ticks.flatMap((tick) => {
      const at = left + x.place(tick) * (right - left);
      return [
        line(at, top, at, bottom, style.grid),
        ...(named ? [text(at, bottom + 1.5 * em, tickLabel(tick), style.faint)] : []),
      ];
    }),
    line(left, bottom, right, bottom, style.axis),
    line(left, top, left, bottom, style.axis),
  ];
}

const lineFrom = (x1: number, y1: number, x2: number, y2: number): string =>
  `M${hundredths(x1)} ${hundredths(y1)}L${hundredths(x2)} ${hundredths(y2)}`;

const hundredths = (value: number): number => Math.round(value * 100) / 100;

function drawRule({ from, to, label, ink, tick }: Rule, panel: Panel, style: Style): Mark[] {
  const colour = style[ink];
  const { box, x } = panel;
  const { fontSize: em } = style;
  const at = (value: number): number => box.left + x.place(value) * (box.right - box.left);
  const [start, end] = [at(from), to === undefined ? undefined : at(to)];
  if (!Number.isFinite(start)) return [];
  const words: Mark[] =
    label === undefined
      ? []
      : [text(start + 0.3 * em, box.top + em, label, colour, { anchor: "start", size: 0.9 * em })];
  if (end !== undefined) {
    const area = { x: start, y: box.top, width: end - start, height: box.bottom - box.top };
    return [{ shape: "rect", ...area, fill: colour, opacity: 0.1 }, ...words];
  }
  const high = tick ? box.bottom - 0.8 * em : box.top;
  const d = lineFrom(start, box.bottom, start, high);
  return [{ shape: "path", d, stroke: colour, width: tick ? 2 : 1 }, ...words];
}

/** A small triangle on the upper edge for each value that is no number or beyond all. */
function edge({ points, colour }: Series, i: number, { box, x }: Panel, style: Style): Mark[] {
  const { fontSize: em } = style;
  return points.flatMap(([at, value]): Mark[] => {
    const middle = box.left + x.place(at) * (box.right - box.left);
    if (Number.isFinite(value) || !Number.isFinite(middle)) return [];
    const [half, down] = [0.35 * em, box.top + 0.6 * em];
    const d = `M${hundredths(middle - half)} ${hundredths(down)}L${hundredths(middle + half)} ${hundredths(down)}L${hundredths(middle)} ${hundredths(box.top)}Z`;
    return [{ shape: "path", d, fill: colour ?? (i === 0 ? style.alarm : style.curves[i]!) }];
  });
}
