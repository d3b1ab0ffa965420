import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import type { Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";
import { separable } from "./separable.ts";

export interface ElasticNetOptions {
  /** α, the part of the strength that is L1, in [0, 1]. Default 0.5. */
  readonly l1Ratio?: number;
}

/** λ(αu + (1 − α)u²/2). */
export function elasticNetProfile(strength: number, l1Ratio: number): Profile {
  const kink = strength * l1Ratio;
  const bend = strength * (1 - l1Ratio);
  return {
    value: (u) => kink * u + 0.5 * bend * u * u,
    slope: (u) => kink + bend * u,
    slopeBefore: (u) => kink + bend * u,
    curvature: () => bend,
    prox: (u, step) => Math.max(u - step * kink, 0) / (1 + step * bend),
    traced: (u, step) => u.sub(step.mul(kink)).maximum(0).div(step.mul(bend).add(1)),
    weakConvexity: 0,
    singleValuedBelow: Number.POSITIVE_INFINITY,
  };
}

/**
 * The elastic net λ Σ(α|xᵢ| + (1 − α)xᵢ²/2). Its prox is max(|v| − sλα, 0)/(1 + sλ(1 − α)), with v's sign.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`, `penalties/l1Ratio`
 * @see Zou & Hastie (2005), Regularization and variable selection via the elastic net
 */
export const elasticNet = described(
  {
    name: "elasticNet",
    kind: "penalty",
    summary: "A mixture of L1 and squared L2: zeros, and correlated features together.",
    guarantee: "Convex, strongly so unless it is all L1. The prox is single-valued for every step.",
    price: "O(n) a prox",
    source:
      "Zou & Hastie (2005), Regularization and variable selection via the elastic net, eq. (3)",
  },
  (strength: number, options: ElasticNetOptions = {}): Penalty => {
    requireNonNegative("penalties/strength", strength);
    requireKnownOptions("elasticNet", options, ["l1Ratio"]);
    const l1Ratio = requireInRange("penalties/l1Ratio", options.l1Ratio ?? 0.5, [0, 1], {
      closed: true,
    });
    return separable("elasticNet", strength, elasticNetProfile(strength, l1Ratio), (other) =>
      elasticNet(other, { l1Ratio }),
    );
  },
);
