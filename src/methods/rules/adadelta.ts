import { sqrt, square } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requirePositive, requireRate } from "../schedules/schedule.ts";
import { mapTrees, times } from "./leaves.ts";
import { fade } from "./moments.ts";
import type { Rule } from "./rule.ts";

export interface AdadeltaOptions {
  /** ρ, the part of both averages that is kept at a step, in [0, 1). Default 0.9. */
  readonly decay?: number;
  /** ε, inside both roots, above 0: it sets the size of the first steps. Default 1e-6. */
  readonly epsilon?: number;
}

export type AdadeltaState = {
  /** Σ ρᵗ⁻ⁱ gᵢ²: like the params. */
  readonly secondMoment: Tree<Tensor>;
  /** Σ ρᵗ⁻ⁱ dᵢ², of the steps taken: like the params. */
  readonly squaredSteps: Tree<Tensor>;
};

/**
 * Adadelta: v ← ρv + (1 − ρ)g², d = √(D + ε)/√(v + ε)·g, D ← ρD + (1 − ρ)d², then x ← x − ηd. The
 * quotient of the roots gives steps the unit of the params, so η is usually 1.
 *
 * Price: one gradient a step, two tensors of state per tensor of params.
 *
 * @param learningRate - η, a pure number. Default 1
 * @throws NadirError `rules/learningRate`, `rules/decay`, `rules/epsilon`
 * @see Zeiler (2012), ADADELTA: an adaptive learning rate method, algorithm 1
 */
export const adadelta = described(
  {
    name: "adadelta",
    kind: "rule",
    summary: "Steps as long as past steps were, relative to gradients as large as past ones.",
    guarantee: "None.",
    price: { gradients: 1, state: 2 },
    source: "Zeiler (2012), ADADELTA, algorithm 1",
  },
  (learningRate: LearningRate = 1, options: AdadeltaOptions = {}): Rule<AdadeltaState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("adadelta", options, ["decay", "epsilon"]);
    const decay = requireInRange("rules/decay", options.decay ?? 0.9, [0, 1]);
    // Both averages are kept as fading sums: the factor 1 − ρ cancels in the quotient but for ε.
    const shift = requirePositive("rules/epsilon", options.epsilon ?? 1e-6) / (1 - decay);
    return {
      kind: "rule",
      name: "adadelta",
      joinable: true,
      learningRate,
      init: (params) => ({ secondMoment: zerosLike(params), squaredSteps: zerosLike(params) }),
      update: (gradient, state, _params, step) => {
        const down = rateAt(learningRate, step).neg();
        const { updates, secondMoment, squaredSteps } = mapTrees(
          (g, before, steps) => {
            const v = fade(before, decay, square(g));
            const d = sqrt(steps.add(shift).div(v.add(shift))).mul(g);
            return {
              updates: times(d, down),
              secondMoment: v,
              squaredSteps: fade(steps, decay, square(d)),
            };
          },
          gradient,
          state.secondMoment,
          state.squaredSteps,
        );
        return { updates, state: { secondMoment, squaredSteps } };
      },
    };
  },
);
