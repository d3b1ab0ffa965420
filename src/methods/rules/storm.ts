import { minimum, pow, square, where } from "../../array/operations/elementwise.ts";
import { sum } from "../../array/operations/reduction.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requirePositive, requireRate } from "../schedules/schedule.ts";
import { scalar, sumOver, times } from "./leaves.ts";
import type { Rule } from "./rule.ts";

export interface StormOptions {
  /** w, which keeps the first rates from being large, above 0. Default 0.1. */
  readonly offset?: number;
  /** c, how fast the momentum is let go, above 0: a = cη². Default 10. */
  readonly forget?: number;
}

export type StormState = {
  /** d, the estimate of the gradient: like the params. */
  readonly estimate: Tree<Tensor>;
  /** The params of the step before: like the params. */
  readonly before: Tree<Tensor>;
  /** Σ‖G‖², the batch gradients' squares so far: a scalar. */
  readonly squares: Tensor;
};

/**
 * STORM, recursive momentum: with rates ηₜ = k/(w + Σᵢ≤ₜ‖Gᵢ‖²)^⅓ and aₜ₊₁ = min(1, cηₜ²),
 * dₜ₊₁ = ∇f(xₜ₊₁, ξₜ₊₁) + (1 − aₜ₊₁)(dₜ − ∇f(xₜ, ξₜ₊₁)) and x ← x − ηd, with the same batch ξₜ₊₁ in both
 * gradients. Their difference carries the last estimate over to the new params, so that its variance falls
 * without a pass over all data.
 *
 * Price: a second gradient a step, on the same batch; two tensors of state per tensor of params.
 *
 * @param learningRate - k; rates fall from k/w^⅓ by themselves
 * @throws NadirError `rules/learningRate`, `rules/offset`, `rules/forget`
 * @see Cutkosky & Orabona (2019), Momentum-based variance reduction in non-convex SGD, algorithm 1
 */
export const storm = described(
  {
    name: "storm",
    kind: "rule",
    summary:
      "Momentum that is carried over to the new params by the same batch's gradient at both.",
    guarantee:
      "For smooth losses a gradient of expected norm of order 1/T^⅓ after T steps, with no pass over all data and no large batch.",
    price: { gradients: 2, state: 2 },
    source:
      "Cutkosky & Orabona (2019), Momentum-based variance reduction in non-convex SGD, algorithm 1, theorem 1",
  },
  (learningRate: LearningRate, options: StormOptions = {}): Rule<StormState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("storm", options, ["offset", "forget"]);
    const offset = requirePositive("rules/offset", options.offset ?? 0.1);
    const forget = requirePositive("rules/forget", options.forget ?? 10);
    return {
      kind: "rule",
      name: "storm",
      joinable: true,
      learningRate,
      init: (params) => ({ estimate: zerosLike(params), before: params, squares: scalar(0) }),
      update: (gradient, state, params, step) => {
        const rate = (squares: Tensor): Tensor =>
          rateAt(learningRate, step).mul(pow(squares.add(offset), -1 / 3));
        const squares = state.squares.add(sumOver((leaf) => sum(square(leaf)), gradient));
        const letGo = minimum(square(rate(state.squares)).mul(forget), 1);
        const kept = where(step.index.equal(0), 0, letGo.neg().add(1));
        const there = step.gradientAt(state.before);
        const estimate = mapTree(
          (g, d, old) => g.add(times(d.sub(old), kept)),
          gradient,
          state.estimate,
          there,
        );
        const down = rate(squares).neg();
        return {
          updates: mapTree((d) => times(d, down), estimate),
          state: { estimate, before: params, squares },
        };
      },
    };
  },
);
