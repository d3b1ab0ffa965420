import { maximum, minimum, sqrt, square, where } from "../../array/operations/elementwise.ts";
import { sum } from "../../array/operations/reduction.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requirePositive } from "../schedules/schedule.ts";
import type { NoState, Rule } from "./rule.ts";

export interface AdaptiveClipOptions {
  /** The least length a unit's weights are taken to have, above 0: zeros could never move. Default 1e-3. */
  readonly smallest?: number;
}

/**
 * Adaptive gradient clipping: the gradient of each unit's weights is shortened to at most
 * max·‖weights‖. Units are the columns of matrices `[in, out]`, the first axis of filters, and each
 * entry of vectors. A gradient that is NaN or infinite becomes NaN throughout its unit.
 *
 * @param max - the largest ratio let through, above 0; the paper has 0.01 to 0.16
 * @throws NadirError `rules/max`, `rules/smallest`
 * @see Brock, De, Smith & Simonyan (2021), High-performance large-scale image recognition, eq. (3)
 */
export const adaptiveClip = described(
  {
    name: "adaptiveClip",
    kind: "transform",
    summary: "Shortens each unit's gradient to a part of that unit's own weights.",
    guarantee:
      "No unit's gradient is longer than the given part of its weights, or of the least length.",
    price: { gradients: 0, state: 0 },
    source: "Brock, De, Smith & Simonyan (2021), eq. (3)",
  },
  (max = 0.01, options: AdaptiveClipOptions = {}): Rule<NoState> => {
    requirePositive("rules/max", max);
    requireKnownOptions("adaptiveClip", options, ["smallest"]);
    const smallest = requirePositive("rules/smallest", options.smallest ?? 1e-3);
    return {
      kind: "rule",
      name: "adaptiveClip",
      role: "gradient",
      init: () => ({}),
      update: (gradient, state, params) => {
        const updates = mapTree(
          (g, x) => {
            const size = unitLengths(g);
            const limit = maximum(unitLengths(x), smallest).mul(max);
            const factor = minimum(limit.div(maximum(size, 1e-30)), 1);
            return g.mul(where(size.less(Number.POSITIVE_INFINITY), factor, Number.NaN));
          },
          gradient,
          params,
        );
        return { updates, state };
      },
    };
  },
);

/** The length of each unit's part, kept broadcastable to the whole. */
function unitLengths(x: Tensor): Tensor {
  const rank = x.shape.length;
  if (rank < 2) return x.abs();
  const inputs = rank === 2 ? [0] : x.shape.map((_, axis) => axis).slice(1);
  return sqrt(sum(square(x), { axis: inputs, keepDims: true }));
}
