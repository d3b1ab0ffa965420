import { sqrt, square } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, zerosLike } from "../../array/tensorTree.ts";
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
import { mapTrees, times } from "./leaves.ts";
import { fade } from "./moments.ts";
import { normalLike } from "./noise.ts";
import type { NoState, Rule } from "./rule.ts";

export interface SgldOptions {
  /**
   * T, at least 0: draws come from exp(−loss/T). 1 if the loss is the negative log posterior itself,
   * 1/N if it is the mean over N data. Default 1.
   */
  readonly temperature?: number;
}

/**
 * Stochastic gradient Langevin dynamics: x ← x − ηg + √(2ηT)·ξ with ξ standard normal. Samples from
 * exp(−loss/T) instead of minimizing. The paper's ε is 2η.
 *
 * Price: one gradient a step, no state.
 *
 * @param learningRate - η: bias grows with it; a schedule whose sum is infinite removes it
 * @throws NadirError `rules/learningRate`, `rules/temperature`
 * @see Welling & Teh (2011), Bayesian learning via stochastic gradient Langevin dynamics, eq. (4)
 */
export const sgld = described(
  {
    name: "sgld",
    kind: "rule",
    summary: "Gradient steps with just so much noise that params are drawn from the posterior.",
    guarantee:
      "For rates that fall with an infinite sum, averages converge to those of the posterior; at a constant rate with a bias of its order.",
    price: { gradients: 1, state: 0 },
    source: "Welling & Teh (2011), eq. (4); Teh, Thiery & Vollmer (2016), theorem 7",
  },
  (learningRate: LearningRate, options: SgldOptions = {}): Rule<NoState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("sgld", options, ["temperature"]);
    const temperature = requireNonNegative("rules/temperature", options.temperature ?? 1);
    return {
      kind: "rule",
      name: "sgld",
      learningRate,
      init: () => ({}),
      update: (gradient, state, _params, step) => {
        const rate = rateAt(learningRate, step);
        const size = sqrt(rate.mul(2 * temperature));
        const updates = mapTree(
          (g, n) => times(n, size).sub(times(g, rate)),
          gradient,
          normalLike(step.key, gradient),
        );
        return { updates, state };
      },
    };
  },
);

export interface PreconditionedSgldOptions extends SgldOptions {
  /** α, the part of the average of squares that is kept at a step, in [0, 1). Default 0.99. */
  readonly decay?: number;
  /** λ, added to the root, above 0. Default 1e-5. */
  readonly epsilon?: number;
}

export type PreconditionedSgldState = {
  /** Σ αᵗ⁻ⁱ gᵢ², the average over 1 − α: like the params. */
  readonly secondMoment: Tree<Tensor>;
};

/**
 * Preconditioned SGLD: with RMSProp's G = 1/(λ + √v), x ← x − ηGg + √(2ηTG)·ξ. The drift that the
 * change of G along x calls for, Γ, is of order 1 − α and left out, as in the paper.
 *
 * Price: one gradient a step, one tensor of state per tensor of params.
 *
 * @param learningRate - η
 * @throws NadirError `rules/learningRate`, `rules/temperature`, `rules/decay`, `rules/epsilon`
 * @see Li, Chen, Carlson & Carin (2016), Preconditioned SGLD for deep neural networks, algorithm 1
 */
export const preconditionedSgld = described(
  {
    name: "preconditionedSgld",
    kind: "rule",
    summary: "Langevin dynamics with RMSProp's rates: noise and drift scaled alike.",
    guarantee: "As sgld, with a bias of order 1 − α for the drift that is left out.",
    price: { gradients: 1, state: 1 },
    source: "Li, Chen, Carlson & Carin (2016), Preconditioned SGLD, algorithm 1",
  },
  (
    learningRate: LearningRate,
    options: PreconditionedSgldOptions = {},
  ): Rule<PreconditionedSgldState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("preconditionedSgld", options, ["temperature", "decay", "epsilon"]);
    const temperature = requireNonNegative("rules/temperature", options.temperature ?? 1);
    const decay = requireInRange("rules/decay", options.decay ?? 0.99, [0, 1]);
    const epsilon = requirePositive("rules/epsilon", options.epsilon ?? 1e-5);
    return {
      kind: "rule",
      name: "preconditionedSgld",
      learningRate,
      init: (params) => ({ secondMoment: zerosLike(params) }),
      update: (gradient, state, _params, step) => {
        const rate = rateAt(learningRate, step);
        const size = rate.mul(2 * temperature);
        const { updates, secondMoment } = mapTrees(
          (g, before, n) => {
            const v = fade(before, decay, square(g));
            const scale = sqrt(v)
              .mul(Math.sqrt(1 - decay))
              .add(epsilon)
              .reciprocal();
            const noise = sqrt(times(scale, size)).mul(n);
            return { updates: noise.sub(times(g, rate).mul(scale)), secondMoment: v };
          },
          gradient,
          state.secondMoment,
          normalLike(step.key, gradient),
        );
        return { updates, state: { secondMoment } };
      },
    };
  },
);
