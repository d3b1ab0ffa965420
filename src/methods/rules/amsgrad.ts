import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import { type AdamState, adam } from "./adam.ts";
import type { MomentOptions } from "./moments.ts";
import type { Rule } from "./rule.ts";

/**
 * AMSGrad: Adam with the largest v so far in place of v, so that no coordinate's rate ever rises. The
 * maximum is taken before the bias correction, as in PyTorch.
 *
 * Price: one gradient a step, three tensors of state per tensor of params.
 *
 * @param learningRate - η, in params: a number or a schedule
 * @throws NadirError `rules/learningRate`, `rules/beta1`, `rules/beta2`, `rules/epsilon`
 * @see Reddi, Kale & Kumar (2018), On the convergence of Adam and beyond, algorithm 2
 */
export const amsgrad = described(
  {
    name: "amsgrad",
    kind: "rule",
    summary: "Adam whose rates never rise again.",
    guarantee:
      "On convex losses, with rates falling as 1/√t and β₁ falling too, the mean regret goes to 0.",
    price: { gradients: 1, state: 3 },
    source: "Reddi, Kale & Kumar (2018), On the convergence of Adam and beyond, theorem 4",
  },
  (learningRate: LearningRate, options: MomentOptions = {}): Rule<AdamState> => {
    requireKnownOptions("amsgrad", options, ["beta1", "beta2", "epsilon"]);
    return { ...adam(learningRate, { ...options, amsgrad: true }), name: "amsgrad" };
  },
);
