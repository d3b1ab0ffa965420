import { maximum, sqrt, where } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requireRate } from "../schedules/schedule.ts";
import { scalar, times } from "./leaves.ts";
import {
  fade,
  type MomentOptions,
  type Moments,
  nextMoments,
  noMoments,
  readMoments,
  usualMoments,
} from "./moments.ts";
import type { Rule } from "./rule.ts";

export type RadamState = Moments & {
  /** Σ k·β₂ᵏ⁻¹ over the ages k of the gradients seen, 1 for the newest. */
  readonly secondAge: Tensor;
};

/**
 * Rectified Adam: with ρ = 2a − 1, a the mean age of the gradients in v, and ρ∞ its limit
 * 2/(1 − β₂) − 1: x ← x − η·r·m̂·√(1 − β₂ᵗ)/(√v + ε) if ρ > 5, else x ← x − η·m̂, where
 * r² = (ρ − 4)(ρ − 2)ρ∞/((ρ∞ − 4)(ρ∞ − 2)ρ). The paper's ρ∞ − 2tβ₂ᵗ/(1 − β₂ᵗ) is the same number,
 * but loses in f32 what it is about: at the first steps it is the difference of two large ones.
 *
 * Price: one gradient a step, two tensors of state per tensor of params.
 *
 * @param learningRate - η, in params; for the first steps in params per unit of gradient
 * @throws NadirError `rules/learningRate`, `rules/beta1`, `rules/beta2`, `rules/epsilon`
 * @see Liu et al. (2020), On the variance of the adaptive learning rate and beyond, algorithm 2
 */
export const radam = described(
  {
    name: "radam",
    kind: "rule",
    summary: "Adam that trusts its second moment only as far as enough gradients support it.",
    guarantee: "None; it does without the warm-up that Adam needs.",
    price: { gradients: 1, state: 2 },
    source: "Liu et al. (2020), On the variance of the adaptive learning rate, algorithm 2",
  },
  (learningRate: LearningRate, options: MomentOptions = {}): Rule<RadamState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("radam", options, ["beta1", "beta2", "epsilon"]);
    const constants = readMoments(options, usualMoments);
    const { beta2, epsilon } = constants;
    const limit = 2 / (1 - beta2) - 1;
    const scale = limit / ((limit - 4) * (limit - 2));
    return {
      kind: "rule",
      name: "radam",
      joinable: true,
      learningRate,
      init: (params) => ({ ...noMoments(params), secondAge: scalar(0) }),
      update: (gradient, state, _params, step) => {
        const moments = nextMoments(gradient, state, constants);
        const weight = moments.secondWeight;
        const secondAge = fade(state.secondAge, beta2, weight);
        const rho = secondAge.div(weight).mul(2).sub(1);
        const enough = rho.greater(5);
        const rectifier = maximum(rho.sub(4).mul(rho.sub(2)).div(rho).mul(scale), 0);
        const down = rateAt(learningRate, step).div(moments.firstWeight).neg();
        const factor = where(enough, down.mul(sqrt(rectifier.mul(weight))), down);
        const shift = epsilon / Math.sqrt(1 - beta2);
        const updates = mapTree(
          (m, v) => times(m, factor).div(where(enough, sqrt(v).add(shift), 1)),
          moments.firstMoment,
          moments.secondMoment,
        );
        return { updates, state: { ...moments, secondAge } };
      },
    };
  },
);
