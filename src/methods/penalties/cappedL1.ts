import { where } from "../../array/operations/elementwise.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative, requirePositive } from "../schedules/schedule.ts";
import type { Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";
import { separable } from "./separable.ts";

export interface CappedL1Options {
  /** θ, the magnitude from which on the penalty is flat, above 0. Default 1. */
  readonly theta?: number;
}

/** λ min(u, θ). */
function cappedProfile(strength: number, theta: number): Profile {
  return {
    value: (u) => strength * Math.min(u, theta),
    slope: (u) => (u < theta ? strength : 0),
    slopeBefore: (u) => (u <= theta ? strength : 0),
    curvature: (u) => (u === theta && strength > 0 ? Number.NEGATIVE_INFINITY : 0),
    prox: (u, step) => {
      const near = Math.min(Math.max(u - step * strength, 0), theta);
      const far = Math.max(u, theta);
      const nearValue = 0.5 * (near - u) ** 2 + step * strength * near;
      const farValue = 0.5 * (far - u) ** 2 + step * strength * theta;
      return farValue < nearValue ? far : near;
    },
    traced: (u, step) => {
      const near = u.sub(step.mul(strength)).maximum(0).minimum(theta);
      const far = u.maximum(theta);
      const nearValue = near.sub(u).square().mul(0.5).add(step.mul(near).mul(strength));
      const farValue = far
        .sub(u)
        .square()
        .mul(0.5)
        .add(step.mul(strength * theta));
      return where(farValue.less(nearValue), far, near);
    },
    weakConvexity: strength > 0 ? Number.POSITIVE_INFINITY : 0,
    singleValuedBelow: strength > 0 ? 0 : Number.POSITIVE_INFINITY,
  };
}

/**
 * The capped L1 penalty λ Σ min(|xᵢ|, θ): L1 that stops at θ. Its prox compares the best point below θ with the best above.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`, `penalties/theta`
 * @see Zhang (2010), Analysis of multi-stage convex relaxation for sparse regularization, §2
 */
export const cappedL1 = described(
  {
    name: "cappedL1",
    kind: "penalty",
    summary: "L1 up to a magnitude θ, flat beyond.",
    guarantee:
      "Concave at θ, so not weakly convex. The prox has two values where the best points on either side of θ tie.",
    price: "O(n) a prox",
    source: "Zhang (2010), Analysis of multi-stage convex relaxation for sparse regularization, §2",
  },
  (strength: number, options: CappedL1Options = {}): Penalty => {
    requireNonNegative("penalties/strength", strength);
    requireKnownOptions("cappedL1", options, ["theta"]);
    const theta = requirePositive("penalties/theta", options.theta ?? 1);
    return separable("cappedL1", strength, cappedProfile(strength, theta), (other) =>
      cappedL1(other, { theta }),
    );
  },
);
