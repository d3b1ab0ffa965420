import { NDArray } from "../../array/ndarray.ts";
import { where } from "../../array/operations/elementwise.ts";
import { norm as tracedNorm } from "../../array/operations/reduction.ts";
import { type Shape, sizeOf } from "../../array/shape.ts";
import type { Vector } from "../../linalg/ask.ts";
import { dot, norm } from "../../linalg/vector.ts";
import { described } from "../method.ts";
import type { Constraint, ConstraintSet } from "./constraint.ts";
import { sphereFace } from "./l2Ball.ts";
import { requireRadius, without } from "./radius.ts";

/**
 * The sphere {x : ‖x‖₂ = radius}. The nearest point is x·radius/‖x‖₂; of 0, where all are equally near, the first
 * unit vector. Not convex. The tangent part of ∇f stands for the gradient, and the curvature is that of the
 * Riemannian Hessian, P(∇²f − (xᵀ∇f/radius²)I)P with P = I − xxᵀ/radius².
 *
 * @param radius - above 0. Default 1
 * @throws NadirError `constraints/radius`
 * @see Absil, Mahony & Sepulchre (2008), Optimization algorithms on matrix manifolds, §5.3.2 and §6.4.1
 */
export const sphere = described(
  {
    name: "sphere",
    kind: "constraint",
    summary: "A Euclidean norm of just the radius: directions, eigenvectors, phases.",
    guarantee: "Not convex. The projection is exact.",
    price: "O(n) a projection",
    source:
      "Absil, Mahony & Sepulchre (2008), Optimization algorithms on matrix manifolds, §5.3.2 and §6.4.1",
  },
  (radius = 1): Constraint => {
    requireRadius(radius);
    return {
      kind: "constraint",
      name: `sphere(${radius})`,
      isConvex: false,
      isBounded: true,
      within: (shape, label) => sphereSet(radius, shape, label),
    };
  },
);

function sphereSet(radius: number, shape: Shape, label: string): ConstraintSet {
  const onto = (x: Vector, sign: number): Vector => {
    const length = norm(x);
    if (length > 0) return x.map((xi) => (sign * radius * xi) / length);
    const first = new Float64Array(x.length);
    first[0] = radius;
    return first;
  };
  return {
    project: (x) => onto(x, 1),
    residual: (x) => Math.abs(norm(x) - radius),
    linearMinimum: (gradient) => onto(gradient, -1),
    projectedGradient: (x, gradient) => {
      const size = norm(x);
      return without(
        x.map((xi) => xi / size),
        gradient,
      );
    },
    face: (x, gradient) => sphereFace(x, -dot(x, gradient) / norm(x), `‖${label}‖₂ = ${radius}`),
    traced: (x) => {
      const length = tracedNorm(x);
      const first = new Float64Array(sizeOf(shape));
      first[0] = radius;
      return where(
        length.equal(0),
        NDArray.of(first, shape),
        x.mul(length.reciprocal().mul(radius)),
      );
    },
  };
}
