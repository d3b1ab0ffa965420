import { abs, maximum } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requireRate } from "../schedules/schedule.ts";
import { mapTrees, scalar, times } from "./leaves.ts";
import { fade, type MomentOptions, readMoments, usualMoments } from "./moments.ts";
import type { Rule } from "./rule.ts";

export type AdamaxState = {
  /** Σ β₁ᵗ⁻ⁱ gᵢ: like the params. */
  readonly firstMoment: Tree<Tensor>;
  /** Σ β₁ᵗ⁻ⁱ. */
  readonly firstWeight: Tensor;
  /** A fading maximum of |g|: like the params. */
  readonly largest: Tree<Tensor>;
};

/**
 * Adamax: Adam with the largest gradient in place of the root mean square:
 * u ← max(β₂u, |g| + ε), then x ← x − η·m̂/u. ε stands inside the maximum, as in PyTorch.
 *
 * Price: one gradient a step, two tensors of state per tensor of params.
 *
 * @param learningRate - η, in params: no step is longer, but for bias correction
 * @throws NadirError `rules/learningRate`, `rules/beta1`, `rules/beta2`, `rules/epsilon`
 * @see Kingma & Ba (2015), Adam: a method for stochastic optimization, algorithm 2
 */
export const adamax = described(
  {
    name: "adamax",
    kind: "rule",
    summary: "Adam scaled by the largest recent gradient instead of the root mean square.",
    guarantee: "None in general; steps of each coordinate are at most the rate.",
    price: { gradients: 1, state: 2 },
    source: "Kingma & Ba (2015), Adam, algorithm 2",
  },
  (learningRate: LearningRate, options: MomentOptions = {}): Rule<AdamaxState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("adamax", options, ["beta1", "beta2", "epsilon"]);
    const { beta1, beta2, epsilon } = readMoments(options, usualMoments);
    return {
      kind: "rule",
      name: "adamax",
      joinable: true,
      learningRate,
      init: (params) => ({
        firstMoment: zerosLike(params),
        firstWeight: scalar(0),
        largest: zerosLike(params),
      }),
      update: (gradient, state, _params, step) => {
        const firstWeight = fade(state.firstWeight, beta1, 1);
        const down = rateAt(learningRate, step).div(firstWeight).neg();
        const { updates, ...trees } = mapTrees(
          (g, before, top) => {
            const firstMoment = fade(before, beta1, g);
            const largest = maximum(top.mul(beta2), abs(g).add(epsilon));
            return { updates: times(firstMoment, down).div(largest), firstMoment, largest };
          },
          gradient,
          state.firstMoment,
          state.largest,
        );
        return { updates, state: { ...trees, firstWeight } };
      },
    };
  },
);
