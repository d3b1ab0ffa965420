import { square } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireInRange } from "../../base/require.ts";
import { requirePositive } from "../schedules/schedule.ts";
import { mapTrees, scalar } from "./leaves.ts";

/** How fast two running averages forget, and what keeps a quotient from dividing by 0. */
export interface MomentOptions {
  /** β₁, the part of the average of gradients that is kept at a step, in [0, 1). Default 0.9. */
  readonly beta1?: number | undefined;
  /** β₂, the same of the average of squares, in [0, 1). Default 0.999. */
  readonly beta2?: number | undefined;
  /** ε, added to the root of the second moment, above 0. Default 1e-8. */
  readonly epsilon?: number | undefined;
}

/** The options with their defaults. @throws NadirError `rules/beta1`, `rules/beta2`, `rules/epsilon` */
export function readMoments(options: MomentOptions, defaults: Required<MomentOptions>) {
  return {
    beta1: requireInRange("rules/beta1", options.beta1 ?? defaults.beta1 ?? 0.9, [0, 1]),
    beta2: requireInRange("rules/beta2", options.beta2 ?? defaults.beta2 ?? 0.999, [0, 1]),
    epsilon: requirePositive("rules/epsilon", options.epsilon ?? defaults.epsilon ?? 1e-8),
  };
}

/** The usual constants of Adam and its kin. */
export const usualMoments = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * One step of a fading sum: decay·sum + value. A running average is this sum over its total weight
 * 1 + decay + decay² + …, which is a fading sum of ones. Keeping the two apart costs one operation
 * fewer for each tensor, and the quotient is the bias-corrected average, without a power of decay.
 */
export const fade = (sum: Tensor, decay: number, value: Tensor | number): Tensor =>
  sum.mul(decay).add(value);

/** Fading sums of gradients and of their squares, and the weights that make averages of them. */
export type Moments = {
  /** Σ β₁ᵗ⁻ⁱ gᵢ. */
  readonly firstMoment: Tree<Tensor>;
  /** Σ β₂ᵗ⁻ⁱ gᵢ². */
  readonly secondMoment: Tree<Tensor>;
  /** Σ β₁ᵗ⁻ⁱ = (1 − β₁ᵗ)/(1 − β₁). */
  readonly firstWeight: Tensor;
  /** Σ β₂ᵗ⁻ⁱ. */
  readonly secondWeight: Tensor;
};

/** Nothing seen yet. */
export const noMoments = (params: Tree<Tensor>): Moments => ({
  firstMoment: zerosLike(params),
  secondMoment: zerosLike(params),
  firstWeight: scalar(0),
  secondWeight: scalar(0),
});

/** With one more gradient. */
export function nextMoments(
  gradient: Tree<Tensor>,
  state: Moments,
  { beta1, beta2 }: { readonly beta1: number; readonly beta2: number },
): Moments {
  const trees = mapTrees(
    (g, m, v) => ({
      firstMoment: fade(m, beta1, g),
      secondMoment: fade(v, beta2, square(g)),
    }),
    gradient,
    state.firstMoment,
    state.secondMoment,
  );
  return {
    ...trees,
    firstWeight: fade(state.firstWeight, beta1, 1),
    secondWeight: fade(state.secondWeight, beta2, 1),
  };
}
