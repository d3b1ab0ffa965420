import type { Tensor } from "../../array/tensor.ts";
import { mapTree, zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requireRate } from "../schedules/schedule.ts";
import { toFloat } from "../schedules/span.ts";
import { scalar, times } from "./leaves.ts";
import type { Rule, RuleStep } from "./rule.ts";

export interface NesterovOptions {
  /**
   * β, the part of the last step that is kept: a number in [0, 1), or "increasing" for
   * (t − 1)/(t + 2) at step t, which the O(1/t²) rate on convex losses needs. Default 0.9.
   */
  readonly momentum?: number | "increasing";
}

export type NesterovState = {
  /** The last step of the point behind the look-ahead: like the params. */
  readonly velocity: Tree<Tensor>;
};

/**
 * Nesterov's accelerated gradient: v ← βv − ηg(x + βv), then x ← x + v. The params are the point
 * y = x + βv that looks ahead, so that the gradient at the params is the one needed and no second
 * evaluation is: y ← y − ηg(y) + β⁺v⁺ with v⁺ = βv − ηg(y) and β⁺ the next step's β.
 *
 * Price: one gradient a step, one tensor of state per tensor of params.
 *
 * @param learningRate - η, in params per unit of gradient: a number or a schedule
 * @throws NadirError `rules/learningRate`; `rules/momentum` unless it is in [0, 1) or "increasing"
 * @see Nesterov (1983), A method of solving a convex programming problem with convergence rate O(1/k²)
 * @see Sutskever et al. (2013), On the importance of initialization and momentum, eqs. (3), (4)
 */
export const nesterov = described(
  {
    name: "nesterov",
    kind: "rule",
    summary: "Momentum whose gradient is taken where the momentum is about to lead.",
    guarantee:
      "On convex losses of curvature at most L, rate at most 1/L and increasing momentum, the loss is within 2‖x₀ − x*‖²/(η(t + 1)²) of the least after t steps: the best order possible.",
    price: { gradients: 1, state: 1 },
    source:
      "Nesterov (1983); Su, Boyd & Candès (2016), A differential equation for modeling Nesterov's method; Sutskever et al. (2013)",
  },
  (learningRate: LearningRate, options: NesterovOptions = {}): Rule<NesterovState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("nesterov", options, ["momentum"]);
    const { momentum = 0.9 } = options;
    if (momentum !== "increasing") requireInRange("rules/momentum", momentum, [0, 1]);
    /** β at this step or a later one. */
    const momentumAt = ({ index }: RuleStep, later: number): Tensor => {
      if (momentum !== "increasing") return scalar(momentum);
      const t = toFloat(index);
      return t.add(later - 1).div(t.add(later + 2));
    };
    return {
      kind: "rule",
      name: "nesterov",
      joinable: true,
      learningRate,
      init: (params) => ({ velocity: zerosLike(params) }),
      update: (gradient, state, _params, step) => {
        const down = rateAt(learningRate, step).neg();
        const [now, next] = [momentumAt(step, 0), momentumAt(step, 1)];
        const fall = mapTree((g) => times(g, down), gradient);
        const velocity = mapTree((v, d) => times(v, now).add(d), state.velocity, fall);
        const updates = mapTree((v, d) => times(v, next).add(d), velocity, fall);
        return { updates, state: { velocity } };
      },
    };
  },
);
