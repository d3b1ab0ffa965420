import type { LinearLayer } from "../../analysis/linearLayers.ts";
import type { TypedArray } from "../../array/dtype.ts";
import type { Key } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { Tree } from "../../array/tree.ts";
import type { Vector } from "../../linalg/ask.ts";
import type { HeldParams } from "../constraints/held.ts";
import type { Penalty } from "../penalties/penalty.ts";
import type { LearningRate, ScheduleStep } from "../schedules/schedule.ts";

/** Which step is being traced, and what a rule may ask of it. */
export interface RuleStep extends ScheduleStep {
  /** Randomness of this step alone. */
  readonly key: Key;
  /** True where the step is only run from states that the rule's own `refresh.quiet` answers for. */
  readonly quiet?: boolean;
  /**
   * The gradient at other params on the same batch, traced into the step: each call costs one gradient.
   *
   * @param part - only on the first rows of the batch, this part of them (one at least), for that part of
   *   the price: in (0, 1]. A function without data has no parts, and its gradient the whole price
   */
  gradientAt(params: Tree<Tensor>, part?: number): Tree<Tensor>;
  /** True if the host will do what `settling` says after this step. */
  readonly settles?: boolean;
  /**
   * The linear layers of the loss at the current params, on this batch or its first part; each layer's `weight` and
   * `bias` are places among `params`. Undefined where there is no batch.
   */
  layers?(request: LayersRequest): {
    readonly layers: readonly LinearLayer[];
    readonly params: readonly Tensor[];
  };
}

/** Of which loss, and on how much of the batch, layers are wanted. */
export interface LayersRequest {
  /** Rows, as a part of the batch, one at least: in (0, 1]. */
  readonly part: number;
  /** `model`: targets drawn from the model's own distribution take the place of the batch's. */
  readonly targets: "model" | "given";
}

/** Where a refresh takes place, and what it may measure there. */
export interface RefreshPlace {
  readonly params: Tree<Tensor>;
  /** The step that follows, counted from 0: an `i32` scalar. */
  readonly index: Tensor;
  /** Randomness of this refresh alone. */
  readonly key: Key;
  /** As `RuleStep.gradientAt`, on the batch of the step that follows. */
  gradientAt(params: Tree<Tensor>, part?: number): Tree<Tensor>;
}

/** A rule's state between steps: nested as the rule made it, with arrays of numbers as leaves. */
export type HeldState = Tree<TypedArray>;

/** What is too dear for every step: a part of the state that is made anew now and then, in a program of its own. */
export interface Refresh<S> {
  /** The first step from this one on, counted from 0, before which it is due. */
  next(step: number, state: HeldState): number;
  /** The renewed state, traced. */
  renew(state: S, place: RefreshPlace): S;
  /**
   * Whether the steps from this state to the next refresh may be traced as `quiet`: with what they would do for nothing left
   * out. Such a step and the whole one lead to the same state.
   */
  quiet?(state: HeldState): boolean;
}

/** The step after which the host settles the params. */
export interface SettleStep {
  readonly index: number;
  /** Steps planned. */
  readonly total: number;
  /** What learning rates are multiplied by. */
  readonly scale: number;
}

/** The params, one flat vector for each tensor, after what no formula does to them. */
export type Settle = (params: readonly Vector[], step: SettleStep) => readonly Vector[];

/**
 * What a rule makes of what it is given:
 * - `step`: a gradient becomes the step to take
 * - `gradient`: a gradient becomes another gradient
 * - `update`: a step becomes another step
 * - `either`: works on both
 */
export type Role = "step" | "gradient" | "update" | "either";

/**
 * A first-order update rule, traced into the training step: a plain value, composable with `chain`.
 * `S` is what it keeps between steps, a tree of tensors; `{}` if nothing.
 */
export interface Rule<S extends Tree<Tensor> = Tree<Tensor>> {
  readonly kind: "rule";
  readonly name: string;
  /** `step` unless said. */
  readonly role?: Role;
  /**
   * True if it treats the params as one long vector: however they are cut into tensors, the result is
   * the same to rounding. Such a rule may be run on all of them joined, in fewer operations.
   */
  readonly joinable?: boolean;
  /** What the step size is read from, for progress and verdicts; absent in rules that have none. */
  readonly learningRate?: LearningRate | undefined;
  /**
   * The penalty that the rule's steps minimize beside the loss, for each tensor of params by its path; absent in rules that know none.
   * Verdicts judge the loss plus these.
   */
  penaltiesOn?(paths: readonly string[]): readonly (Penalty | undefined)[];
  /** The state before the first step. */
  init(params: Tree<Tensor>): S;
  /** What to add to the params, and the next state. The gradient has the params' structure. */
  update(
    gradient: Tree<Tensor>,
    state: S,
    params: Tree<Tensor>,
    step: RuleStep,
  ): {
    readonly updates: Tree<Tensor>;
    readonly state: S;
    /** The next params, where a sum with the updates would round them out of a set. */
    readonly params?: Tree<Tensor>;
  };
  /**
   * What each element of an average of gradients is multiplied by in the step that led to this state: the diagonal of the
   * rule's metric. Of rules that scale elements apart.
   */
  stepSizes?(state: S, step: RuleStep): Tree<Tensor>;
  /** Done between steps where it is due; around the rule, `refreshWithin` passes it on. */
  readonly refresh?: Refresh<S> | undefined;
  /**
   * What the host does to params of these shapes after each step, in double precision: a prox or a projection that no traced
   * formula gives. Undefined where there is nothing. `update` is told by `step.settles` that it will be done.
   */
  settling?(params: HeldParams): Settle | undefined;
  /** The params to use or to measure, where they are not the ones that gradients are taken at: an average. */
  answer?(params: Tree<Tensor>, state: S): Tree<Tensor>;
}

/** The state of a rule that keeps nothing. */
export type NoState = Readonly<Record<never, never>>;
