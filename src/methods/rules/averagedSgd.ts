import { maximum, pow } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import {
  type LearningRate,
  rateAt,
  requireNonNegative,
  requireRate,
} from "../schedules/schedule.ts";
import { toFloat } from "../schedules/span.ts";
import { times } from "./leaves.ts";
import type { Rule } from "./rule.ts";

export interface AveragedSgdOptions {
  /** λ, how strongly params are drawn to 0 and rates fall; at least 0. Default 1e-4. */
  readonly decay?: number;
  /** α, the power with which rates fall, in [0, 1]. Default 0.75. */
  readonly power?: number;
  /** t₀, the step after which points are averaged, a count. Default 0: from the start. */
  readonly averageFrom?: number;
}

export type AveragedSgdState = {
  /** The mean of the points since `averageFrom`, the last point before: like the params. */
  readonly average: Tree<Tensor>;
};

/**
 * Stochastic gradient descent whose answer is the mean of its points:
 * x ← (1 − λη)x − ηg with η = η₀/(1 + λη₀t)^α, and x̄ ← x̄ + μ(x − x̄) with μ = 1/max(1, t − t₀), for
 * t = 0, 1, …. The mean is the rule's answer.
 *
 * Price: one gradient a step, one tensor of state per tensor of params.
 *
 * @param learningRate - η₀, in params per unit of gradient: a number or a schedule
 * @throws NadirError `rules/learningRate`, `rules/decay`, `rules/power`, `rules/averageFrom`
 * @see Polyak & Juditsky (1992), Acceleration of stochastic approximation by averaging
 */
export const averagedSgd = described(
  {
    name: "averagedSgd",
    kind: "rule",
    summary: "Stochastic gradient descent that also keeps the mean of its points.",
    guarantee:
      "On strongly convex losses, with rates that fall slower than 1/t, the mean's error is asymptotically the least any method can have from as many gradients.",
    price: { gradients: 1, state: 1 },
    source: "Polyak & Juditsky (1992), Acceleration of stochastic approximation by averaging",
  },
  (learningRate: LearningRate, options: AveragedSgdOptions = {}): Rule<AveragedSgdState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("averagedSgd", options, ["decay", "power", "averageFrom"]);
    const decay = requireNonNegative("rules/decay", options.decay ?? 1e-4);
    const power = requireInRange("rules/power", options.power ?? 0.75, [0, 1], { closed: true });
    const averageFrom = requireCount("rules/averageFrom", options.averageFrom ?? 0, 0);
    return {
      kind: "rule",
      name: "averagedSgd",
      joinable: true,
      learningRate,
      init: (params) => ({ average: params }),
      answer: (_params, { average }) => average,
      update: (gradient, state, params, step) => {
        const start = rateAt(learningRate, step);
        const growth = start.mul(decay).mul(toFloat(step.index)).add(1);
        const down = start.div(pow(growth, power)).neg();
        const pull = down.mul(decay);
        const updates = mapTree((g, x) => times(g, down).add(times(x, pull)), gradient, params);
        const weight = toFloat(maximum(step.index.sub(averageFrom), 1)).reciprocal();
        const average = mapTree(
          (mean, x, u) => mean.add(times(x.add(u).sub(mean), weight)),
          state.average,
          params,
          updates,
        );
        return { updates, state: { average } };
      },
    };
  },
);
