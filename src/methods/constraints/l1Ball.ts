import type { Vector } from "../../linalg/ask.ts";
import { normInf } from "../../linalg/vector.ts";
import { described } from "../method.ts";
import { type Constraint, type ConstraintSet, naturalResidual } from "./constraint.ts";
import { freeFace } from "./l2Ball.ts";
import { onBoundary, requireRadius } from "./radius.ts";
import { simplexThreshold, tracedThreshold } from "./simplex.ts";

/**
 * The cross-polytope {x : Σ|xᵢ| ≤ radius}: the constraint form of the lasso, with exact zeros. The nearest point
 * thresholds softly, sign(x)·max(|x| − θ, 0), with the θ ≥ 0 that makes the norm right.
 *
 * @param radius - above 0. Default 1
 * @throws NadirError `constraints/radius`
 * @see Duchi et al. (2008), Efficient projections onto the ℓ₁-ball for learning in high dimensions, §4
 */
export const l1Ball = described(
  {
    name: "l1Ball",
    kind: "constraint",
    summary: "A sum of absolute values of at most the radius: the lasso as a constraint.",
    guarantee: "Convex. The projection is exact to rounding, its zeros are exact.",
    price: "one sort a projection",
    source:
      "Duchi et al. (2008), Efficient projections onto the ℓ₁-ball for learning in high dimensions, §4",
  },
  (radius = 1): Constraint => {
    requireRadius(radius);
    return {
      kind: "constraint",
      name: `l1Ball(${radius})`,
      isConvex: true,
      isBounded: true,
      within: (_shape, label) => crossPolytope(radius, label),
    };
  },
);

const norm1 = (x: Vector): number => x.reduce((sum, xi) => sum + Math.abs(xi), 0);

function crossPolytope(radius: number, label: string): ConstraintSet {
  const project = (x: Vector): Vector => {
    if (norm1(x) <= radius) return x.slice();
    const threshold = simplexThreshold(x.map(Math.abs), radius);
    return x.map((xi) => Math.sign(xi) * Math.max(Math.abs(xi) - threshold, 0));
  };
  return {
    project,
    residual: (x) => Math.max(0, norm1(x) - radius),
    linearMinimum: (gradient) => {
      const largest = normInf(gradient);
      const i = gradient.findIndex((gi) => Math.abs(gi) === largest);
      const out = new Float64Array(gradient.length);
      out[i] = gradient[i]! > 0 ? -radius : radius;
      return out;
    },
    projectedGradient: (x, gradient) => naturalResidual(project, x, gradient),
    face: (x, gradient, slack) => {
      const name = `Σ|${label}| ≤ ${radius}`;
      if (!onBoundary(norm1(x), radius)) return freeFace(x.length, []);
      let support = 0;
      let multiplier = 0;
      x.forEach((xi, i) => {
        if (xi !== 0) multiplier += (-Math.sign(xi) * gradient[i]! - multiplier) / ++support;
      });
      if (multiplier <= slack) return freeFace(x.length, [name]);
      // A zero moves only if its gradient is as steep as the face's own: then the force decides its sign.
      const touching: string[] = [];
      const signs = x.map((xi, i) => {
        if (xi !== 0) return Math.sign(xi);
        if (Math.abs(gradient[i]!) < multiplier - slack) return 0;
        touching.push(`the sign of ${label}[${i}]`);
        return -Math.sign(gradient[i]!);
      });
      const free = norm1(signs);
      return {
        held: [{ name, multiplier }],
        touching,
        dimension: free - 1,
        tangent: (v) => {
          const along = v.reduce((sum, vi, i) => sum + signs[i]! * vi, 0) / free;
          return v.map((vi, i) => (signs[i] === 0 ? 0 : vi - along * signs[i]!));
        },
      };
    },
    traced: (x) => {
      const size = x.abs();
      return x.sign().mul(size.sub(tracedThreshold(size, radius).maximum(0)).maximum(0));
    },
  };
}
