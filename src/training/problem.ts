import type { ArrayLike } from "../array/ndarray.ts";
import type { Key } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Dataset } from "./dataset.ts";

/** What a loss is told besides the params and the batch. */
export interface LossContext<S> {
  /** Randomness of this step alone. */
  readonly key: Key;
  /** False while measuring: dropout is off, batch norm uses its running statistics. */
  readonly training: boolean;
  /** What the model remembers between steps, such as running statistics. */
  readonly state: S;
}

/** A loss with what else one evaluation yields. */
export interface LossReport<S> {
  /** A float scalar. */
  readonly loss: Tensor;
  /** The state of the next step; unchanged if left out. */
  readonly state?: S;
  /** Scalars to follow, means over the batch. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
}

/** The loss of a model on a batch, written in the array language. */
export type Loss<P, B, S> = (
  params: P,
  batch: B,
  context: LossContext<S>,
) => Tensor | LossReport<S>;

/**
 * What is to be trained. `P`, `B` and `S` are trees of symbolic arrays as the loss sees them: params,
 * a batch, and the model's state.
 */
export interface Problem<P, B, S> {
  /** Draws the params from a key, or gives them: a tree of arrays. */
  readonly params: ((key: Key) => P) | ParamsOf<P>;
  readonly loss: Loss<P, B, S>;
  /** What the model remembers at the start: drawn from a key, or given. */
  readonly state?: ((key: Key) => S) | ParamsOf<S>;
  readonly data: Dataset<B>;
  /** Measured after each epoch; decides early stopping. */
  readonly validation?: Dataset<B>;
  /** Measured after each epoch and at the end; decides nothing. */
  readonly test?: Dataset<B>;
}

/** The concrete tree behind a tree of symbolic arrays. */
export type ParamsOf<P> = P extends Tensor
  ? ArrayLike
  : { readonly [K in keyof P]: ParamsOf<P[K]> };
