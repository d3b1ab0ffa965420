import { mapTree } from "../../array/tensorTree.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import {
  type LearningRate,
  rateAt,
  requireNonNegative,
  requireRate,
} from "../schedules/schedule.ts";
import { adamUpdates } from "./adam.ts";
import { like, scalar } from "./leaves.ts";
import {
  type MomentOptions,
  type Moments,
  nextMoments,
  noMoments,
  readMoments,
} from "./moments.ts";
import type { Rule } from "./rule.ts";
import { length, trustRatio } from "./trust.ts";

export interface LambOptions extends MomentOptions {
  /** λ, part of the step that is rescaled, at least 0. Default 0. */
  readonly weightDecay?: number;
}

/**
 * LAMB: with Adam's direction r = m̂/(√v̂ + ε) + λx for each tensor x, x ← x − η·(‖x‖/‖r‖)·r. Where a
 * length is 0 the quotient is taken as 1.
 *
 * Price: one gradient a step, two tensors of state per tensor of params.
 *
 * @param learningRate - η, a pure number: the part of its length by which a tensor changes
 * @param options - ε is 1e-6 unless said
 * @throws NadirError `rules/learningRate`, `rules/beta1`, `rules/beta2`, `rules/epsilon`,
 *   `rules/weightDecay`
 * @see You et al. (2020), Large batch optimization for deep learning, algorithm 2
 */
export const lamb = described(
  {
    name: "lamb",
    kind: "rule",
    summary: "Adam whose steps are in proportion to each tensor's own length: for large batches.",
    guarantee:
      "With bounded lengths and batches that grow, gradients of smooth non-convex losses go to 0 (for β₁ = 0).",
    price: { gradients: 1, state: 2 },
    source: "You et al. (2020), Large batch optimization, algorithm 2, theorem 3",
  },
  (learningRate: LearningRate, options: LambOptions = {}): Rule<Moments> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("lamb", options, ["beta1", "beta2", "epsilon", "weightDecay"]);
    const weightDecay = requireNonNegative("rules/weightDecay", options.weightDecay ?? 0);
    const constants = readMoments(options, { beta1: 0.9, beta2: 0.999, epsilon: 1e-6 });
    return {
      kind: "rule",
      name: "lamb",
      learningRate,
      init: noMoments,
      update: (gradient, state, params, step) => {
        const moments = nextMoments(gradient, state, constants);
        const rate = rateAt(learningRate, step);
        const updates = mapTree(
          (direction, x) => {
            const r = direction.sub(x.mul(weightDecay));
            return r.mul(trustRatio(x, length(r)).mul(like(rate, x)));
          },
          adamUpdates(moments, scalar(1), constants.epsilon),
          params,
        );
        return { updates, state: moments };
      },
    };
  },
);
