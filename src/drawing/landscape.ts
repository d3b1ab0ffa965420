import type { LandscapeReport, SliceAxis } from "../inspection/landscape.ts";
import type { Chart } from "./chart.ts";
import type { Contours } from "./contour.ts";

/** What a picture of a slice is made of: a report, or what a run kept of one. */
export interface DrawnLandscape
  extends Pick<LandscapeReport, "trajectory" | "explained" | "rows" | "ofRows"> {
  readonly axes: readonly {
    readonly name: string;
    readonly coordinates: ArrayLike<number>;
  }[];
  /** Null, as JSON has it, or NaN for what is not finite. */
  readonly values: ArrayLike<number | null>;
}

/** A slice as `nadir landscape --json` writes it and a run keeps it: without the directions, as long as the params. */
export interface LandscapeArtefact
  extends DrawnLandscape,
    Pick<LandscapeReport, "loss" | "cost" | "engine"> {
  /** Where the point is: words. */
  readonly at: string;
  readonly axes: readonly (Pick<SliceAxis, "name" | "length"> & {
    readonly coordinates: readonly number[];
  })[];
  readonly values: readonly (number | null)[];
}

/** What a reader of the picture must know, one sentence each. */
export function landscapeWarnings(slice: DrawnLandscape): string[] {
  const { values, explained, rows, ofRows } = slice;
  const holes = Array.from(values).filter((value) => !Number.isFinite(value ?? Number.NaN)).length;
  const share = explained?.reduce((sum, part) => sum + part, 0);
  const percent = (part: number): string => `${Number((100 * part).toPrecision(3))} %`;
  return [
    ...(holes > 0
      ? [`the loss is not finite at ${holes} of ${values.length} places: left open`]
      : []),
    ...(share !== undefined && share < 0.9
      ? [`the plane explains ${percent(share)} of the path: the rest lies outside it`]
      : []),
    ...(rows > 0 && rows < ofRows ? [`measured on ${rows} of ${ofRows} rows`] : []),
  ];
}

/** A slice through a plane as a map, the run's point at (0, 0) marked. */
export function landscapeContours(slice: DrawnLandscape, title: string): Contours {
  const [first, second] = slice.axes;
  const path = slice.trajectory?.map(({ coordinates: [a = 0, b = 0] }) => [a, b] as const);
  return {
    title,
    x: { label: first?.name ?? "", at: first?.coordinates ?? [] },
    y: { label: second?.name ?? "", at: second?.coordinates ?? [] },
    values: Array.from(slice.values, (value) => value ?? Number.NaN),
    ...(path && { path }),
    mark: [0, 0],
    warnings: landscapeWarnings(slice),
  };
}

/** A slice along a line as a chart. */
export function landscapeChart(slice: DrawnLandscape, title: string): Chart {
  const [first] = slice.axes;
  const points = Array.from(
    first?.coordinates ?? [],
    (at, i) => [at, slice.values[i] ?? Number.NaN] as const,
  );
  return {
    title,
    x: { label: first?.name ?? "" },
    y: { label: "loss" },
    series: [{ name: "loss", points }],
    edgeMarks: true,
  };
}
