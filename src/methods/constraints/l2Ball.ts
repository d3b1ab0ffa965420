import { where } from "../../array/operations/elementwise.ts";
import { norm as tracedNorm } from "../../array/operations/reduction.ts";
import type { Vector } from "../../linalg/ask.ts";
import { dot, norm } from "../../linalg/vector.ts";
import { described } from "../method.ts";
import {
  type Constraint,
  type ConstraintSet,
  type Face,
  independent,
  naturalResidual,
} from "./constraint.ts";
import { onBoundary, requireRadius, without } from "./radius.ts";

/**
 * The Euclidean ball {x : ‖x‖₂ ≤ radius}. The nearest point is x·min(1, radius/‖x‖₂). On matrices ‖·‖₂ is the
 * Frobenius norm.
 *
 * @param radius - above 0. Default 1
 * @throws NadirError `constraints/radius`
 * @see Parikh & Boyd (2014), Proximal algorithms, §6.5.1
 */
export const l2Ball = described(
  {
    name: "l2Ball",
    kind: "constraint",
    summary: "A Euclidean norm of at most the radius: max-norm regularization, weight clipping.",
    guarantee: "Convex. The projection is exact.",
    price: "O(n) a projection",
    source: "Parikh & Boyd (2014), Proximal algorithms, §6.5.1",
  },
  (radius = 1): Constraint => {
    requireRadius(radius);
    return {
      kind: "constraint",
      name: `l2Ball(${radius})`,
      isConvex: true,
      isBounded: true,
      within: (_shape, label) => ballSet(radius, label),
    };
  },
);

function ballSet(radius: number, label: string): ConstraintSet {
  const project = (x: Vector): Vector => {
    const length = norm(x);
    return length <= radius ? x.slice() : x.map((xi) => (radius / length) * xi);
  };
  return {
    project,
    residual: (x) => Math.max(0, norm(x) - radius),
    linearMinimum: (gradient) => {
      const length = norm(gradient) || 1;
      return gradient.map((gi) => (-radius / length) * gi);
    },
    projectedGradient: (x, gradient) => naturalResidual(project, x, gradient),
    face: (x, gradient, slack) => {
      const size = norm(x);
      const name = `‖${label}‖₂ ≤ ${radius}`;
      const multiplier = -dot(x, gradient) / size;
      if (!onBoundary(size, radius)) return freeFace(x.length, []);
      if (multiplier <= slack) return freeFace(x.length, [name], [x.map((xi) => xi / size)]);
      return sphereFace(x, multiplier, name);
    },
    traced: (x) => {
      const length = tracedNorm(x);
      return x.mul(where(length.lessEqual(radius), 1, length.reciprocal().mul(radius)));
    },
  };
}

/** Where nothing holds. */
export const freeFace = (
  dimension: number,
  touching: readonly string[],
  normals?: readonly Vector[],
): Face => ({
  held: [],
  touching,
  ...(normals === undefined ? {} : { normals, independence: independent(normals.length) }),
  dimension,
  tangent: (v) => v,
});

/** The sphere through x: its curvature adds (λ/‖x‖)·v. */
export function sphereFace(x: Vector, multiplier: number, name: string): Face {
  const size = norm(x);
  const normal = x.map((xi) => xi / size);
  return {
    held: [{ name, multiplier }],
    touching: [],
    independence: independent(1),
    dimension: x.length - 1,
    tangent: (v) => without(normal, v),
    bend: (v) => v.map((vi) => (multiplier / size) * vi),
  };
}
