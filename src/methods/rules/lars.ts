import type { Tensor } from "../../array/tensor.ts";
import { zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import {
  type LearningRate,
  rateAt,
  requireNonNegative,
  requirePositive,
  requireRate,
} from "../schedules/schedule.ts";
import { like, mapTrees } from "./leaves.ts";
import type { Rule } from "./rule.ts";
import { length, trustRatio } from "./trust.ts";

export interface LarsOptions {
  /** The part of a tensor's own length that a step at rate 1 changes, above 0. Default 0.001. */
  readonly trust?: number;
  /** β, the part of the last step that is kept, in [0, 1). Default 0.9. */
  readonly momentum?: number;
  /** λ, coupled, at least 0. Default 0. */
  readonly weightDecay?: number;
}

export type LarsState = {
  /** The last step: like the params. */
  readonly velocity: Tree<Tensor>;
};

/**
 * Layer-wise adaptive rates: for each tensor x with gradient g, ρ = trust·‖x‖/(‖g‖ + λ‖x‖), then
 * v ← βv + ηρ(g + λx), x ← x − v. Where a length is 0 the quotient is taken as 1, so that biases
 * which start at 0 can leave it.
 *
 * Price: one gradient a step, one tensor of state per tensor of params.
 *
 * @param learningRate - η, a pure number: a number or a schedule
 * @throws NadirError `rules/learningRate`, `rules/trust`, `rules/momentum`, `rules/weightDecay`
 * @see You, Gitman & Ginsburg (2017), Large batch training of convolutional networks, algorithm 1
 */
export const lars = described(
  {
    name: "lars",
    kind: "rule",
    summary:
      "Momentum whose steps are in proportion to each tensor's own length: for large batches.",
    guarantee: "None.",
    price: { gradients: 1, state: 1 },
    source: "You, Gitman & Ginsburg (2017), Large batch training, algorithm 1",
  },
  (learningRate: LearningRate, options: LarsOptions = {}): Rule<LarsState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("lars", options, ["trust", "momentum", "weightDecay"]);
    const trust = requirePositive("rules/trust", options.trust ?? 0.001);
    const momentum = requireInRange("rules/momentum", options.momentum ?? 0.9, [0, 1]);
    const weightDecay = requireNonNegative("rules/weightDecay", options.weightDecay ?? 0);
    return {
      kind: "rule",
      name: "lars",
      learningRate,
      init: (params) => ({ velocity: zerosLike(params) }),
      update: (gradient, state, params, step) => {
        const rate = rateAt(learningRate, step).mul(trust);
        const { velocity } = mapTrees(
          (g, x, v) => {
            const size = length(g).add(length(x).mul(weightDecay));
            const own = trustRatio(x, size).mul(like(rate, x)).neg();
            return { velocity: v.mul(momentum).add(g.add(x.mul(weightDecay)).mul(own)) };
          },
          gradient,
          params,
          state.velocity,
        );
        return { updates: velocity, state: { velocity } };
      },
    };
  },
);
