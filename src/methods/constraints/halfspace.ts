import { type ArrayLike, NDArray } from "../../array/ndarray.ts";
import { sum } from "../../array/operations/reduction.ts";
import { sizeOf } from "../../array/shape.ts";
import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { dot, norm } from "../../linalg/vector.ts";
import { described } from "../method.ts";
import { type Constraint, independent, naturalResidual } from "./constraint.ts";
import { freeFace } from "./l2Ball.ts";
import { without } from "./radius.ts";

/**
 * The half-space {x : aᵀx ≤ b}. The nearest point is x − max(0, aᵀx − b)·a/‖a‖².
 *
 * @param a - as many numbers as elements are held, not all 0
 * @throws NadirError `constraints/halfspace` if a is 0; `constraints/shape` for params of another size
 * @see Parikh & Boyd (2014), Proximal algorithms, §6.2.3
 */
export const halfspace = described(
  {
    name: "halfspace",
    kind: "constraint",
    summary: "One linear inequality: a·x ≤ b.",
    guarantee: "Convex. The projection is exact to rounding.",
    price: "2n multiplications a projection",
    source: "Parikh & Boyd (2014), Proximal algorithms, §6.2.3",
  },
  (a: ArrayLike, b: number): Constraint => {
    const normal = Float64Array.from(NDArray.of(a).data);
    const length = norm(normal);
    if (!(length > 0) || !Number.isFinite(length) || Number.isNaN(b)) {
      throw new NadirError("constraints/halfspace", `halfspace: a has norm ${length}, b is ${b}`, {
        expected: "a normal of finite positive length, and a number",
      });
    }
    const unit = normal.map((ai) => ai / length);
    const excess = (x: Vector): number => Math.max(0, dot(unit, x) - b / length);
    const project = (x: Vector): Vector => {
      const over = excess(x);
      return x.map((xi, i) => xi - over * unit[i]!);
    };
    return {
      kind: "constraint",
      name: `halfspace([${normal.length} numbers], ${b})`,
      isConvex: true,
      isBounded: false,
      within: (shape, label) => {
        if (sizeOf(shape) !== normal.length) {
          throw new NadirError(
            "constraints/shape",
            `halfspace: a has ${normal.length} elements, and ${label} ${sizeOf(shape)}`,
            { expected: "one for each element" },
          );
        }
        const name = `a·${label} ≤ ${b}`;
        return {
          project,
          residual: (x) => excess(x) * length,
          projectedGradient: (x, gradient) => naturalResidual(project, x, gradient),
          face: (x, gradient, slack) => {
            const scale = Math.max(1, Math.abs(b) / length, norm(x));
            if (dot(unit, x) - b / length < -1e-12 * scale) return freeFace(x.length, []);
            const force = -dot(unit, gradient);
            if (force <= slack) return freeFace(x.length, [name], [unit]);
            return {
              held: [{ name, multiplier: force / length }],
              touching: [],
              independence: independent(1),
              dimension: x.length - 1,
              tangent: (v) => without(unit, v),
            };
          },
          traced: (x) => {
            const direction = NDArray.of(unit, shape);
            const over = sum(x.mul(direction))
              .sub(b / length)
              .maximum(0);
            return x.sub(over.mul(direction));
          },
        };
      },
    };
  },
);
