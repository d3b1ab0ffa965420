import { where } from "../../array/operations/elementwise.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative, requirePositive } from "../schedules/schedule.ts";
import type { Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";
import { separable } from "./separable.ts";

export interface LogSumOptions {
  /** ε, the magnitude at which the logarithm begins to bend, above 0. Default 1. */
  readonly epsilon?: number;
}

/** λ log(1 + u/ε). */
function logProfile(strength: number, epsilon: number): Profile {
  const value = (u: number): number => strength * Math.log1p(u / epsilon);
  return {
    value,
    slope: (u) => strength / (epsilon + u),
    slopeBefore: (u) => strength / (epsilon + u),
    curvature: (u) => -strength / (epsilon + u) ** 2,
    prox: (u, step) => {
      // Stationary: x² + (ε − u)x + sλ − uε = 0, of which the larger root is the minimum.
      const inside = (u + epsilon) ** 2 - 4 * step * strength;
      if (inside < 0) return 0;
      const x = 0.5 * (u - epsilon + Math.sqrt(inside));
      if (x <= 0) return 0;
      return 0.5 * (x - u) ** 2 + step * value(x) < 0.5 * u * u ? x : 0;
    },
    traced: (u, step) => {
      const inside = u
        .add(epsilon)
        .square()
        .sub(step.mul(4 * strength));
      const x = inside.maximum(0).sqrt().add(u).sub(epsilon).mul(0.5).maximum(0);
      const there = x
        .sub(u)
        .square()
        .mul(0.5)
        .add(step.mul(x.div(epsilon).log1p().mul(strength)));
      const better = there.less(u.square().mul(0.5)).and(inside.greaterEqual(0));
      return where(better, x, 0);
    },
    weakConvexity: strength / epsilon ** 2,
    singleValuedBelow: strength > 0 ? epsilon ** 2 / strength : Number.POSITIVE_INFINITY,
  };
}

/**
 * The log-sum penalty λ Σ log(1 + |xᵢ|/ε), which reweighted L1 minimizes: its slope at u is λ/(ε + u). Its prox is 0 or the larger
 * root of x² + (ε − |v|)x + sλ − |v|ε, whichever is lower.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`, `penalties/epsilon`
 * @see Candès, Wakin & Boyd (2008), Enhancing sparsity by reweighted ℓ1 minimization, eq. (6)
 */
export const logSum = described(
  {
    name: "logSum",
    kind: "penalty",
    summary: "λΣlog(1 + |x|/ε): the penalty behind reweighted L1.",
    guarantee:
      "Weakly convex with constant λ/ε². The prox is single-valued for steps below ε²/λ, and exact for all.",
    price: "O(n) a prox",
    source:
      "Candès, Wakin & Boyd (2008), Enhancing sparsity by reweighted ℓ1 minimization, eq. (6)",
  },
  (strength: number, options: LogSumOptions = {}): Penalty => {
    requireNonNegative("penalties/strength", strength);
    requireKnownOptions("logSum", options, ["epsilon"]);
    const epsilon = requirePositive("penalties/epsilon", options.epsilon ?? 1);
    return separable("logSum", strength, logProfile(strength, epsilon), (other) =>
      logSum(other, { epsilon }),
    );
  },
);
