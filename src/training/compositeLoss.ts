import type { Tensor } from "../array/tensor.ts";
import type { Tree } from "../array/tree.ts";
import type { LossContext } from "./problem.ts";

/** The two parts of a composite loss. `Q` is what the model gives: a tensor or a tree of them. */
export interface LossParts<P, B, S, Q> {
  readonly outputs: (params: P, batch: B, context: LossContext<S>) => Q;
  readonly loss: (outputs: Q, batch: B) => Tensor;
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
 */
export function compositeLoss<P, B, Q extends Tree<Tensor>, S = undefined>(
  outputs: (params: P, batch: B, context: LossContext<S>) => Q,
  loss: (outputs: Q, batch: B) => Tensor,
): CompositeLoss<P, B, S, Q> {
  const whole = (params: P, batch: B, context: LossContext<S>): Tensor =>
    loss(outputs(params, batch, context), batch);
  return Object.assign(whole, { parts: { outputs, loss } });
}

/** The parts of a loss that has them. */
export function partsOf(loss: object): LossParts<unknown, unknown, unknown, unknown> | undefined {
  // Only `compositeLoss` puts parts on a loss.
  return "parts" in loss
    ? (loss.parts as LossParts<unknown, unknown, unknown, unknown>)
    : undefined;
}
