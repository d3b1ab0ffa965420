import type { Key } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Tree } from "../array/tree.ts";
import { requireKnownOptions } from "../base/require.ts";
import type { LossContext } from "./problem.ts";

/** The two parts of a composite loss. `Q` is what the model gives: a tensor or a tree of them. */
export interface LossParts<P, B, S, Q> {
  readonly outputs: (params: P, batch: B, context: LossContext<S>) => Q;
  readonly loss: (outputs: Q, batch: B) => Tensor;
  /** See `CompositeLossOptions`. */
  readonly drawTargets?: CompositeLossOptions<B, Q>["drawTargets"];
}

/** What is known of a composite loss beside its parts. */
export interface CompositeLossOptions<B, Q> {
  /**
   * The batch with targets drawn from the distribution that the outputs stand for, where the loss is −log of its
   * density: the classes of a cross-entropy by `categorical(key, logits)`, for a mean squared error of k outputs
   * the outputs plus `normal` draws times √(k/2). A loss that is 1/k of −log of a density takes deviations from
   * the mean times √k. For methods that work with the Fisher matrix.
   */
  readonly drawTargets?: (outputs: Q, batch: B, key: Key) => B;
}

/** A loss of a model's outputs: a loss like any other, whose two parts can be told apart. */
export interface CompositeLoss<P, B, S, Q> {
  (params: P, batch: B, context: LossContext<S>): Tensor;
  readonly parts: LossParts<P, B, S, Q>;
}

/**
 * The loss ℓ(m(params), batch) of a model m, with its parts kept apart for methods that need them:
 * Gauss–Newton products Jᵀ∇²ℓJ·v are made of the model's derivative J and the loss's own curvature. For
 * all other methods it is the function that it would be without.
 *
 * @param outputs - the model, m
 * @param loss - ℓ, convex in the outputs, a mean over the batch's rows
 * @example compositeLoss((params, batch) => model.apply(params, batch.x), (logits, batch) => crossEntropy(logits, batch.label))
 * @example compositeLoss(outputs, loss, { drawTargets: (logits, batch, key) => ({ ...batch, label: categorical(key, logits) }) })
 */
export function compositeLoss<P, B, Q extends Tree<Tensor>, S = undefined>(
  outputs: (params: P, batch: B, context: LossContext<S>) => Q,
  loss: (outputs: Q, batch: B) => Tensor,
  options: CompositeLossOptions<B, Q> = {},
): CompositeLoss<P, B, S, Q> {
  requireKnownOptions("compositeLoss", options, ["drawTargets"]);
  const whole = (params: P, batch: B, context: LossContext<S>): Tensor =>
    loss(outputs(params, batch, context), batch);
  return Object.assign(whole, { parts: { outputs, loss, ...options } });
}

/** The parts of a loss that has them. */
export function partsOf(loss: object): LossParts<unknown, unknown, unknown, unknown> | undefined {
  // Only `compositeLoss` puts parts on a loss.
  return "parts" in loss
    ? (loss.parts as LossParts<unknown, unknown, unknown, unknown>)
    : undefined;
}
