import { cast, clip, less, minimum, where } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import { NadirError } from "../../base/errors.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requirePositive } from "../schedules/schedule.ts";
import { type NormOrder, normOver, scalar, times } from "./leaves.ts";
import type { NoState, Rule } from "./rule.ts";

export interface ClipByGlobalNormOptions {
  /** 1, 2 or Infinity. Default 2. */
  readonly order?: NormOrder;
}

export type ClipState = {
  /** How many gradients have been clipped: an `i32` scalar. */
  readonly clipped: Tensor;
};

/**
 * Scales all gradients by min(1, max/(‖g‖ + 1e-6)), ‖g‖ over all tensors as one vector: the direction
 * stays. The state counts how often it acted.
 *
 * A norm that is NaN or infinite makes every entry NaN, so that a guard sees it: scaling by max/∞
 * would turn an overflow into a step of 0 and hide it.
 *
 * @param max - the largest norm let through, in the gradient's unit; usual are 0.5 to 2
 * @throws NadirError `rules/max`, `rules/order`
 * @see Pascanu, Mikolov & Bengio (2013), On the difficulty of training recurrent neural networks, algorithm 1
 */
export const clipByGlobalNorm = described(
  {
    name: "clipByGlobalNorm",
    kind: "transform",
    summary: "Shortens the whole gradient to a largest norm, keeping its direction.",
    guarantee: "No gradient longer than the norm given passes.",
    price: { gradients: 0, state: 0 },
    source: "Pascanu, Mikolov & Bengio (2013), algorithm 1; PyTorch's clip_grad_norm_",
  },
  (max: number, options: ClipByGlobalNormOptions = {}): Rule<ClipState> => {
    requirePositive("rules/max", max);
    requireKnownOptions("clipByGlobalNorm", options, ["order"]);
    const { order = 2 } = options;
    if (![1, 2, Number.POSITIVE_INFINITY].includes(order)) throw unknownOrder(order);
    return {
      kind: "rule",
      name: "clipByGlobalNorm",
      role: "either",
      joinable: true,
      init: () => ({ clipped: scalar(0).cast("i32") }),
      update: (gradient, state) => {
        const norm = normOver(gradient, order);
        const factor = minimum(norm.add(1e-6).reciprocal().mul(max), 1);
        const sound = where(less(norm, Number.POSITIVE_INFINITY), factor, Number.NaN);
        const clipped = state.clipped.add(cast(factor.less(1), "i32"));
        return { updates: mapTree((g) => times(g, sound), gradient), state: { clipped } };
      },
    };
  },
);

const unknownOrder = (order: unknown): NadirError =>
  new NadirError("rules/order", `clipByGlobalNorm: order is ${String(order)}`, {
    expected: "1, 2 or Infinity",
  });

/**
 * Clips each entry to [−max, max]: the direction may turn. NaN stays NaN.
 *
 * @param max - the largest entry let through, above 0
 * @throws NadirError `rules/max`
 */
export const clipByValue = described(
  {
    name: "clipByValue",
    kind: "transform",
    summary: "Cuts each entry of the gradient to a largest size.",
    guarantee: "No entry larger than the one given passes; the direction may turn.",
    price: { gradients: 0, state: 0 },
    source: "Mikolov (2012), Statistical language models based on neural networks, section 3.2.1",
  },
  (max: number): Rule<NoState> => {
    requirePositive("rules/max", max);
    return {
      kind: "rule",
      name: "clipByValue",
      role: "either",
      joinable: true,
      init: () => ({}),
      update: (gradient, state) => ({
        updates: mapTree((g) => clip(g, -max, max), gradient),
        state,
      }),
    };
  },
);

/**
 * Scales each tensor's gradient by min(1, max/(‖g‖₂ + 1e-6)), on its own: the direction of the whole
 * may turn. A norm that is NaN or infinite makes its entries NaN.
 *
 * @param max - the largest norm of one tensor let through, above 0
 * @throws NadirError `rules/max`
 */
export const clipByNorm = described(
  {
    name: "clipByNorm",
    kind: "transform",
    summary: "Shortens each tensor's gradient to a largest norm, on its own.",
    guarantee: "No tensor's gradient longer than the norm given passes.",
    price: { gradients: 0, state: 0 },
    source: "Pascanu, Mikolov & Bengio (2013), algorithm 1, for each tensor",
  },
  (max: number): Rule<NoState> => {
    requirePositive("rules/max", max);
    return {
      kind: "rule",
      name: "clipByNorm",
      role: "either",
      init: () => ({}),
      update: (gradient, state) => {
        const updates = mapTree((g) => {
          const norm = normOver(g);
          const factor = minimum(norm.add(1e-6).reciprocal().mul(max), 1);
          return times(g, where(less(norm, Number.POSITIVE_INFINITY), factor, Number.NaN));
        }, gradient);
        return { updates, state };
      },
    };
  },
);
