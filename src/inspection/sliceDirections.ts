import { NadirError } from "../base/errors.ts";
import { filterNormalise } from "../diagnosis/filterNormalise.ts";
import { principalDirections } from "../diagnosis/trajectoryPlane.ts";
import { answerAsync, askGradient, askHvp, type Vector } from "../linalg/ask.ts";
import { extremePairs } from "../linalg/extremePairs.ts";
import { gaussian, randomStream } from "../linalg/random.ts";
import { axpy, dot, norm, scaled } from "../linalg/vector.ts";
import type { Surface } from "./surface.ts";

/** How the directions of a slice are found, where they are not given. */
export type SliceDirections = "random" | "trajectory" | "curvature" | "gradient";

/** The directions that span a slice, and what they are called. */
export interface SpannedSlice {
  readonly directions: readonly Vector[];
  readonly names: readonly string[];
  readonly explained?: readonly number[];
}

/**
 * Finds the directions of a slice through the point of a surface.
 *
 * @throws NadirError `landscape/trajectory`, `landscape/directions`
 */
export async function findSlice(
  surface: Surface,
  kind: SliceDirections,
  count: 1 | 2,
  points: readonly Vector[] | undefined,
): Promise<SpannedSlice> {
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

/** @throws NadirError `landscape/directions` for directions that span no line, or no plane */
export function requireIndependent([first, second]: readonly Vector[]): void {
  const [a, b] = [norm(first!), second === undefined ? 1 : norm(second)];
  const cosine = second === undefined ? 0 : Math.abs(dot(first!, second)) / (a * b);
  if (a > 0 && b > 0 && cosine < 1 - 1e-10) return;
  throw new NadirError("landscape/directions", "the directions span no plane", {
    expected: "directions of length above 0 that are not multiples of each other",
  });
}
