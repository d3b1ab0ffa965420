import { mean } from "../../array/operations/reduction.ts";
import { mapTree } from "../../array/tensorTree.ts";
import { described } from "../method.ts";
import type { NoState, Rule } from "./rule.ts";

/**
 * Gradient centralization: from the gradient of each weight its mean over all inputs of the same
 * output unit is subtracted. For matrices `[in, out]` that is over axis 0, for filters
 * `[out, in, height, width]` over all axes but the first; vectors and scalars pass unchanged.
 *
 * @see Yong, Huang, Hua & Zhang (2020), Gradient centralization, eq. (1)
 */
export const centralize = described(
  {
    name: "centralize",
    kind: "transform",
    summary: "Takes each unit's mean out of its weights' gradient.",
    guarantee: "The sum of each unit's weights stays what it was at the start.",
    price: { gradients: 0, state: 0 },
    source: "Yong, Huang, Hua & Zhang (2020), Gradient centralization, eq. (1)",
  },
  (): Rule<NoState> => ({
    kind: "rule",
    name: "centralize",
    role: "gradient",
    init: () => ({}),
    update: (gradient, state) => {
      const updates = mapTree((g) => {
        const rank = g.shape.length;
        if (rank < 2) return g;
        const inputs = rank === 2 ? [0] : g.shape.map((_, axis) => axis).slice(1);
        return g.sub(mean(g, { axis: inputs, keepDims: true }));
      }, gradient);
      return { updates, state };
    },
  }),
);
