import type { Tensor } from "../../array/tensor.ts";
import { mapTree, zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requireRate } from "../schedules/schedule.ts";
import { times } from "./leaves.ts";
import type { Rule } from "./rule.ts";

export interface HeavyBallOptions {
  /** β, the part of the last step that is kept, in [0, 1). Default 0.9. */
  readonly momentum?: number;
}

export type HeavyBallState = {
  /** The last step: same structure and shapes as the params. */
  readonly velocity: Tree<Tensor>;
};

/**
 * Gradient descent with momentum: v ← βv − ηg, then x ← x + v. Under a falling rate the velocity
 * already gathered keeps its speed; `momentum` slows that down too.
 *
 * Price: one gradient a step, one tensor of state per tensor of params.
 *
 * @param learningRate - η, in params per unit of gradient: a number or a schedule
 * @throws NadirError `rules/learningRate`; `rules/momentum` unless `momentum` is in [0, 1)
 * @see Sutskever et al. (2013), On the importance of initialization and momentum, eqs. (1), (2)
 */
export const heavyBall = described(
  {
    name: "heavyBall",
    kind: "rule",
    summary: "Each step keeps a part of the last one, as a heavy ball does rolling downhill.",
    guarantee:
      "On a quadratic, errors shrink by √β a step where (1 − √β)² ≤ ηλ ≤ (1 + √β)² for every curvature λ; stable for η below 2(1 + β)/L, and only there.",
    price: { gradients: 1, state: 1 },
    source:
      "Polyak (1964), Some methods of speeding up the convergence of iteration methods, eq. (9)",
  },
  (learningRate: LearningRate, options: HeavyBallOptions = {}): Rule<HeavyBallState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("heavyBall", options, ["momentum"]);
    const momentum = requireInRange("rules/momentum", options.momentum ?? 0.9, [0, 1]);
    return {
      kind: "rule",
      name: "heavyBall",
      joinable: true,
      learningRate,
      init: (params) => ({ velocity: zerosLike(params) }),
      update: (gradient, { velocity }, _params, step) => {
        const rate = rateAt(learningRate, step);
        const updates = mapTree((v, g) => v.mul(momentum).sub(times(g, rate)), velocity, gradient);
        return { updates, state: { velocity: updates } };
      },
    };
  },
);
