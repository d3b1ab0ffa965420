import { exp, sqrt } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import {
  type LearningRate,
  rateAt,
  requireNonNegative,
  requireRate,
} from "../schedules/schedule.ts";
import { toFloat } from "../schedules/span.ts";
import { like, scalar, times } from "./leaves.ts";
import {
  type MomentOptions,
  type Moments,
  nextMoments,
  noMoments,
  readMoments,
  usualMoments,
} from "./moments.ts";
import type { Rule } from "./rule.ts";

export interface NadamOptions extends MomentOptions {
  /** ψ, how fast the momentum rises to β₁, at least 0. Default 0.004. */
  readonly momentumDecay?: number;
}

export type NadamState = Moments & {
  /** Πμᵢ over the steps so far. */
  readonly momentumProduct: Tensor;
};

/**
 * NAdam: Adam with Nesterov's look-ahead. With μₜ = β₁(1 − ½·0.96^(tψ)) and Pₜ = μ₁⋯μₜ, t = 1, 2, …:
 * x ← x − η·[(1 − μₜ)/(1 − Pₜ)·g + μₜ₊₁/(1 − Pₜμₜ₊₁)·m]/(√v̂ + ε).
 *
 * Price: one gradient a step, two tensors of state per tensor of params.
 *
 * @param learningRate - η, in params: a number or a schedule
 * @throws NadirError `rules/learningRate`, `rules/beta1`, `rules/beta2`, `rules/epsilon`,
 *   `rules/momentumDecay`
 * @see Dozat (2016), Incorporating Nesterov momentum into Adam, algorithm 2
 */
export const nadam = described(
  {
    name: "nadam",
    kind: "rule",
    summary: "Adam that looks ahead along its momentum, as Nesterov's method does.",
    guarantee: "None.",
    price: { gradients: 1, state: 2 },
    source: "Dozat (2016), Incorporating Nesterov momentum into Adam, algorithm 2",
  },
  (learningRate: LearningRate, options: NadamOptions = {}): Rule<NadamState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("nadam", options, ["beta1", "beta2", "epsilon", "momentumDecay"]);
    const constants = readMoments(options, usualMoments);
    const { beta1, epsilon } = constants;
    const decay = requireNonNegative("rules/momentumDecay", options.momentumDecay ?? 0.004);
    /** μₜ, or 0.96^(tψ) = e^(tψ log 0.96). */
    const momentumAt = (t: Tensor): Tensor =>
      exp(toFloat(t).mul(decay * Math.log(0.96)))
        .mul(-0.5 * beta1)
        .add(beta1);
    return {
      kind: "rule",
      name: "nadam",
      joinable: true,
      learningRate,
      init: (params) => ({ ...noMoments(params), momentumProduct: scalar(1) }),
      update: (gradient, state, _params, step) => {
        const moments = nextMoments(gradient, state, constants);
        const [now, next] = [momentumAt(step.index.add(1)), momentumAt(step.index.add(2))];
        const momentumProduct = state.momentumProduct.mul(now);
        const root = sqrt(moments.secondWeight);
        const down = root.mul(rateAt(learningRate, step).neg());
        const ofGradient = down.mul(now.neg().add(1)).div(momentumProduct.neg().add(1));
        const ofMoment = down
          .mul(next.mul(1 - beta1)) // the moment is a fading sum, m over 1 − β₁
          .div(momentumProduct.mul(next).neg().add(1));
        const shift = root.mul(epsilon);
        const updates = mapTree(
          (g, m, v) =>
            times(g, ofGradient)
              .add(times(m, ofMoment))
              .div(sqrt(v).add(like(shift, v))),
          gradient,
          moments.firstMoment,
          moments.secondMoment,
        );
        return { updates, state: { ...moments, momentumProduct } };
      },
    };
  },
);
