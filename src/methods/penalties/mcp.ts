import { where } from "../../array/operations/elementwise.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import type { Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";
import { separable } from "./separable.ts";

export interface McpOptions {
  /** γ, where the penalty stops growing in units of λ, above 1. Default 3. */
  readonly gamma?: number;
}

/** The options with their defaults. @throws NadirError `penalties/gamma` unless γ is above 1 */
export function readMcp(options: McpOptions): { readonly gamma: number } {
  requireKnownOptions("mcp", options, ["gamma"]);
  const range = [1, Number.POSITIVE_INFINITY] as const;
  const gamma = requireInRange("penalties/gamma", options.gamma ?? 3, range, { open: true });
  return { gamma };
}

/** λu − u²/(2γ) up to γλ; γλ²/2 beyond. */
export function mcpProfile(strength: number, gamma: number): Profile {
  const end = gamma * strength;
  const most = 0.5 * end * strength;
  const slope = (u: number): number => (u < end ? strength - u / gamma : 0);
  return {
    value: (u) => (u <= end ? strength * u - (u * u) / (2 * gamma) : most),
    slope,
    slopeBefore: slope,
    curvature: (u) => (u <= end && strength > 0 ? -1 / gamma : 0),
    prox: (u, step) => {
      if (step < gamma) {
        if (u >= end) return u;
        return Math.max(u - step * strength, 0) / (1 - step / gamma);
      }
      // Concave up to γλ: hard thresholding, between 0 and u.
      return u > strength * Math.sqrt(gamma * step) ? u : 0;
    },
    traced: (u, step) => {
      const single = step.less(gamma);
      const room = where(single, step.div(-gamma).add(1), 1);
      const firm = where(u.less(end), u.sub(step.mul(strength)).maximum(0).div(room), u);
      const hard = where(u.greater(step.mul(gamma).sqrt().mul(strength)), u, 0);
      return where(single, firm, hard);
    },
    weakConvexity: strength > 0 ? 1 / gamma : 0,
    singleValuedBelow: strength > 0 ? gamma : Number.POSITIVE_INFINITY,
  };
}

/**
 * The minimax concave penalty: per entry, with u = |x|, λu − u²/(2γ) up to γλ, and γλ²/2 beyond. Of all
 * penalties that start with slope λ and are flat from γλ on, the least concave. For steps of γ and more, where the usual
 * closed form fails, the prox is hard thresholding at λ√(γs).
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`, `penalties/gamma`
 * @see Zhang (2010), Nearly unbiased variable selection under minimax concave penalty, eq. (2.1)
 */
export const mcp = described(
  {
    name: "mcp",
    kind: "penalty",
    summary: "L1's slope at zero, falling evenly to none: large coefficients are not shrunk.",
    guarantee:
      "Weakly convex with constant 1/γ. The prox is single-valued for steps below γ, and exact for all.",
    price: "O(n) a prox",
    source:
      "Zhang (2010), Nearly unbiased variable selection under minimax concave penalty, eq. (2.1)",
  },
  (strength: number, options: McpOptions = {}): Penalty => {
    requireNonNegative("penalties/strength", strength);
    const { gamma } = readMcp(options);
    return separable("mcp", strength, mcpProfile(strength, gamma), (other) =>
      mcp(other, { gamma }),
    );
  },
);
