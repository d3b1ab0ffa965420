import { type Chart, drawChart, type Panel, type Rule } from "./chart.ts";
import { type CurveLook, curveChart, extentOf, type PlacedCurve } from "./curveChart.ts";
import type { Mark, Scene } from "./scene.ts";
import type { Style } from "./style.ts";

/** One chart of several that share an axis. */
export interface CurvePanel {
  readonly label: string;
  readonly curves: readonly PlacedCurve[];
  readonly rules?: readonly Rule[];
  /** Pixels, without the axis below. */
  readonly height: number;
}

/** A chart and its height. */
export interface StackedChart {
  readonly chart: Chart;
  readonly height: number;
}

/** Panels as charts over one axis, which reaches over all their curves or over what is zoomed to. */
export function stackedCharts(
  panels: readonly CurvePanel[],
  look: CurveLook,
  axis: string,
): { readonly charts: readonly StackedChart[]; readonly domain: readonly [number, number] } {
  const domain = extentOf(
    panels.flatMap(({ curves }) => curves),
    look,
  );
  const charts = panels.map(({ label, curves, rules = [], height }) => ({
    chart: curveChart(label, curves, look, { rules, domain, axis }),
    height,
  }));
  return { charts, domain };
}

/** Charts below each other; the last names the axis of all. */
export function stackScene(
  charts: readonly StackedChart[],
  style: Style,
  width: number,
): { readonly scene: Scene; readonly panels: readonly Panel[] } {
  const { fontSize: em } = style;
  const marks: Mark[] = [];
  let top = 0;
  // Half a page is as high as its charts were meant; a column of a paper less.
  const scale = Math.min(1, Math.max(0.55, width / 600));
  const panels = charts.map(({ chart, height }, i) => {
    const named = i === charts.length - 1;
    const frame = { left: 0, top, width, height: height * scale + (named ? 4 * em : 0), named };
    top += frame.height;
    const { marks: own, panel } = drawChart(chart, frame, style);
    marks.push(...own);
    return panel;
  });
  return { scene: { width, height: top, paper: style.paper, fontSize: em, marks }, panels };
}
