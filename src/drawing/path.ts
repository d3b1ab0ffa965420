import type { Chart, DataPoint } from "./chart.ts";

/** What `nadir compare A B --path` keeps beside A: the loss between the ends of two runs. */
export interface PathArtefact {
  readonly from: string;
  readonly to: string;
  /** How far the two ends are apart. */
  readonly distance: number;
  readonly line: PathAlong;
  readonly curve?: PathAlong;
  readonly rows: number;
  readonly cost: { readonly gradients: number; readonly fitted: number; readonly seconds: number };
}

/** The loss along a path, from 0 to 1. */
export interface PathAlong extends PathLosses {
  readonly t: readonly number[];
  /** On held-out data, where the training has them. */
  readonly heldOut?: PathLosses;
}

/** Losses at the places of a path, null (as JSON has it) where one is not finite, and how high they rise above the ends. */
export interface PathLosses {
  readonly loss: readonly (number | null)[];
  readonly barrier: { readonly height: number; readonly at: number };
}

/** The loss along both paths as a chart: held-out losses dashed, in the colour of their path. */
export function pathChart({ from, to, line, curve }: PathArtefact): Chart {
  const points = ({ loss }: PathLosses, { t }: PathAlong): DataPoint[] =>
    loss.map((value, i) => [t[i] ?? Number.NaN, value ?? Number.NaN]);
  const both = (name: string, along: PathAlong, hue: number): Chart["series"] => {
    const { heldOut } = along;
    const own = { name, hue, points: points(along, along) };
    if (heldOut === undefined) return [own];
    return [own, { name: `${name}, held out`, hue, dashed: true, points: points(heldOut, along) }];
  };
  return {
    title: `Loss between the ends of ${from} and ${to}`,
    x: { label: `from ${from} (0) to ${to} (1)` },
    y: { label: "loss" },
    series: [
      ...both("straight line", line, 0),
      ...(curve === undefined ? [] : both("fitted curve", curve, 1)),
    ],
    edgeMarks: true,
  };
}
