import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import type { Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";
import { separable } from "./separable.ts";

/** λu. */
export function l1Profile(strength: number): Profile {
  return {
    value: (u) => strength * u,
    slope: () => strength,
    slopeBefore: () => strength,
    curvature: () => 0,
    prox: (u, step) => Math.max(u - step * strength, 0),
    traced: (u, step) => u.sub(step.mul(strength)).maximum(0),
    weakConvexity: 0,
    singleValuedBelow: Number.POSITIVE_INFINITY,
  };
}

/**
 * The L1 norm λ Σ|xᵢ|. Its prox is soft thresholding, sign(v)·max(|v| − sλ, 0): exact zeros, and every other
 * coefficient too small by sλ. It is convex, and not smooth.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`
 * @see Tibshirani (1996), Regression shrinkage and selection via the lasso
 */
export const l1 = described(
  {
    name: "l1",
    kind: "penalty",
    summary: "λΣ|x|: exact zeros, at the price of shrinking all else by the same amount.",
    guarantee: "Convex. The prox is single-valued for every step.",
    price: "O(n) a prox",
    source: "Tibshirani (1996), Regression shrinkage and selection via the lasso",
  },
  (strength: number): Penalty => {
    requireNonNegative("penalties/strength", strength);
    return separable("l1", strength, l1Profile(strength), l1);
  },
);
