import { where } from "../../array/operations/elementwise.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import type { Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";
import { separable } from "./separable.ts";

/** λ for u > 0, else 0. */
export function l0Profile(strength: number): Profile {
  return {
    value: (u) => (u === 0 ? 0 : strength),
    slope: (u) => (u === 0 && strength > 0 ? Number.POSITIVE_INFINITY : 0),
    slopeBefore: () => 0,
    curvature: () => 0,
    prox: (u, step) => (u > Math.sqrt(2 * step * strength) ? u : 0),
    traced: (u, step) => where(u.greater(step.mul(2 * strength).sqrt()), u, 0),
    weakConvexity: strength > 0 ? Number.POSITIVE_INFINITY : 0,
    singleValuedBelow: strength > 0 ? 0 : Number.POSITIVE_INFINITY,
  };
}

/**
 * The number of entries that are not zero, λ·#{i: xᵢ ≠ 0}. Its prox is hard thresholding: v where |v| > √(2sλ), else 0.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`
 * @see Blumensath & Davies (2008), Iterative thresholding for sparse approximations, eq. (2.4)
 */
export const l0 = described(
  {
    name: "l0",
    kind: "penalty",
    summary: "λ for each entry that is not zero: no shrinking at all.",
    guarantee:
      "Not weakly convex: coordinate descent and proximal gradients end at a fixed point, of which there may be very many. The prox has two values where |v| = √(2sλ).",
    price: "O(n) a prox",
    source:
      "Blumensath & Davies (2008), Iterative thresholding for sparse approximations, eq. (2.4)",
  },
  (strength: number): Penalty => {
    requireNonNegative("penalties/strength", strength);
    return separable("l0", strength, l0Profile(strength), l0);
  },
);
