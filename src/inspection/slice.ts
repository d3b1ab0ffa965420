import { NadirError } from "../base/errors.ts";
import { requireKnownOptions, requireWord } from "../base/require.ts";
import { project } from "../diagnosis/trajectoryPlane.ts";
import { axpy, norm } from "../linalg/vector.ts";
import { type Inspected, locate, type PointOptions, pointOptionNames } from "./point.ts";
import {
  findSlice,
  requireIndependent,
  type SliceDirections,
  type SpannedSlice,
} from "./sliceDirections.ts";
import { Surface } from "./surface.ts";
import { flatLike } from "./trees.ts";

const kinds: readonly SliceDirections[] = ["random", "trajectory", "curvature", "gradient"];

/** Which slice: its directions, and what it goes through. */
export interface SliceOptions<X> extends PointOptions<X> {
  /**
   * `random`: normal, filter-normalised (the default). `trajectory`: the principal components of `trajectory`, and
   * across a path of two points a random direction.
   * `curvature`: eigenvectors of the Hessian's largest and smallest eigenvalue. `gradient`: the gradient, and the
   * eigenvector of the largest eigenvalue without its part. Or one or two directions in the form of `at`, taken as long
   * as they are: `to − at` puts `to` at coordinate 1.
   */
  readonly directions?: SliceDirections | readonly X[];
  /** 1 for a curve, 2 for a plane. Default 2, or the number of directions given. */
  readonly dimensions?: 1 | 2;
  /** Points that a training went through, in the form of `at`: projected onto the slice. */
  readonly trajectory?: readonly X[];
  /**
   * Another point, with the model's state there: the slice is moved through it, parallel to that through `at`, with the
   * same directions and coordinates. So slices through several points of a training are pictures of one window.
   */
  readonly through?: { readonly at: X; readonly state?: unknown };
}

/** The names of `SliceOptions`. */
export const sliceOptionNames = [
  ...pointOptionNames,
  ...["directions", "dimensions", "trajectory", "through"],
];

/** What is told of every slice. */
export interface SliceFacts {
  /** The given points: coordinates on the slice, and the share of the squared distance that lies outside it. */
  readonly trajectory?: readonly {
    readonly coordinates: readonly number[];
    readonly outside: number;
  }[];
  /** Of the trajectory's squared distances, the share along each axis. */
  readonly explained?: readonly number[];
  /** With `through`: where that point lies on the slice. Else the point lies at 0. */
  readonly point?: readonly number[];
  /** Arrays of the model's state, such as running statistics: they are held as they are at the point everywhere. */
  readonly frozen: number;
  readonly rows: number;
  readonly ofRows: number;
  readonly cost: {
    readonly evaluations: number;
    readonly gradients: number;
    readonly seconds: number;
  };
  readonly engine: string;
}

/** Losses at single places of a slice. */
export interface PlacesReport extends SliceFacts {
  readonly axes: readonly { readonly name: string; readonly length: number }[];
  readonly places: readonly {
    readonly coordinates: readonly number[];
    readonly loss: number;
    /** What a training's loss tells beside its value there: accuracy … */
    readonly metrics?: Readonly<Record<string, number>>;
    /** What the model says there of the first rows looked at, where a `compositeLoss` tells it apart from the loss. */
    readonly outputs?: readonly (readonly number[])[];
  }[];
}

/** Rows that the model's outputs are told of at a place. */
const rowsOfOutputs = 6;

/**
 * The loss at single places of the slice that `landscape` measures with the same options: what a grid only tells between its
 * own places, exactly.
 *
 * Price: as `landscape`, one value a place; of a training a second one for the metrics, and the model on six rows.
 *
 * @param places - coordinates along each axis, in its units
 * @throws NadirError `landscape/places` for none, or of another number of coordinates; and as `landscape`
 */
export async function lossesOnSlice<X>(
  problem: Inspected<X>,
  options: SliceOptions<X>,
  places: readonly (readonly number[])[],
): Promise<PlacesReport> {
  requireKnownOptions("lossesOnSlice", options, sliceOptionNames);
  const count = dimensionsOf(options);
  const isPlace = (at: readonly number[]): boolean =>
    at.length === count && at.every((coordinate) => Number.isFinite(coordinate));
  if (places.length === 0 || !places.every(isPlace)) {
    const odd = places.find((at) => !isPlace(at));
    throw new NadirError(
      "landscape/places",
      odd === undefined ? "no place is given" : `(${odd.join(", ")}) is no place of the slice`,
      { expected: count === 1 ? "one number" : "two numbers, one along each axis" },
    );
  }
  return withSlice(problem, options, async (slice) => {
    const losses = await slice.values(places.flat());
    return {
      ...slice.report(places.length),
      axes: slice.names.map((name, j) => ({ name, length: norm(slice.directions[j]!) })),
      places: await inOrder(places, async (coordinates, i) => ({
        coordinates,
        loss: losses[i]!,
        ...(await slice.told(coordinates)),
      })),
    };
  });
}

/** A slice whose directions are known: what is asked of it, and what is said of it. */
interface AskedSlice extends SpannedSlice {
  /** Where the point that it goes through lies on it. */
  readonly point: readonly number[];
  readonly trajectory: SliceFacts["trajectory"];
  /** Losses at places, their coordinates one after another. */
  values(places: readonly number[]): Promise<Float64Array>;
  /** What is told of a place beside its loss. */
  told(
    place: readonly number[],
  ): Promise<Pick<PlacesReport["places"][number], "metrics" | "outputs">>;
  /** What all reports say, after so many evaluations. */
  report(evaluations: number): SliceFacts;
}

/**
 * Opens a slice, asks it, and gives back what holds memory.
 *
 * @throws NadirError `landscape/directions`, `landscape/trajectory`, `inspect/…`
 */
export async function withSlice<X, T>(
  problem: Inspected<X>,
  options: SliceOptions<X>,
  ask: (slice: AskedSlice) => Promise<T>,
): Promise<T> {
  const { through, rows } = options;
  const located = locate(problem, options);
  const there =
    through === undefined
      ? undefined
      : locate(problem, { ...options, at: through.at, state: through.state ?? options.state });
  const points = options.trajectory?.map((at) => flatLike(at, located.params, "trajectory"));
  const given =
    typeof options.directions === "object"
      ? options.directions.map((at) => flatLike(at, located.params, "directions"))
      : undefined;
  await using surface = await Surface.open(located, rows);
  await using asked = there === undefined ? surface : await Surface.open(there, rows);
  const begin = performance.now();
  const spanned = given
    ? { directions: given, names: given.map((_, i) => `direction ${i + 1}`) }
    : await findSlice(surface, kindOf(options.directions), dimensionsOf(options), points);
  const { directions } = spanned;
  requireIndependent(directions);
  const trajectory = points?.map((one) => project(one, surface.x, directions));
  const point =
    there === undefined
      ? directions.map(() => 0)
      : project(asked.x, surface.x, directions).coordinates;
  // The slice through another point is parallel: its places have the coordinates of the one through `at`.
  const origin = asked.x.slice();
  for (const [j, direction] of directions.entries()) axpy(-point[j]!, direction, origin);
  return await ask({
    ...{ ...spanned, point, trajectory },
    values: (places) => asked.values(origin, directions, Float64Array.from(places)),
    told: async (place) => {
      const x = origin.slice();
      for (const [j, direction] of directions.entries()) axpy(place[j]!, direction, x);
      const metrics = await asked.metrics(x);
      const outputs = await asked.outputs(x, rowsOfOutputs);
      return {
        ...(Object.keys(metrics).length > 0 && { metrics }),
        ...(outputs && { outputs }),
      };
    },
    report: (evaluations) => ({
      ...(trajectory && { trajectory }),
      ...("explained" in spanned ? { explained: spanned.explained } : {}),
      ...(there && { point }),
      ...{ rows: surface.rows, ofRows: located.rows, frozen: located.state.arrays.length },
      cost: {
        evaluations,
        gradients: surface.gradients + (there === undefined ? 0 : asked.gradients),
        seconds: (performance.now() - begin) / 1000,
      },
      engine: surface.engine.name,
    }),
  });
}

/** One after another: each is given memory when the one before has given it back. */
async function inOrder<T, U>(
  list: readonly T[],
  of: (one: T, i: number) => Promise<U>,
): Promise<U[]> {
  const made: U[] = [];
  for (const [i, one] of list.entries()) made.push(await of(one, i));
  return made;
}

/** Lists are given directions, which are not asked about here. */
const kindOf = (directions: unknown): SliceDirections =>
  requireWord("landscape/directions", (directions ?? "random") as SliceDirections, kinds);

/** @throws NadirError `landscape/directions`, `landscape/dimensions` */
export function dimensionsOf<X>({ directions, dimensions }: SliceOptions<X>): 1 | 2 {
  if (typeof directions === "object") {
    const count = directions.length;
    if ((count === 1 || count === 2) && (dimensions ?? count) === count) return count;
    throw new NadirError("landscape/directions", `a slice along ${count} directions`, {
      expected: dimensions === undefined ? "one or two" : `${dimensions}, as dimensions says`,
    });
  }
  if (dimensions === undefined || dimensions === 1 || dimensions === 2) return dimensions ?? 2;
  throw new NadirError("landscape/dimensions", `dimensions is ${String(dimensions)}`, {
    expected: "1 for a curve, 2 for a plane",
  });
}
