import { scaleOf } from "../../../src/drawing/scale.ts";
import type { Overview } from "../../../src/records/overview.ts";
import type { View } from "./raster.ts";

/** Which axes are logarithmic. */
export interface AxisChoice {
  readonly logX: boolean;
  /** By default where all losses are above 0 and some 20 times others. */
  readonly logY: boolean | undefined;
}

/** The view that shows all of some runs; what diverged beyond the others leaves the picture at the top. */
export function viewOfAll(runs: readonly Overview[], axes: AxisChoice): View {
  let [first, last, least] = [Infinity, -Infinity, Infinity];
  const tops: number[] = [];
  for (const { low, high, firstStep, lastStep } of runs) {
    if (firstStep < first) first = firstStep;
    if (lastStep > last) last = lastStep;
    let most = -Infinity;
    for (let i = 0; i < low.length; i++) {
      if (low[i]! < least) least = low[i]!;
      if (high[i]! > most && high[i]! < Infinity) most = high[i]!;
    }
    if (most > -Infinity) tops.push(most);
  }
  tops.sort((a, b) => a - b);
  const top = tops[Math.floor(0.97 * (tops.length - 1))] ?? 1;
  if (!(first <= last)) [first, last] = [0, 1];
  if (!Number.isFinite(least)) least = 0;
  const logY = (axes.logY ?? (least > 0 && top > 20 * least)) && top > 0;
  const logX = axes.logX;
  const [x0, x1] = logX
    ? [Math.log10(Math.max(first, 1)), Math.log10(Math.max(last, 2))]
    : [first, last];
  // A loss that reaches 0 has no place on a logarithmic axis: it leaves the picture at the bottom.
  const floor = least > 0 ? least : smallestAbove(runs, top);
  const [y0, y1] = logY ? [Math.log10(floor), Math.log10(top)] : [Math.min(least, top), top];
  const [padX, padY] = [0.01 * (x1 - x0) || 0.5, 0.04 * (y1 - y0) || 0.5];
  return { x0: x0 - padX, x1: x1 + padX, y0: y0 - padY, y1: y1 + padY, logX, logY };
}

function smallestAbove(runs: readonly Overview[], top: number): number {
  let found = top;
  for (const { low } of runs) {
    for (const value of low) if (value > 0 && value < found) found = value;
  }
  return Math.max(found, top * 1e-16);
}

/** Ticks of an axis of a view, as positions from 0 to 1 and the values there. */
export function ticksOf(
  from: number,
  to: number,
  log: boolean,
): readonly { readonly at: number; readonly value: number }[] {
  const domain = log ? ([10 ** from, 10 ** to] as const) : ([from, to] as const);
  const scale = scaleOf({ label: "", scale: log ? "log" : "linear", domain }, []);
  return scale.ticks.map((value) => ({ at: scale.place(value), value }));
}

export const sameAxes = (a: View, b: View): boolean => a.logX === b.logX && a.logY === b.logY;
