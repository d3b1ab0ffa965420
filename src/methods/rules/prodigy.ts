import { maximum, sqrt, square } from "../../array/operations/elementwise.ts";
import { sum } from "../../array/operations/reduction.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, zerosLike } from "../../array/tensorTree.ts";
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
import { like, mapTrees, normOver, scalar, sumOver, times } from "./leaves.ts";
import { fade, type MomentOptions, readMoments, usualMoments } from "./moments.ts";
import type { Rule } from "./rule.ts";

export interface ProdigyOptions extends MomentOptions {
  /** d₀, a distance surely smaller than that to the solution, above 0. Default 1e-6. */
  readonly initialDistance?: number;
  /** λ, decoupled, at least 0. Default 0. */
  readonly weightDecay?: number;
}

export type ProdigyState = {
  /** Fading averages of d·g and of d²g²: like the params. */
  readonly firstMoment: Tree<Tensor>;
  readonly secondMoment: Tree<Tensor>;
  /** A fading sum of d²g: like the params. */
  readonly gradientSum: Tree<Tensor>;
  /** The params at the start. */
  readonly origin: Tree<Tensor>;
  /** d, the distance estimated so far. */
  readonly distance: Tensor;
  /** The numerator of the next estimate. */
  readonly progress: Tensor;
};

/**
 * Prodigy: Adam whose rate is a running estimate d of the distance from the start to the solution.
 * m ← β₁m + (1 − β₁)dg, v ← β₂v + (1 − β₂)d²g²; with b = √β₂, r ← br + (1 − b)γd²⟨g, x₀ − x⟩ and
 * s ← bs + (1 − b)γd²g; d⁺ = max(d, r/‖s‖₁); then x ← x − γd·m/(√v + dε).
 *
 * Price: one gradient a step, four tensors of state per tensor of params.
 *
 * @param learningRate - γ, a pure number: 1, or a schedule with peak 1. Default 1
 * @throws NadirError `rules/learningRate`, `rules/beta1`, `rules/beta2`, `rules/epsilon`,
 *   `rules/initialDistance`, `rules/weightDecay`
 * @see Mishchenko & Defazio (2024), Prodigy: an expeditiously adaptive parameter-free learner, algorithm 4
 */
export const prodigy = described(
  {
    name: "prodigy",
    kind: "rule",
    summary: "Adam that finds its own rate from the distance travelled.",
    guarantee:
      "Without Adam's averages, on convex losses: the best rate's result but for a root of a logarithm, without knowing the distance.",
    price: { gradients: 1, state: 4 },
    source: "Mishchenko & Defazio (2024), Prodigy, algorithm 4, theorem 1",
  },
  (learningRate: LearningRate = 1, options: ProdigyOptions = {}): Rule<ProdigyState> => {
    requireRate("rules/learningRate", learningRate);
    const known = ["beta1", "beta2", "epsilon", "initialDistance", "weightDecay"];
    requireKnownOptions("prodigy", options, known);
    const { beta1, beta2, epsilon } = readMoments(options, usualMoments);
    const start = requirePositive("rules/initialDistance", options.initialDistance ?? 1e-6);
    const weightDecay = requireNonNegative("rules/weightDecay", options.weightDecay ?? 0);
    const root = Math.sqrt(beta2);
    return {
      kind: "rule",
      name: "prodigy",
      joinable: true,
      learningRate,
      init: (params) => ({
        firstMoment: zerosLike(params),
        secondMoment: zerosLike(params),
        gradientSum: zerosLike(params),
        origin: params,
        distance: scalar(start),
        progress: scalar(0),
      }),
      update: (gradient, state, params, step) => {
        const rate = rateAt(learningRate, step);
        const { distance: d } = state;
        const share = rate.mul(square(d)).mul(1 - root);
        const trees = mapTrees(
          (g, m, v, s, origin, x) => {
            const scaled = times(g, d);
            return {
              firstMoment: fade(m, beta1, scaled.mul(1 - beta1)),
              secondMoment: fade(v, beta2, square(scaled).mul(1 - beta2)),
              gradientSum: fade(s, root, times(g, share)),
              along: g.mul(origin.sub(x)),
            };
          },
          gradient,
          state.firstMoment,
          state.secondMoment,
          state.gradientSum,
          state.origin,
          params,
        );
        const { along, ...kept } = trees;
        const travelled = sumOver((leaf) => sum(leaf), along);
        const progress = state.progress.mul(root).add(travelled.mul(share));
        // Before the first gradient that is not 0, 0/0: the estimate stays.
        const estimate = progress.div(maximum(normOver(trees.gradientSum, 1), 1e-30));
        const distance = maximum(d, estimate);
        const down = rate.mul(d).neg();
        const shift = d.mul(epsilon);
        const updates = mapTree(
          (m, v, x) => {
            const move = times(m, down).div(sqrt(v).add(like(shift, v)));
            return weightDecay === 0 ? move : move.add(times(x.mul(weightDecay), down));
          },
          trees.firstMoment,
          trees.secondMoment,
          params,
        );
        return { updates, state: { ...kept, origin: state.origin, distance, progress } };
      },
    };
  },
);
