// Names that mean a layer when they build a model and an operation when they are given numbers, as
// `relu()` in `sequential(dense(8), relu())` and `relu(x)` in a formula. The entry point exports these.
import { isTensor } from "../array/graph.ts";
import { NDArray } from "../array/ndarray.ts";
import * as window from "../array/operations/convolution.ts";
import * as elementwise from "../array/operations/elementwise.ts";
import type { Operand } from "../array/operations/operand.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Layer, None } from "./layer.ts";
import * as activations from "./layers/activations.ts";
import * as convolution from "./layers/conv2d.ts";
import * as pooling from "./layers/pooling.ts";

/** Pictures in a batch: a tensor, or arrays that know their shape. */
type Pictures = Tensor | NDArray;

/** An activation as a layer without an argument, as an operation with one. */
interface Activation {
  /** The layer. */
  (): Layer<None, None>;
  /** The operation, elementwise. */
  (x: Operand): Tensor;
}

const activation = (layer: () => Layer<None, None>, operation: (x: Operand) => Tensor) =>
  // The two signatures differ in the number of arguments, which is what is asked here.
  ((...args: readonly Operand[]) =>
    args.length === 0 ? layer() : operation(args[0] as Operand)) as Activation;

/** max(x, 0). */
export const relu: Activation = activation(activations.relu, elementwise.relu);
/** Hyperbolic tangent. */
export const tanh: Activation = activation(activations.tanh, elementwise.tanh);
/** 1/(1 + e⁻ˣ). */
export const sigmoid: Activation = activation(activations.sigmoid, elementwise.sigmoid);
/** log(1 + eˣ). */
export const softplus: Activation = activation(activations.softplus, elementwise.softplus);

interface Convolution {
  /** The layer: `channels` filters of size `window`, drawn and learnt. */
  (
    channels: number,
    window: window.Pair,
    options?: convolution.Conv2dOptions,
  ): Layer<convolution.Conv2dParams, None>;
  /** The operation: filters `[out, in / groups, height, width]`. */
  (x: Pictures, filters: Operand, options?: window.ConvOptions): Tensor;
}

interface Pooling {
  /** The layer. */
  (window: window.Pair, options?: window.WindowOptions): Layer<None, None>;
  /** The operation. */
  (x: Pictures, window: window.Pair, options?: window.WindowOptions): Tensor;
}

/** A layer that is built of numbers, and an operation that is given pictures first. */
const windowed = <L extends readonly unknown[], O extends readonly unknown[]>(
  layer: (...args: L) => unknown,
  operation: (...args: O) => Tensor,
) => {
  const isOperation = (args: L | O): args is O => isTensor(args[0]) || args[0] instanceof NDArray;
  return (...args: L | O): unknown => (isOperation(args) ? operation(...args) : layer(...args));
};

// The casts say what `windowed` tells apart: each pair has the two signatures of its interface.

/**
 * Cross-correlation of pictures `[batch, in, height, width]` with filters.
 *
 * @throws NadirError `conv2d/…` for shapes that do not go together
 */
export const conv2d = windowed(convolution.conv2d, window.conv2d) as Convolution;
/** Largest number of each window of `[batch, channels, height, width]`. */
export const maxPool = windowed(pooling.maxPool, window.maxPool) as Pooling;
/** Mean of each window of `[batch, channels, height, width]`, padding counted as zeros. */
export const avgPool = windowed(pooling.avgPool, window.avgPool) as Pooling;
