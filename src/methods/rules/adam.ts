import { maximum, sqrt } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requireRate } from "../schedules/schedule.ts";
import { like, times } from "./leaves.ts";
import {
  type MomentOptions,
  type Moments,
  nextMoments,
  noMoments,
  readMoments,
  usualMoments,
} from "./moments.ts";
import type { Rule } from "./rule.ts";

export interface AdamOptions extends MomentOptions {
  /** Divides by the largest second moment so far, so that no rate ever rises. Default false. */
  readonly amsgrad?: boolean | undefined;
}

export type AdamState = Moments & {
  /** The largest second moments so far: like the params; `{}` unless `amsgrad`. */
  readonly largest: Tree<Tensor>;
};

/**
 * Adam: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², then x ← x − η·m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ)
 * and v̂ = v/(1 − β₂ᵗ). The first step is η·sign(g), but for ε.
 *
 * Price: one gradient a step, two tensors of state per tensor of params (three with `amsgrad`).
 *
 * @param learningRate - η, in params: about the largest change of a param in a step
 * @throws NadirError `rules/learningRate`, `rules/beta1`, `rules/beta2`, `rules/epsilon`
 * @see Kingma & Ba (2015), Adam: a method for stochastic optimization, algorithm 1
 */
export const adam = described(
  {
    name: "adam",
    kind: "rule",
    summary: "A running mean of gradients over a running root mean square, both bias-corrected.",
    guarantee:
      "With β₂ close enough to 1 for the problem, gradients come down to the noise's size; for fixed β₂ there are convex losses on which it does not converge (amsgrad does).",
    price: { gradients: 1, state: 2 },
    source:
      "Kingma & Ba (2015), algorithm 1; Reddi, Kale & Kumar (2018), theorem 1; Zhang et al. (2022), Adam can converge without any modification",
  },
  (learningRate: LearningRate, options: AdamOptions = {}): Rule<AdamState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("adam", options, ["beta1", "beta2", "epsilon", "amsgrad"]);
    const { amsgrad: monotone = false } = options;
    const constants = readMoments(options, usualMoments);
    return {
      kind: "rule",
      name: "adam",
      joinable: true,
      learningRate,
      init: (params) => ({ ...noMoments(params), largest: monotone ? zerosLike(params) : {} }),
      update: (gradient, state, _params, step) => {
        const moments = nextMoments(gradient, state, constants);
        const largest = monotone
          ? mapTree((a, b) => maximum(a, b), state.largest, moments.secondMoment)
          : state.largest;
        const updates = adamUpdates(
          { ...moments, secondMoment: monotone ? largest : moments.secondMoment },
          rateAt(learningRate, step),
          constants.epsilon,
        );
        return { updates, state: { ...moments, largest } };
      },
      stepSizes: (state, step) => {
        // η/(√v̂ + ε) with v̂ = V/q: see adamUpdates.
        const root = sqrt(state.secondWeight);
        const up = root.mul(rateAt(learningRate, step));
        const shift = root.mul(constants.epsilon);
        return mapTree(
          (v) => like(up, v).div(sqrt(v).add(like(shift, v))),
          monotone ? state.largest : state.secondMoment,
        );
      },
    };
  },
);

/**
 * −η·m̂/(√v̂ + ε). With M and V the fading sums and p, q their weights this is
 * −η(√q/p)·M/(√V + ε√q): the corrections are scalars, computed once for all tensors.
 */
export function adamUpdates(moments: Moments, rate: Tensor, epsilon: number): Tree<Tensor> {
  const root = sqrt(moments.secondWeight);
  const down = root.mul(rate.neg()).div(moments.firstWeight);
  const shift = root.mul(epsilon);
  return mapTree(
    (m, v) => times(m, down).div(sqrt(v).add(like(shift, v))),
    moments.firstMoment,
    moments.secondMoment,
  );
}
