import { NadirError } from "../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions, requireWord } from "../base/require.ts";
import { filterNormalise } from "../diagnosis/filterNormalise.ts";
import { principalDirections, project } from "../diagnosis/trajectoryPlane.ts";
import { answerAsync, askGradient, askHvp, type Vector } from "../linalg/ask.ts";
import { extremePairs } from "../linalg/extremePairs.ts";
import { gaussian, randomStream } from "../linalg/random.ts";
import { axpy, dot, norm, scaled } from "../linalg/vector.ts";
import { type Inspected, locate, type PointOptions, pointOptionNames } from "./point.ts";
import { Surface } from "./surface.ts";
import { flatLike } from "./trees.ts";

/** How the directions of a slice are found, where they are not given. */
export type SliceDirections = "random" | "trajectory" | "curvature" | "gradient";

const kinds: readonly SliceDirections[] = ["random", "trajectory", "curvature", "gradient"];

/** More places than a million are a mistake in typing: at a millisecond each they take a quarter of an hour. */
const MOST_VALUES = 1e6;

/** The slice that `landscape` measures: its directions, reach and grid. */
export interface LandscapeOptions<X> extends PointOptions<X> {
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
  /** Coordinates from −span to span along each axis. Default 1; with a trajectory what shows all of it. */
  readonly span?: number;
  /** Values along each axis; without a trajectory an odd number has the point itself among them. Default 25, of a curve 51. */
  readonly grid?: number;
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
export interface LandscapeReport {
  readonly axes: readonly SliceAxis[];
  /** Losses, row-major `[axes[0], axes[1]]`. Each is the loss at that very point. */
  readonly values: Float64Array;
  /** The loss at the point itself. */
  readonly loss: number;
  /** The given points: coordinates on the slice, and the share of the squared distance that lies outside it. */
  readonly trajectory?: readonly {
    readonly coordinates: readonly number[];
    readonly outside: number;
  }[];
  /** Of the trajectory's squared distances, the share along each axis. */
  readonly explained?: readonly number[];
  readonly rows: number;
  readonly ofRows: number;
  readonly cost: {
    readonly evaluations: number;
    readonly gradients: number;
    readonly seconds: number;
  };
  readonly engine: string;
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
  requireKnownOptions("landscape", options, [
    ...pointOptionNames,
    ...["directions", "dimensions", "trajectory", "span", "grid"],
  ]);
  const located = locate(problem, options);
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
  const points = options.trajectory?.map((at) => flatLike(at, located.params, "trajectory"));
  const given =
    typeof options.directions === "object"
      ? options.directions.map((at) => flatLike(at, located.params, "directions"))
      : undefined;
  await using surface = await Surface.open(located, options.rows);
  const begin = performance.now();
  const slice = given
    ? { directions: given, names: given.map((_, i) => `direction ${i + 1}`) }
    : await find(surface, kindOf(options.directions), count, points);
  const { directions, names } = slice;
  requireIndependent(directions);
  const projected = points?.map((point) => project(point, surface.x, directions));
  const alongs = directions.map(
    (_, j) => projected?.map(({ coordinates }) => coordinates[j]!) ?? [],
  );
  const axes = directions.map((direction, j): SliceAxis => {
    const shown = shownOf(alongs, j);
    const coordinates = coordinatesOf(grid, span, shown);
    return { name: names[j]!, direction, length: norm(direction), coordinates };
  });
  const [first, second] = axes;
  const places = second
    ? Array.from(first!.coordinates, (a) => Array.from(second.coordinates, (b) => [a, b])).flat(2)
    : Array.from(first!.coordinates);
  const values = await surface.values(surface.x, directions, Float64Array.from(places));
  const [loss] = await surface.values(surface.x, directions, new Float64Array(directions.length));
  return {
    ...{ axes, values, loss: loss! },
    ...(projected && { trajectory: projected }),
    ...("explained" in slice ? { explained: slice.explained } : {}),
    ...{ rows: surface.rows, ofRows: located.rows },
    cost: {
      evaluations: values.length + 1,
      gradients: surface.gradients,
      seconds: (performance.now() - begin) / 1000,
    },
    engine: surface.engine.name,
  };
}

/** Lists are given directions, which are not asked about here. */
const kindOf = (directions: unknown): SliceDirections =>
  requireWord("landscape/directions", (directions ?? "random") as SliceDirections, kinds);

function dimensionsOf<X>({ directions, dimensions }: LandscapeOptions<X>): 1 | 2 {
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

interface Slice {
  readonly directions: readonly Vector[];
  readonly names: readonly string[];
  readonly explained?: readonly number[];
}

async function find(
  surface: Surface,
  kind: SliceDirections,
  count: 1 | 2,
  points: readonly Vector[] | undefined,
): Promise<Slice> {
  const { x, oracle } = surface;
  switch (kind) {
    case "random": {
      const directions = Array.from({ length: count }, (_, j) => randomDirection(surface, j));
      return { directions, names: directions.map((_, j) => `random ${j + 1}`) };
    }
    case "trajectory": {
      const { directions, explained } = principalDirections(points ?? [], x, count);
      if (directions.length === count)
        return { directions, explained, names: directions.map((_, j) => `component ${j + 1}`) };
      if (directions.length === 1) {
        // A path of two points is a line: what lies beside it is shown along a random direction.
        const beside = randomDirection(surface, 0);
        axpy(-dot(directions[0]!, beside), directions[0]!, beside);
        const names = ["component 1", "random, across it"];
        return { directions: [directions[0]!, unit(beside)], explained, names };
      }
      throw new NadirError(
        "landscape/trajectory",
        `a trajectory of ${directions.length} dimensions about the point`,
        {
          expected: `at least ${count}: points other than \`at\` that do not lie on one line`,
          hint: "trajectory: params of the run at several steps",
        },
      );
    }
    case "curvature": {
      const { largest, smallest } = await ends(surface, count - 1);
      const pairs = [largest[0]!, ...smallest];
      return {
        directions: pairs.map(({ vector }) => vector),
        names: pairs.map(({ value }) => `eigenvector of ${Number(value.toPrecision(3))}`),
      };
    }
    case "gradient": {
      const { gradient } = await answerAsync(askGradient(x), oracle);
      if (!(norm(gradient) > 0)) throw noGradient();
      const along = unit(gradient);
      if (count === 1) return { directions: [along], names: ["gradient"] };
      const { largest } = await ends(surface, 0);
      const beside = largest[0]!.vector.slice();
      axpy(-dot(along, beside), along, beside);
      return { directions: [along, unit(beside)], names: ["gradient", "largest curvature"] };
    }
  }
}

/** The j-th normal direction of a seed, filter-normalised. */
function randomDirection({ x, located: { seed, params } }: Surface, j: number): Vector {
  const random = randomStream(seed, 0x1a5d + j);
  const drawn = Float64Array.from(x, () => gaussian(random));
  const shapes = params.arrays.map(({ shape }) => shape);
  const own = filterNormalise(drawn, x, shapes);
  // At x = 0 every filter has length 0, and so would the direction.
  return norm(own) > 0 ? own : unit(drawn);
}

const noGradient = (): NadirError =>
  new NadirError("landscape/directions", "the gradient is zero: it has no direction", {
    expected: "a point that is not stationary",
    hint: 'directions: "curvature"',
  });

const ends = ({ x, located, oracle }: Surface, smallest: number) =>
  answerAsync(
    extremePairs((v) => askHvp(x, v), x.length, {
      ...{ largest: 1, smallest, maxProducts: 200, seed: located.seed },
      tolerance: located.dtype === "f32" ? 1e-3 : 1e-5,
    }),
    oracle,
  );

function unit(v: Vector): Vector {
  const out = new Float64Array(v.length);
  scaled(out, 1 / norm(v), v);
  return out;
}

function requireIndependent([first, second]: readonly Vector[]): void {
  const [a, b] = [norm(first!), second === undefined ? 1 : norm(second)];
  const cosine = second === undefined ? 0 : Math.abs(dot(first!, second)) / (a * b);
  if (a > 0 && b > 0 && cosine < 1 - 1e-10) return;
  throw new NadirError("landscape/directions", "the directions span no plane", {
    expected: "directions of length above 0 that are not multiples of each other",
  });
}

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
