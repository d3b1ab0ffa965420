import { cast, where } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import { requireCount, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requirePositive, requireRate } from "../schedules/schedule.ts";
import { normOver, scalar, times } from "./leaves.ts";
import { ballLike } from "./noise.ts";
import type { Rule } from "./rule.ts";

export interface PerturbedOptions {
  /** r, the radius of the ball that noise is drawn from, above 0. */
  readonly radius: number;
  /** ‖g‖₂ at and below which noise may be added, above 0. */
  readonly gradientNorm: number;
  /** t_thres: noise comes only if more steps than this have passed since the last, a count. Default 10. */
  readonly wait?: number;
}

export type PerturbedState = {
  /** Steps since the last noise: an `i32` scalar. */
  readonly since: Tensor;
};

/**
 * Perturbed gradient descent: x ← x − ηg, and where ‖g‖ ≤ gradientNorm and more than `wait` steps
 * have passed since the last time, plus ξ uniform in the ball of radius r. Noise only where it is of
 * use: at small gradients, and with time to grow along a direction of negative curvature.
 *
 * Price: one gradient a step, no state but a counter. The gradient is that at x, not at x + ξ, which
 * differ by Lr at most.
 *
 * @param learningRate - η, below 1/L for curvatures up to L
 * @throws NadirError `rules/learningRate`, `rules/radius`, `rules/gradientNorm`, `rules/wait`
 * @see Jin, Ge, Netrapalli, Kakade & Jordan (2017), How to escape saddle points efficiently, algorithm 2
 */
export const perturbedGradientDescent = described(
  {
    name: "perturbedGradientDescent",
    kind: "rule",
    summary: "Gradient descent with a push in a random direction where the gradient is small.",
    guarantee:
      "With the paper's settings it reaches, with high probability, a gradient of ε and no curvature below −√(ρε), in O(log⁴(d)/ε²) steps; gradient descent may take exponentially many in d.",
    price: { gradients: 1, state: 0 },
    source: "Jin, Ge, Netrapalli, Kakade & Jordan (2017), algorithm 2, theorem 3; Du et al. (2017)",
  },
  (learningRate: LearningRate, options: PerturbedOptions): Rule<PerturbedState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("perturbedGradientDescent", options, ["radius", "gradientNorm", "wait"]);
    const radius = requirePositive("rules/radius", options.radius);
    const gradientNorm = requirePositive("rules/gradientNorm", options.gradientNorm);
    const wait = requireCount("rules/wait", options.wait ?? 10, 0);
    return {
      kind: "rule",
      name: "perturbedGradientDescent",
      learningRate,
      // As if noise had never been: the first small gradient may have it at once.
      init: () => ({ since: scalar(wait).cast("i32") }),
      update: (gradient, state, _params, step) => {
        const down = rateAt(learningRate, step).neg();
        const since = state.since.add(1);
        const push = normOver(gradient).lessEqual(gradientNorm).and(since.greater(wait));
        const size = cast(push, down.dtype).mul(radius);
        const updates = mapTree(
          (g, n) => times(g, down).add(times(n, size)),
          gradient,
          ballLike(step.key, gradient),
        );
        return { updates, state: { since: where(push, 0, since).cast("i32") } };
      },
    };
  },
);
