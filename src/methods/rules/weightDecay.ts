import { mapTree } from "../../array/tensorTree.ts";
import { described } from "../method.ts";
import {
  type LearningRate,
  rateAt,
  requireNonNegative,
  requireRate,
} from "../schedules/schedule.ts";
import { times } from "./leaves.ts";
import type { NoState, Rule } from "./rule.ts";

/**
 * Coupled weight decay: g ← g + λx, the gradient of λ‖x‖²/2 added to the loss's. Before an adaptive
 * rule it is divided by the gradients' size like all else; `decoupledWeightDecay` is not.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `rules/strength`
 */
export const weightDecay = described(
  {
    name: "weightDecay",
    kind: "transform",
    summary: "Adds the gradient of an L2 penalty: coupled weight decay.",
    guarantee: "The rule after it minimizes the loss plus λ‖x‖²/2.",
    price: { gradients: 0, state: 0 },
    source: "Krogh & Hertz (1992), A simple weight decay can improve generalization, eq. (3)",
  },
  (strength: number): Rule<NoState> => {
    requireNonNegative("rules/strength", strength);
    return {
      kind: "rule",
      name: "weightDecay",
      role: "gradient",
      joinable: true,
      init: () => ({}),
      update: (gradient, state, params) => ({
        updates: mapTree((g, x) => g.add(x.mul(strength)), gradient, params),
        state,
      }),
    };
  },
);

/**
 * Decoupled weight decay: after the rule's own step, x ← x − ηλx with the x from before it. The decay
 * follows the rate and no gradient: `chain(adam(rate), decoupledWeightDecay(0.01, rate))` is `adamW`.
 *
 * @param strength - λ, at least 0
 * @param learningRate - η: the rule's own rate
 * @throws NadirError `rules/strength`, `rules/learningRate`
 * @see Loshchilov & Hutter (2019), Decoupled weight decay regularization, algorithms 1, 2
 */
export const decoupledWeightDecay = described(
  {
    name: "decoupledWeightDecay",
    kind: "transform",
    summary: "Shrinks the params by the same part at every step, beside the rule's own step.",
    guarantee: "None of its own; the loss plus a penalty is not what is minimized.",
    price: { gradients: 0, state: 0 },
    source: "Loshchilov & Hutter (2019), Decoupled weight decay regularization, algorithms 1, 2",
  },
  (strength: number, learningRate: LearningRate): Rule<NoState> => {
    requireNonNegative("rules/strength", strength);
    requireRate("rules/learningRate", learningRate);
    return {
      kind: "rule",
      name: "decoupledWeightDecay",
      role: "update",
      joinable: true,
      init: () => ({}),
      update: (updates, state, params, step) => {
        const pull = rateAt(learningRate, step).mul(-strength);
        return { updates: mapTree((u, x) => u.add(times(x, pull)), updates, params), state };
      },
    };
  },
);
