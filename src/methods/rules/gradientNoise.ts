import { pow, sqrt } from "../../array/operations/elementwise.ts";
import { mapTree } from "../../array/tensorTree.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import { toFloat } from "../schedules/span.ts";
import { times } from "./leaves.ts";
import { normalLike } from "./noise.ts";
import type { NoState, Rule } from "./rule.ts";

export interface GradientNoiseOptions {
  /** η, the variance at the first step, at least 0. Default 0.3. */
  readonly variance?: number;
  /** γ, the power with which the variance falls, in [0, 1]. Default 0.55. */
  readonly decay?: number;
}

/**
 * Annealed gradient noise: g ← g + ξ with ξ normal of variance η/(1 + t)^γ.
 *
 * @throws NadirError `rules/variance`, `rules/decay`
 * @see Neelakantan et al. (2015), Adding gradient noise improves learning for very deep networks, eq. (1)
 */
export const gradientNoise = described(
  {
    name: "gradientNoise",
    kind: "transform",
    summary: "Adds normal noise to gradients, less and less of it.",
    guarantee: "Leaves strict saddles with probability 1; how soon is not bounded usefully.",
    price: { gradients: 0, state: 0 },
    source: "Neelakantan et al. (2015), Adding gradient noise improves learning, eq. (1)",
  },
  (options: GradientNoiseOptions = {}): Rule<NoState> => {
    requireKnownOptions("gradientNoise", options, ["variance", "decay"]);
    const variance = requireNonNegative("rules/variance", options.variance ?? 0.3);
    const decay = requireInRange("rules/decay", options.decay ?? 0.55, [0, 1], { closed: true });
    return {
      kind: "rule",
      name: "gradientNoise",
      role: "gradient",
      init: () => ({}),
      update: (gradient, state, _params, step) => {
        const growth = pow(toFloat(step.index).add(1), decay);
        const size = sqrt(growth.reciprocal().mul(variance));
        const noise = normalLike(step.key, gradient);
        return { updates: mapTree((g, n) => g.add(times(n, size)), gradient, noise), state };
      },
    };
  },
);
