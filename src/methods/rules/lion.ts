import { sign } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import {
  type LearningRate,
  rateAt,
  requireNonNegative,
  requireRate,
} from "../schedules/schedule.ts";
import { mapTrees, times } from "./leaves.ts";
import { fade } from "./moments.ts";
import type { Rule } from "./rule.ts";

export interface LionOptions {
  /** β₁, the part of the mean in the direction of a step, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** β₂, the part of the mean that is kept at a step, in [0, 1). Default 0.99. */
  readonly beta2?: number;
  /** λ, decoupled, at least 0. Default 0. */
  readonly weightDecay?: number;
}

export type LionState = {
  /** Σ β₂ᵗ⁻ⁱ gᵢ, the mean m over 1 − β₂: like the params. */
  readonly firstMoment: Tree<Tensor>;
};

/**
 * Lion: x ← x − η(sign(β₁m + (1 − β₁)g) + λx), then m ← β₂m + (1 − β₂)g.
 *
 * Price: one gradient a step, one tensor of state per tensor of params.
 *
 * @param learningRate - η, in params: every param moves by just this; a third to a tenth of Adam's
 * @throws NadirError `rules/learningRate`, `rules/beta1`, `rules/beta2`, `rules/weightDecay`
 * @see Chen et al. (2023), Symbolic discovery of optimization algorithms, algorithm 2
 */
export const lion = described(
  {
    name: "lion",
    kind: "rule",
    summary: "The sign of a mix of momentum and gradient: steps of one size in every coordinate.",
    guarantee:
      "With weight decay it solves the loss under |x| ≤ 1/λ (a Lyapunov function falls along its continuous limit).",
    price: { gradients: 1, state: 1 },
    source: "Chen et al. (2023), algorithm 2; Chen, Liu, Liang & Liu (2024), Lion secretly solves",
  },
  (learningRate: LearningRate, options: LionOptions = {}): Rule<LionState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("lion", options, ["beta1", "beta2", "weightDecay"]);
    const beta1 = requireInRange("rules/beta1", options.beta1 ?? 0.9, [0, 1]);
    const beta2 = requireInRange("rules/beta2", options.beta2 ?? 0.99, [0, 1]);
    const weightDecay = requireNonNegative("rules/weightDecay", options.weightDecay ?? 0);
    // Only the sign counts: β₁m + (1 − β₁)g over 1 − β₁, with m = (1 − β₂)·firstMoment.
    const mix = (beta1 * (1 - beta2)) / (1 - beta1);
    return {
      kind: "rule",
      name: "lion",
      joinable: true,
      learningRate,
      init: (params) => ({ firstMoment: zerosLike(params) }),
      update: (gradient, state, params, step) => {
        const down = rateAt(learningRate, step).neg();
        const pull = down.mul(weightDecay);
        const { updates, firstMoment } = mapTrees(
          (g, m, x) => {
            const move = times(sign(m.mul(mix).add(g)), down);
            return {
              updates: weightDecay === 0 ? move : move.add(times(x, pull)),
              firstMoment: fade(m, beta2, g),
            };
          },
          gradient,
          state.firstMoment,
          params,
        );
        return { updates, state: { firstMoment } };
      },
    };
  },
);
