import { NDArray } from "../../array/ndarray.ts";
import { sort } from "../../array/operations/indexing.ts";
import { cumSum, max } from "../../array/operations/reduction.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { Vector } from "../../linalg/ask.ts";
import { described } from "../method.ts";
import {
  axis,
  type Constraint,
  type ConstraintSet,
  type Held,
  independent,
  naturalResidual,
} from "./constraint.ts";
import { requireRadius } from "./radius.ts";

/**
 * The simplex {x : x ≥ 0, Σxᵢ = radius}: probabilities, mixtures, portfolios. The nearest point is max(x − θ, 0)
 * with the θ that makes the sum right.
 *
 * @param radius - above 0. Default 1
 * @throws NadirError `constraints/radius`
 * @see Held, Wolfe & Crowder (1974), Validation of subgradient optimization; Duchi et al. (2008), Efficient
 *   projections onto the ℓ₁-ball, fig. 1
 */
export const simplex = described(
  {
    name: "simplex",
    kind: "constraint",
    summary: "No element below 0, and a given sum: probabilities, mixtures, portfolios.",
    guarantee: "Convex. The projection is exact to rounding, its zeros are exact.",
    price: "one sort a projection",
    source: "Duchi et al. (2008), Efficient projections onto the ℓ₁-ball, fig. 1",
  },
  (radius = 1): Constraint => {
    requireRadius(radius);
    return {
      kind: "constraint",
      name: `simplex(${radius})`,
      isConvex: true,
      isBounded: true,
      within: (_shape, label) => simplexSet(radius, label),
    };
  },
);

/** The θ for which Σ max(xᵢ − θ, 0) = radius: the largest of (x₍₁₎ + … + x₍ₖ₎ − radius)/k over k, x₍₁₎ ≥ x₍₂₎ ≥ …. */
export function simplexThreshold(x: Vector, radius: number): number {
  const sorted = x.slice().sort();
  let sum = -radius;
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 1; k <= sorted.length; k++) {
    sum += sorted[sorted.length - k]!;
    largest = Math.max(largest, sum / k);
  }
  return largest;
}

/** `simplexThreshold` in the array language, of a tensor of any shape. */
export function tracedThreshold(x: Tensor, radius: number): Tensor {
  const descending = sort(x.reshape([x.size]), { descending: true });
  const counts = Float64Array.from({ length: x.size }, (_, i) => 1 / (i + 1));
  return max(cumSum(descending).sub(radius).mul(NDArray.of(counts)));
}

function simplexSet(radius: number, label: string): ConstraintSet {
  const project = (x: Vector): Vector => {
    const threshold = simplexThreshold(x, radius);
    return x.map((xi) => Math.max(xi - threshold, 0));
  };
  return {
    project,
    residual: (x) =>
      Math.max(Math.abs(x.reduce((a, b) => a + b, 0) - radius), ...x.map((xi) => -xi)),
    linearMinimum: (gradient) => {
      const out = new Float64Array(gradient.length);
      out[gradient.indexOf(Math.min(...gradient))] = radius;
      return out;
    },
    projectedGradient: (x, gradient) => naturalResidual(project, x, gradient),
    face: (x, gradient, slack) => {
      let support = 0;
      let mean = 0;
      x.forEach((xi, i) => {
        if (xi > 0) mean += (gradient[i]! - mean) / ++support;
      });
      const held: Held[] = [{ name: `Σ${label} = ${radius}`, multiplier: -mean }];
      const touching: string[] = [];
      const normals: Vector[] = [];
      const free: number[] = [];
      x.forEach((xi, i) => {
        const name = `${label}[${i}] ≥ 0`;
        const multiplier = gradient[i]! - mean;
        if (xi <= 0 && multiplier > slack) {
          held.push({ name, multiplier });
          return;
        }
        free.push(i);
        if (xi > 0) return;
        touching.push(name);
        normals.push(axis(x.length, i, -1));
      });
      return {
        held,
        touching,
        normals,
        independence: independent(held.length + touching.length),
        dimension: free.length - 1,
        tangent: (v) => {
          const out = new Float64Array(v.length);
          const average = free.reduce((sum, i) => sum + v[i]!, 0) / free.length;
          for (const i of free) out[i] = v[i]! - average;
          return out;
        },
      };
    },
    traced: (x) => x.sub(tracedThreshold(x, radius)).maximum(0),
  };
}
