import { clip, sign, where } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requirePositive } from "../schedules/schedule.ts";
import { mapTrees } from "./leaves.ts";
import type { Rule } from "./rule.ts";

export interface RpropOptions {
  /** η⁻, what a step size is multiplied by when the gradient's sign flips, in (0, 1). Default 0.5. */
  readonly shrink?: number;
  /** η⁺, what it is multiplied by when the sign stays, above 1. Default 1.2. */
  readonly grow?: number;
  /** The smallest step size, above 0. Default 1e-6. */
  readonly smallest?: number;
  /** The largest step size. Default 50. */
  readonly largest?: number;
}

export type RpropState = {
  /** The step size of each coordinate: like the params. */
  readonly stepSize: Tree<Tensor>;
  /** Sign of the last gradient, 0 after a flip: like the params. */
  readonly lastSign: Tree<Tensor>;
};

/**
 * Resilient backpropagation: each coordinate has a step size h and moves by −h·sign(g). Where the
 * sign of the gradient stays h grows, where it flips h shrinks and the coordinate rests for a step
 * (nothing is taken back: the variant iRprop−, as in PyTorch).
 *
 * Price: one gradient a step, two tensors of state per tensor of params. For full gradients only:
 * signs of minibatch gradients flip by chance.
 *
 * @param initialStep - the first step size of all coordinates, in params, above 0. Default 0.01
 * @throws NadirError `rules/initialStep`, `rules/shrink`, `rules/grow`, `rules/smallest`,
 *   `rules/largest`
 * @see Riedmiller & Braun (1993), A direct adaptive method for faster backpropagation learning
 * @see Igel & Hüsken (2000), Improving the Rprop learning algorithm, section 2
 */
export const rprop = described(
  {
    name: "rprop",
    kind: "rule",
    summary: "Steps of own size for each coordinate, by the gradient's sign alone.",
    guarantee: "None.",
    price: { gradients: 1, state: 2 },
    source:
      "Riedmiller & Braun (1993); Igel & Hüsken (2000), Improving the Rprop learning algorithm",
  },
  (initialStep = 0.01, options: RpropOptions = {}): Rule<RpropState> => {
    requirePositive("rules/initialStep", initialStep);
    requireKnownOptions("rprop", options, ["shrink", "grow", "smallest", "largest"]);
    const shrink = requireInRange("rules/shrink", options.shrink ?? 0.5, [0, 1], { open: true });
    const most = Number.MAX_VALUE;
    const grow = requireInRange("rules/grow", options.grow ?? 1.2, [1, most], { open: true });
    const smallest = requirePositive("rules/smallest", options.smallest ?? 1e-6);
    const largest = requireInRange("rules/largest", options.largest ?? 50, [smallest, most]);
    return {
      kind: "rule",
      name: "rprop",
      joinable: true,
      init: (params) => ({
        stepSize: mapTree((x) => x.graph.full(x.shape, initialStep, x.dtype), params),
        lastSign: zerosLike(params),
      }),
      update: (gradient, state) => {
        const { updates, ...next } = mapTrees(
          (g, before, last) => {
            const now = sign(g);
            const agreement = now.mul(last);
            const factor = where(agreement.greater(0), grow, where(agreement.less(0), shrink, 1));
            const stepSize = clip(before.mul(factor.cast(before.dtype)), smallest, largest);
            const lastSign = where(agreement.less(0), 0, now);
            return { updates: lastSign.mul(stepSize).neg(), stepSize, lastSign };
          },
          gradient,
          state.stepSize,
          state.lastSign,
        );
        return { updates, state: next };
      },
    };
  },
);
