import type { CurveLook } from "../../../src/drawing/curveChart.ts";
import type { Abscissa } from "./abscissa.ts";

/** How curves are looked at: all of it stands in the link. */
export interface CurveView extends CurveLook {
  readonly axis: Abscissa;
}

const axes: readonly string[] = ["step", "epoch", "time", "evaluations"];

/** What a link says of the view; what it says wrongly is as if not said. */
export function readView(search: URLSearchParams): CurveView {
  const [axis = "step", y] = [search.get("x") ?? undefined, search.get("y")];
  const weight = Number(search.get("smooth") ?? 0);
  const [from = Number.NaN, to = Number.NaN] = (search.get("zoom") ?? "").split(",").map(Number);
  return {
    axis: axes.includes(axis) ? (axis as Abscissa) : "step", // one of them, as was just asked
    logX: search.get("logx") === "1",
    logY: y === "log" ? true : y === "linear" ? false : undefined,
    smoothing: weight > 0 && weight < 1 ? weight : 0,
    zoom: from < to ? [from, to] : undefined,
  };
}
