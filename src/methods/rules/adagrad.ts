import { sqrt, square } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import {
  type LearningRate,
  rateAt,
  requireNonNegative,
  requirePositive,
  requireRate,
} from "../schedules/schedule.ts";
import { mapTrees, times } from "./leaves.ts";
import type { Rule } from "./rule.ts";

export interface AdagradOptions {
  /** What the sum of squares starts from, at least 0. Default 0. */
  readonly initialSum?: number;
  /** ε, added to the root, above 0. Default 1e-10. */
  readonly epsilon?: number;
}

export type AdagradState = {
  /** Σ gᵢ² over all steps: like the params. */
  readonly squareSum: Tree<Tensor>;
};

/**
 * AdaGrad: G ← G + g², then x ← x − ηg/(√G + ε). Each coordinate's rate η/√G only falls, fastest
 * where gradients were large; when it is too small to matter the method has stopped, near a minimum
 * or not.
 *
 * Price: one gradient a step, one tensor of state per tensor of params.
 *
 * @param learningRate - η, in params: a number or a schedule
 * @throws NadirError `rules/learningRate`, `rules/initialSum`, `rules/epsilon`
 * @see Duchi, Hazan & Singer (2011), Adaptive subgradient methods, figure 1 (diagonal)
 */
export const adagrad = described(
  {
    name: "adagrad",
    kind: "rule",
    summary: "A rate for each coordinate that falls with the squares of its gradients so far.",
    guarantee:
      "On convex losses the regret is at most √2·D∞ times Σⱼ√(Σᵢgᵢⱼ²), without knowing the gradients' size; good for sparse ones.",
    price: { gradients: 1, state: 1 },
    source: "Duchi, Hazan & Singer (2011), Adaptive subgradient methods, theorem 5",
  },
  (learningRate: LearningRate, options: AdagradOptions = {}): Rule<AdagradState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("adagrad", options, ["initialSum", "epsilon"]);
    const initialSum = requireNonNegative("rules/initialSum", options.initialSum ?? 0);
    const epsilon = requirePositive("rules/epsilon", options.epsilon ?? 1e-10);
    return {
      kind: "rule",
      name: "adagrad",
      joinable: true,
      learningRate,
      init: (params) => ({
        squareSum: mapTree((x) => x.graph.full(x.shape, initialSum, x.dtype), params),
      }),
      update: (gradient, state, _params, step) => {
        const down = rateAt(learningRate, step).neg();
        const { squareSum, updates } = mapTrees(
          (g, before) => {
            const sum = before.add(square(g));
            return { squareSum: sum, updates: times(g, down).div(sqrt(sum).add(epsilon)) };
          },
          gradient,
          state.squareSum,
        );
        return { updates, state: { squareSum } };
      },
    };
  },
);
