import type { Key } from "../array/operations/random.ts";
import { record } from "../array/program.ts";
import { formatShape, type Shape } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Tree } from "../array/tree.ts";
import { NadirError } from "../base/errors.ts";

/**
 * What happens to a signal after a layer's weights, which decides how the weights are drawn:
 * a nonlinearity, or `linear` where other weights or the end of the model come next.
 */
export type Activation =
  | "linear"
  | "tanh"
  | "sigmoid"
  | "softplus"
  | "relu"
  | "leakyRelu"
  | "elu"
  | "gelu"
  | "silu";

/** The params or state of a layer that has none. */
export type None = Readonly<Record<string, never>>;

/** What a layer needs to know beside its params and its input. */
export interface LayerContext<S = Tree<Tensor>> {
  /** True where dropout drops and batch norm uses the batch's own statistics. */
  readonly training: boolean;
  /** Randomness of this step. Only layers that are `random`, in training, need it. */
  readonly key: Key | undefined;
  /** What the layer remembers between steps; `{}` if nothing. */
  readonly state: S;
}

/** A layer's output, and what it remembers for the next step. */
export interface LayerResult<S = Tree<Tensor>> {
  readonly output: Tensor;
  readonly state: S;
}

/**
 * A part of a model: a plain value that draws its params and applies them. Shapes leave out the batch
 * axis; every input has one in front. `P` and `S` are trees of tensors.
 */
export interface Layer<
  P extends Tree<Tensor> = Tree<Tensor>,
  S extends Tree<Tensor> = Tree<Tensor>,
> {
  readonly kind: "layer";
  /** As errors and reports call it: `dense(256)`. */
  readonly name: string;
  /** What a signal that enters meets first: undefined if the layer passes it on as it is, or scaled. */
  readonly activation: Activation | undefined;
  /** True if it draws random numbers in training. */
  readonly random: boolean;
  /** True if it remembers something between steps. */
  readonly stateful: boolean;
  /** Shape of the output for a shape of the input. @throws NadirError if it cannot take that input */
  outputShape(inputShape: Shape): Shape;
  /** How to draw the params, given what follows the layer (`linear` unless said). */
  init(inputShape: Shape, follows?: Activation): (key: Key) => P;
  /** How to make the state before the first step. */
  state(inputShape: Shape): () => S;
  /** Applies the layer to a batch `[batch, ...inputShape]`. */
  run(params: P, x: Tensor, context: LayerContext<S>): LayerResult<S>;
  /**
   * By what factor weights drawn by an initialiser of the user's choice change a signal's variance,
   * compared with those that the layer would choose itself. 1 if it chooses itself, or has none.
   */
  varianceFactor(follows: Activation): number;
}

/** The params of each of a list of layers. */
export type ParamsOf<L extends readonly Layer[]> = {
  readonly [K in keyof L]: ReturnType<ReturnType<L[K]["init"]>>;
};

/** The state of each of a list of layers. */
export type StateOf<L extends readonly Layer[]> = {
  readonly [K in keyof L]: ReturnType<ReturnType<L[K]["state"]>>;
};

/** What layers without params, state and randomness share. */
export const nothing = {
  kind: "layer",
  activation: undefined,
  random: false,
  stateful: false,
  init: () => () => ({}),
  state: () => () => ({}),
  varianceFactor: () => 1,
} as const;

/** A layer that only computes: no params, no state, no randomness. */
export function pureLayer(
  name: string,
  apply: (x: Tensor) => Tensor,
  activation?: Activation,
): Layer<None, None> {
  return {
    ...nothing,
    name,
    activation,
    outputShape: (inputShape) => tracedShape(inputShape, apply),
    run: (_params, x) => ({ output: apply(x), state: {} }),
  };
}

/** The shape that a function of a batch gives for one example, found by tracing it. */
function tracedShape(inputShape: Shape, apply: (x: Tensor) => Tensor): Shape {
  const program = record([{ shape: [1, ...inputShape], dtype: "f32" }], (x) => [apply(x!)]);
  return program.outputs[0]!.shape.slice(1);
}

/** Runs a part of a model; an error from it says which part. */
export function within<T>(place: string, part: () => T): T {
  try {
    return part();
  } catch (error) {
    if (!(error instanceof NadirError)) throw error;
    const { expected, hint } = error.advice;
    throw new NadirError(error.code, `${place}: ${error.summary}`, {
      expected,
      hint,
      cause: error,
    });
  }
}

/** Refuses what is no shape of one example. @throws NadirError `model/input-shape` */
export function requireInputShape(inputShape: Shape): void {
  const good = Array.isArray(inputShape) && inputShape.every((n) => Number.isInteger(n) && n > 0);
  if (good) return;
  throw new NadirError(
    "model/input-shape",
    `model: the input shape is ${Array.isArray(inputShape) ? formatShape(inputShape) : String(inputShape)}`,
    {
      expected: "the lengths of one example's axes, whole and above 0, without the batch axis",
      hint: "model.init([784]) for rows of 784 numbers, model.init([1, 28, 28]) for pictures",
    },
  );
}
