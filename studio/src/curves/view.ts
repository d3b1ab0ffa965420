import { computed } from "@preact/signals";
import { place, setSearch } from "../app/router.ts";
import type { Abscissa } from "./abscissa.ts";

/** How curves are looked at: all of it stands in the link. */
export interface CurveView {
  readonly axis: Abscissa;
  readonly logX: boolean;
  /** Undefined: logarithmic where the values span two decades. */
  readonly logY: boolean | undefined;
  /** Weight of the past in [0, 1). */
  readonly smoothing: number;
  /** Ends of the part that is shown, on the axis. */
  readonly zoom: readonly [number, number] | undefined;
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

/** The view of now. */
export const curveView = computed(() => readView(place.value.search));

/** Changes the view, and with it the link. */
export function changeView(changes: Partial<CurveView>): void {
  const { axis, logX, logY, smoothing, zoom } = { ...curveView.peek(), ...changes };
  const digits = (value: number): string => String(Number(value.toPrecision(6)));
  setSearch({
    x: axis === "step" ? undefined : axis,
    logx: logX ? "1" : undefined,
    y: logY === undefined ? undefined : logY ? "log" : "linear",
    smooth: smoothing > 0 ? digits(smoothing) : undefined,
    // Another axis has other units.
    zoom: zoom === undefined || "axis" in changes ? undefined : zoom.map(digits).join(","),
  });
}
