import type { Key } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { Tree } from "../../array/tree.ts";
import type { LearningRate, ScheduleStep } from "../schedules/schedule.ts";

/** Which step is being traced, and what a rule may ask of it. */
export interface RuleStep extends ScheduleStep {
  /** Randomness of this step alone. */
  readonly key: Key;
  /** The gradient at other params on the same batch, traced into the step: each call costs one gradient. */
  gradientAt(params: Tree<Tensor>): Tree<Tensor>;
}

/**
 * A first-order update rule, traced into the training step: a plain value, composable with `chain`.
 * `S` is what it keeps between steps, a tree of tensors.
 */
export interface Rule<S extends Tree<Tensor> = Tree<Tensor>> {
  readonly kind: "rule";
  readonly name: string;
  /** What the step size is read from, for progress and verdicts; absent in transforms that have none. */
  readonly learningRate?: LearningRate | undefined;
  /** The state before the first step. */
  init(params: Tree<Tensor>): S;
  /** What to add to the params, and the next state. The gradient has the params' structure. */
  update(
    gradient: Tree<Tensor>,
    state: S,
    params: Tree<Tensor>,
    step: RuleStep,
  ): { readonly updates: Tree<Tensor>; readonly state: S };
}
