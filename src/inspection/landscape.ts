import { NadirError } from "../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../base/require.ts";
import type { Vector } from "../linalg/ask.ts";
import { norm } from "../linalg/vector.ts";
import type { Inspected } from "./point.ts";
import {
  dimensionsOf,
  type SliceFacts,
  type SliceOptions,
  sliceOptionNames,
  withSlice,
} from "./slice.ts";

/** More places than a million are a mistake in typing: at a millisecond each they take a quarter of an hour. */
const MOST_VALUES = 1e6;

/** The slice that `landscape` measures: its directions, reach and grid. */
export interface LandscapeOptions<X> extends SliceOptions<X> {
  /** Coordinates from −span to span along each axis. Default 1; with a trajectory what shows all of it. */
  readonly span?: number;
  /** Values along each axis; without a trajectory an odd number has the point itself among them. Default 25, of a curve 51. */
  readonly grid?: number;
  /**
   * Hears of the same slice on 11 lines along each axis, then on 21, before all are measured. What was computed for one is
   * not computed again for the next: their lines are some of the grid's.
   */
  readonly onCoarser?: (coarser: LandscapeReport) => void;
}

/** One axis of a slice. */
export interface SliceAxis {
  readonly name: string;
  /** The step of one coordinate: flat, in the params' order. */
  readonly direction: Vector;
  readonly length: number;
  readonly coordinates: Float64Array;
}

/** A slice through the loss. */
export interface LandscapeReport extends SliceFacts {
  readonly axes: readonly SliceAxis[];
  /** Losses, row-major `[axes[0], axes[1]]`. Each is the loss at that very point. */
  readonly values: Float64Array;
  /** The loss at the point itself. */
  readonly loss: number;
}

/**
 * The loss on a line or a plane through a point, and where a trajectory lies on it. All values of a block of the grid
 * come from one batched graph. In eval mode, over all rows or a sample that is the same everywhere.
 *
 * A slice shows what it cuts: a saddle whose descent direction it misses looks like a minimum. Widths are comparable
 * between networks only where directions are filter-normalised.
 *
 * Price: `grid`^dimensions values over the rows, each a third of a gradient; `curvature` and `gradient` some 30 Hessian
 * products besides.
 *
 * @throws NadirError `landscape/directions`, `landscape/trajectory`, `landscape/grid`, `landscape/span`; `inspect/…`
 * @see Li, Xu, Taylor, Studer & Goldstein (2018), Visualizing the loss landscape of neural nets
 * @example const { axes, values } = await landscape(digits, { at: run.params, rows: 1000 });
 */
export async function landscape<X>(
  problem: Inspected<X>,
  options: LandscapeOptions<X>,
): Promise<LandscapeReport> {
  requireKnownOptions("landscape", options, [...sliceOptionNames, "span", "grid", "onCoarser"]);
  const count = dimensionsOf(options);
  const grid = requireCount("landscape/grid", options.grid ?? (count === 1 ? 51 : 25), 2);
  if (grid ** count > MOST_VALUES) {
    throw new NadirError("landscape/grid", `a grid of ${grid} in ${count} directions is too fine`, {
      expected: `at most ${MOST_VALUES ** (1 / count)} along each: each place is an evaluation over the rows`,
    });
  }
  const span =
    options.span === undefined
      ? undefined
      : requireInRange("landscape/span", options.span, [0, Number.POSITIVE_INFINITY], {
          open: true,
        });
  const { onCoarser } = options;
  return withSlice(problem, options, async (slice) => {
    const { directions, names, point, trajectory } = slice;
    const alongs = directions.map(
      (_, j) => trajectory?.map(({ coordinates }) => coordinates[j]!) ?? [],
    );
    const axes = directions.map((direction, j): SliceAxis => {
      const centre = trajectory === undefined ? point[j]! : 0;
      const coordinates = coordinatesOf(grid, span, shownOf(alongs, j)).map((at) => centre + at);
      return { name: names[j]!, direction, length: norm(direction), coordinates };
    });
    const [first, second] = axes.map(({ coordinates }) => coordinates);
    const width = second?.length ?? 1;
    const values = new Map<number, number>();
    let loss: number | undefined;
    const on = async (lines: readonly number[]): Promise<LandscapeReport> => {
      const across = second === undefined ? [0] : lines;
      const all = lines.flatMap((a) => across.map((b) => a * width + b));
      const due = all.filter((at) => !values.has(at));
      const places = due.flatMap((at) => {
        const along = first![Math.floor(at / width)]!;
        return second === undefined ? [along] : [along, second[at % width]!];
      });
      // The point itself is asked about with the first.
      const found = await slice.values(loss === undefined ? [...places, ...point] : places);
      for (const [i, at] of due.entries()) values.set(at, found[i]!);
      loss ??= found[due.length]!;
      return {
        ...slice.report(values.size + 1),
        axes: axes.map((axis) => ({
          ...axis,
          coordinates: Float64Array.from(lines, (at) => axis.coordinates[at]!),
        })),
        values: Float64Array.from(all, (at) => values.get(at)!),
        loss,
      };
    };
    if (onCoarser !== undefined) {
      for (const count of [11, 21].filter((count) => count < grid))
        onCoarser(await on(linesOf(count, grid)));
    }
    return await on(linesOf(grid, grid));
  });
}

/**
 * Positions of `count` lines among those of a grid, evenly: those of 11 are among those of 21, so that no place is computed
 * twice. Where 20 does not divide the grid's intervals, some of theirs are one interval longer.
 */
const linesOf = (count: number, grid: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.round((i * (grid - 1)) / (count - 1)));

/** The coordinates that an axis is to show. Across a path that does not leave the other axis, as much as along it. */
function shownOf(alongs: readonly (readonly number[])[], j: number): readonly number[] {
  const reach = alongs.map((along) => Math.max(0, ...along.map(Math.abs)));
  const widest = Math.max(...reach);
  return reach[j]! > 1e-9 * widest ? alongs[j]! : [-widest / 2, widest / 2];
}

/** From −span to span; or what shows all that is to be shown, with a fifth of it around. */
function coordinatesOf(
  grid: number,
  span: number | undefined,
  shown: readonly number[],
): Float64Array {
  const all = [0, ...shown];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const margin = 0.2 * (high - low);
  const isShown = span === undefined && high > low;
  const [from, to] = isShown ? [low - margin, high + margin] : [-(span ?? 1), span ?? 1];
  return Float64Array.from({ length: grid }, (_, i) => from + ((to - from) * i) / (grid - 1));
}
