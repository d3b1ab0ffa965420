import { mapTree } from "../../array/tensorTree.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requireNonNegative } from "../schedules/schedule.ts";
import { type AdamOptions, type AdamState, adam } from "./adam.ts";
import { times } from "./leaves.ts";
import type { Rule } from "./rule.ts";

export interface AdamWOptions extends AdamOptions {
  /** λ, at least 0. Default 0.01. */
  readonly weightDecay?: number;
}

/**
 * AdamW: x ← (1 − ηλ)x, and Adam's step. The decay is multiplied by the rate, and is not part of the
 * gradient: Adam would divide it by the gradients' size.
 *
 * Price: one gradient a step, two tensors of state per tensor of params (three with `amsgrad`).
 *
 * @param learningRate - η, in params: a number or a schedule
 * @throws NadirError `rules/learningRate`, `rules/beta1`, `rules/beta2`, `rules/epsilon`,
 *   `rules/weightDecay`
 * @see Loshchilov & Hutter (2019), Decoupled weight decay regularization, algorithm 2
 */
export const adamW = described(
  {
    name: "adamW",
    kind: "rule",
    summary: "Adam with weights that decay by the same part each step, whatever their gradients.",
    guarantee:
      "That of Adam; a fixed point lies in the box |x| ≤ 1/λ, not at a minimum of the loss.",
    price: { gradients: 1, state: 2 },
    source: "Loshchilov & Hutter (2019), algorithm 2; Xie & Li (2024), Implicit bias of AdamW",
  },
  (learningRate: LearningRate, options: AdamWOptions = {}): Rule<AdamState> => {
    const known = ["beta1", "beta2", "epsilon", "amsgrad", "weightDecay"];
    requireKnownOptions("adamW", options, known);
    const { weightDecay: given = 0.01, ...rest } = options;
    const weightDecay = requireNonNegative("rules/weightDecay", given);
    const inner = adam(learningRate, rest);
    return {
      ...inner,
      name: "adamW",
      update: (gradient, state, params, step) => {
        const moved = inner.update(gradient, state, params, step);
        const pull = rateAt(learningRate, step).mul(-weightDecay);
        const updates = mapTree((u, x) => u.add(times(x, pull)), moved.updates, params);
        return { updates, state: moved.state };
      },
    };
  },
);
