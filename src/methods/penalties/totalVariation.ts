import type { Vector } from "../../linalg/ask.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import { l1 } from "./l1.ts";
import type { Penalty, Smooth } from "./penalty.ts";

/**
 * Total variation in one dimension, λ Σ|xᵢ₊₁ − xᵢ|, the fused penalty: piecewise constant answers. Its prox is found
 * exactly by the taut string, the shortest path through a tube of radius sλ around the running sums of v.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`
 * @see Davies & Kovac (2001), Local extremes, runs, strings and multiresolution, §3; Condat (2013), A direct algorithm for
 *   1-D total variation denoising
 */
export const totalVariation = described(
  {
    name: "totalVariation",
    kind: "penalty",
    summary:
      "λΣ|xᵢ₊₁ − xᵢ|: piecewise constant in the order of the coordinates (the fused penalty).",
    guarantee: "Convex. The prox is single-valued for every step.",
    price: "O(n) a prox as a rule, O(n²) at worst",
    source:
      "Davies & Kovac (2001), Local extremes, runs, strings and multiresolution, §3; Condat (2013), A direct algorithm for 1-D total variation denoising",
  },
  (strength: number): Penalty => {
    requireNonNegative("penalties/strength", strength);
    return {
      kind: "penalty",
      name: "totalVariation",
      strength,
      weakConvexity: 0,
      singleValuedBelow: Number.POSITIVE_INFINITY,
      parts: {
        kind: "whole",
        ofDifferences: differences(strength),
        smoothAlong: equalNeighbours,
      },
      value: (x) => {
        let sum = 0;
        for (let i = 1; i < x.length; i++) sum += Math.abs(x[i]! - x[i - 1]!);
        return strength * sum;
      },
      derivative: (x, out = new Float64Array(x.length)) => {
        out.fill(0);
        for (let i = 1; i < x.length; i++) {
          const side = strength * Math.sign(x[i]! - x[i - 1]!);
          out[i] = out[i]! + side;
          out[i - 1] = out[i - 1]! - side;
        }
        return out;
      },
      prox: (v, step, out = new Float64Array(v.length)) => tautString(v, step * strength, out),
      withStrength: totalVariation,
    };
  },
);

/** The penalty of the differences. */
const differences = (strength: number): Penalty => ({
  ...l1(strength),
  name: "totalVariation",
  withStrength: differences,
});

/** Runs of equal neighbours move as one. */
function equalNeighbours(x: Vector): Smooth {
  const starts = [0];
  for (let i = 1; i < x.length; i++) if (x[i] !== x[i - 1]) starts.push(i);
  return {
    dimension: starts.length,
    tangent: (v) => {
      const out = new Float64Array(v.length);
      starts.forEach((start, k) => {
        const end = starts[k + 1] ?? v.length;
        let sum = 0;
        for (let i = start; i < end; i++) sum += v[i]!;
        out.fill(sum / (end - start), start, end);
      });
      return out;
    },
  };
}

/**
 * out ← argmin ½‖x − v‖² + radius·Σ|xᵢ₊₁ − xᵢ|. From the last knot on, the steepest line that stays below
 * the tube's roof and the flattest above its floor; where they cross, the string bends at the one that it touched.
 * `out` may be v.
 */
function tautString(v: Vector, radius: number, out: Vector): Vector {
  const n = v.length;
  // sums[k] = v₀ + … + v_{k−1}; the tube is sums ± radius, shut at both ends.
  const sums = new Float64Array(n + 1);
  for (let k = 0; k < n; k++) sums[k + 1] = sums[k]! + v[k]!;
  const roof = (k: number): number => sums[k]! + (k === n ? 0 : radius);
  const floor = (k: number): number => sums[k]! - (k === n ? 0 : radius);
  let knot = 0;
  let height = 0;
  while (knot < n) {
    let low = Number.NEGATIVE_INFINITY; // the slope to stay above
    let high = Number.POSITIVE_INFINITY; // the slope to stay below
    let lowAt = knot;
    let highAt = knot;
    let end = n;
    let slope = 0;
    let next = sums[n]!;
    for (let k = knot + 1; k <= n; k++) {
      const up = (roof(k) - height) / (k - knot);
      const down = (floor(k) - height) / (k - knot);
      if (down > high) {
        [end, slope, next] = [highAt, high, roof(highAt)];
        break;
      }
      if (up < low) {
        [end, slope, next] = [lowAt, low, floor(lowAt)];
        break;
      }
      if (up <= high) [high, highAt] = [up, k];
      if (down >= low) [low, lowAt] = [down, k];
      if (k === n) [end, slope] = [n, up]; // roof and floor meet there, within the cone
    }
    for (let i = knot; i < end; i++) out[i] = slope;
    height = next;
    knot = end;
  }
  return out;
}
