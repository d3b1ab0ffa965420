import type { Vector } from "../linalg/ask.ts";
import { symmetricEigen } from "../linalg/symmetricEigen.ts";
import { addScaled, axpy, dot, scale } from "../linalg/vector.ts";

/** The directions in which a trajectory moves most. */
export interface PrincipalDirections {
  /** Orthonormal; fewer than asked for where the trajectory has fewer dimensions. */
  readonly directions: readonly Vector[];
  /** The share of the squared distances from the centre that each carries. */
  readonly explained: readonly number[];
}

/**
 * Principal components of a trajectory about a centre, without a mean being taken off: of the matrix of pointᵢ − centre,
 * by the eigenvectors of its Gram matrix, so that no n×n matrix is formed.
 *
 * @see Li et al. (2018), Visualizing the loss landscape of neural nets, section 7.2
 */
export function principalDirections(
  points: readonly Vector[],
  centre: Vector,
  count: number,
): PrincipalDirections {
  const moved = points.map((point) => difference(point, centre));
  const m = moved.length;
  const gram = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= i; j++) {
      gram[i * m + j] = dot(moved[i]!, moved[j]!);
      gram[j * m + i] = gram[i * m + j]!;
    }
  }
  const { values, vectors } = symmetricEigen(gram, m);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const directions: Vector[] = [];
  const explained: number[] = [];
  for (let rank = 0; rank < Math.min(count, m); rank++) {
    const row = m - 1 - rank;
    if (!(values[row]! > 1e-12 * values[m - 1]!)) break;
    const direction = new Float64Array(centre.length);
    for (let i = 0; i < m; i++) axpy(vectors[row * m + i]!, moved[i]!, direction);
    scale(1 / Math.sqrt(dot(direction, direction)), direction);
    directions.push(direction);
    explained.push(values[row]! / total);
  }
  return { directions, explained };
}

/** Where a point lies in a plane. */
export interface Projected {
  /** One for each direction: the nearest point of the plane is centre + Σ coordinatesⱼ·directionⱼ. */
  readonly coordinates: readonly number[];
  /** The share of its squared distance from the centre that lies outside the plane: 0 in it, 1 straight above the centre. */
  readonly outside: number;
}

/** The nearest point of the plane or line through the centre along one or two directions, of any length and angle. */
export function project(point: Vector, centre: Vector, directions: readonly Vector[]): Projected {
  const moved = difference(point, centre);
  const [first, second] = directions;
  const b = directions.map((direction) => dot(direction, moved));
  const coordinates =
    second === undefined
      ? [b[0]! / dot(first!, first!)]
      : solveTwo(dot(first!, first!), dot(first!, second), dot(second, second), b[0]!, b[1]!);
  const distance = dot(moved, moved);
  const inside = coordinates.reduce((sum, c, j) => sum + c * b[j]!, 0);
  return { coordinates, outside: distance > 0 ? Math.max(0, 1 - inside / distance) : 0 };
}

function solveTwo(p: number, q: number, r: number, a: number, b: number): [number, number] {
  const determinant = p * r - q * q;
  return [(r * a - q * b) / determinant, (p * b - q * a) / determinant];
}

function difference(x: Vector, y: Vector): Vector {
  const out = new Float64Array(x.length);
  addScaled(out, x, -1, y);
  return out;
}
