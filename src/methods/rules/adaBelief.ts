import { square } from "../../array/operations/elementwise.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requireRate } from "../schedules/schedule.ts";
import { adamUpdates } from "./adam.ts";
import { mapTrees } from "./leaves.ts";
import { fade, type MomentOptions, type Moments, noMoments, readMoments } from "./moments.ts";
import type { Rule } from "./rule.ts";

/**
 * AdaBelief: Adam with s ← β₂s + (1 − β₂)(g − m)² + ε in place of v: long steps where gradients are as
 * their mean foretold, short ones where they surprise.
 *
 * Price: one gradient a step, two tensors of state per tensor of params.
 *
 * @param learningRate - η, in params: a number or a schedule
 * @param options - ε is 1e-16 unless said, and stands in both places
 * @throws NadirError `rules/learningRate`, `rules/beta1`, `rules/beta2`, `rules/epsilon`
 * @see Zhuang et al. (2020), AdaBelief optimizer, algorithm 2
 */
export const adaBelief = described(
  {
    name: "adaBelief",
    kind: "rule",
    summary: "Adam scaled by how far gradients lie from their running mean.",
    guarantee:
      "On convex losses, with rates falling as 1/√t and β₁ falling too, the mean regret goes to 0.",
    price: { gradients: 1, state: 2 },
    source: "Zhuang et al. (2020), AdaBelief optimizer, algorithm 2, theorem 2.1",
  },
  (learningRate: LearningRate, options: MomentOptions = {}): Rule<Moments> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("adaBelief", options, ["beta1", "beta2", "epsilon"]);
    const defaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-16 };
    const { beta1, beta2, epsilon } = readMoments(options, defaults);
    return {
      kind: "rule",
      name: "adaBelief",
      joinable: true,
      learningRate,
      init: noMoments,
      update: (gradient, state, _params, step) => {
        const trees = mapTrees(
          (g, before, spread) => {
            const firstMoment = fade(before, beta1, g);
            const surprise = square(g.sub(firstMoment.mul(1 - beta1)));
            const secondMoment = fade(spread, beta2, surprise).add(epsilon / (1 - beta2));
            return { firstMoment, secondMoment };
          },
          gradient,
          state.firstMoment,
          state.secondMoment,
        );
        const next = {
          ...trees,
          firstWeight: fade(state.firstWeight, beta1, 1),
          secondWeight: fade(state.secondWeight, beta2, 1),
        };
        return { updates: adamUpdates(next, rateAt(learningRate, step), epsilon), state: next };
      },
    };
  },
);
