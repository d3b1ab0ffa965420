import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import type { LearningRate } from "../schedules/schedule.ts";
import type { Rule } from "./rule.ts";
import { type SgdState, sgd } from "./sgd.ts";

export interface MomentumOptions {
  /** μ, the part of the velocity that is kept, in [0, 1). Default 0.9. */
  readonly momentum?: number;
}

/**
 * Gradient descent with momentum, the rate outside the velocity: b ← μb + g, then x ← x − ηb. With
 * a constant rate the same as `heavyBall`; a change of the rate acts on the whole velocity at once.
 *
 * Price: one gradient a step, one tensor of state per tensor of params.
 *
 * @param learningRate - η, in params per unit of gradient: a number or a schedule
 * @throws NadirError `rules/learningRate`; `rules/momentum` unless `momentum` is in [0, 1)
 * @see Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating errors, eq. (9)
 */
export const momentum = described(
  {
    name: "momentum",
    kind: "rule",
    summary: "Steps along a fading sum of the gradients seen, which evens out their noise.",
    guarantee: "That of heavyBall at a constant rate.",
    price: { gradients: 1, state: 1 },
    source: "Rumelhart, Hinton & Williams (1986), Learning representations, eq. (9)",
  },
  (learningRate: LearningRate, options: MomentumOptions = {}): Rule<SgdState> => {
    requireKnownOptions("momentum", options, ["momentum"]);
    return { ...sgd(learningRate, { momentum: options.momentum ?? 0.9 }), name: "momentum" };
  },
);
