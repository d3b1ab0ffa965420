import { computed } from "@preact/signals";
import { place, setSearch } from "../app/router.ts";
import { type CurveView, readView } from "./curveView.ts";

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
