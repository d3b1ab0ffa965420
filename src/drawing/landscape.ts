import type { LandscapeReport, SliceAxis } from "../inspection/landscape.ts";
import type { Chart } from "./chart.ts";
import type { Contours } from "./contour.ts";

/** What a picture of a slice is made of: a report, or what a run kept of one. */
export interface DrawnLandscape
  extends Pick<LandscapeReport, "trajectory" | "explained" | "rows" | "ofRows" | "point"> {
  /** Left out by what was kept before it was told. */
  readonly frozen?: number;
  /** The run that the first axis leads to. */
  readonly towards?: string;
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
  /** The step that the point is of. */
  readonly step?: number;
  /** Where the point is: words. */
  readonly at: string;
  readonly axes: readonly (Pick<SliceAxis, "name" | "length"> & {
    readonly coordinates: readonly number[];
  })[];
  readonly values: readonly (number | null)[];
}

/** Losses at single places of a slice, as `nadir landscape --place` writes them and a run keeps them. */
export interface PlacesArtefact {
  readonly places: readonly {
    readonly coordinates: readonly number[];
    readonly loss: number | null;
    readonly metrics?: Readonly<Record<string, number | null>>;
    readonly outputs?: readonly (readonly (number | null)[])[];
  }[];
}

/**
 * The loss of a slice at a place: at one of its own places as it was measured, between them interpolated linearly along
 * both axes.
 *
 * @returns undefined outside of the slice; NaN beside a place where the loss is not finite
 */
export function lossAt(
  { axes, values }: DrawnLandscape,
  place: readonly number[],
): { readonly loss: number; readonly isInterpolated: boolean } | undefined {
  const found = axes.map(({ coordinates }, i) => between(coordinates, place[i] ?? Number.NaN));
  const rows = axes[1]?.coordinates.length ?? 1;
  const [first, second = { line: 0, part: 0 }] = found;
  if (first === undefined || found.includes(undefined)) return undefined;
  let loss = 0;
  for (const [i, along] of weightsOf(first)) {
    for (const [j, across] of weightsOf(second)) {
      loss += along * across * (values[i * rows + j] ?? Number.NaN);
    }
  }
  return { loss, isInterpolated: first.part > 0 || second.part > 0 };
}

interface Between {
  readonly line: number;
  /** Of the way to the next line, in [0, 1). */
  readonly part: number;
}

function between(coordinates: ArrayLike<number>, at: number): Between | undefined {
  const last = coordinates.length - 1;
  if (!(at >= coordinates[0]! && at <= coordinates[last]!)) return undefined;
  let line = 0;
  while (line < last && coordinates[line + 1]! <= at) line++;
  if (line === last) return { line, part: 0 };
  const [from, to] = [coordinates[line]!, coordinates[line + 1]!];
  return { line, part: (at - from) / (to - from) };
}

const weightsOf = ({ line, part }: Between): [line: number, weight: number][] =>
  part === 0
    ? [[line, 1]]
    : [
        [line, 1 - part],
        [line + 1, part],
      ];

/** What a reader of the picture must know, one sentence each. */
export function landscapeWarnings(slice: DrawnLandscape): string[] {
  const { values, explained, rows, ofRows, frozen = 0, towards } = slice;
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
    ...(frozen > 0
      ? [
          `running statistics (${frozen} arrays) are held as they are at the point${towards === undefined ? "" : `, where run ${towards} has its own`}`,
        ]
      : []),
  ];
}

/** A slice through a plane as a map, the run's point marked. */
export function landscapeContours(slice: DrawnLandscape, title: string): Contours {
  const [first, second] = slice.axes;
  const path = slice.trajectory?.map(({ coordinates: [a = 0, b = 0] }) => [a, b] as const);
  return {
    title,
    x: { label: first?.name ?? "", at: first?.coordinates ?? [] },
    y: { label: second?.name ?? "", at: second?.coordinates ?? [] },
    values: Array.from(slice.values, (value) => value ?? Number.NaN),
    ...(path && { path }),
    mark: [slice.point?.[0] ?? 0, slice.point?.[1] ?? 0],
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
