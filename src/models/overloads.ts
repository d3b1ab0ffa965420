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

const arePictures = (value: unknown): value is Pictures =>
  isTensor(value) || value instanceof NDArray;

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

/**
 * Cross-correlation of pictures with filters. As a layer: `channels` filters of size `window`, drawn
 * and learnt. As an operation: pictures `[batch, in, height, width]`, filters
 * `[out, in / groups, height, width]`.
 *
 * @throws NadirError `conv2d/…` for shapes that do not go together
 */
export function conv2d(
  channels: number,
  window: window.Pair,
  options?: convolution.Conv2dOptions,
): Layer<convolution.Conv2dParams, None>;
export function conv2d(x: Pictures, filters: Operand, options?: window.ConvOptions): Tensor;
export function conv2d(
  ...args:
    | [channels: number, window: window.Pair, options?: convolution.Conv2dOptions]
    | [x: Pictures, filters: Operand, options?: window.ConvOptions]
): Layer<convolution.Conv2dParams, None> | Tensor {
  return isOperation(args) ? window.conv2d(...args) : convolution.conv2d(...args);
}

/** Largest number of each window: a layer of `window`, or an operation on `[batch, channels, height, width]`. */
export function maxPool(window: window.Pair, options?: window.WindowOptions): Layer<None, None>;
export function maxPool(x: Pictures, window: window.Pair, options?: window.WindowOptions): Tensor;
export function maxPool(...args: PoolArguments): Layer<None, None> | Tensor {
  return isOperation(args) ? window.maxPool(...args) : pooling.maxPool(...args);
}

/** Mean of each window, padding counted as zeros: a layer of `window`, or an operation on `[batch, channels, height, width]`. */
export function avgPool(window: window.Pair, options?: window.WindowOptions): Layer<None, None>;
export function avgPool(x: Pictures, window: window.Pair, options?: window.WindowOptions): Tensor;
export function avgPool(...args: PoolArguments): Layer<None, None> | Tensor {
  return isOperation(args) ? window.avgPool(...args) : pooling.avgPool(...args);
}

type PoolArguments =
  | [window: window.Pair, options?: window.WindowOptions]
  | [x: Pictures, window: window.Pair, options?: window.WindowOptions];

const isOperation = <A extends readonly unknown[]>(
  args: A,
): args is Extract<A, readonly [Pictures, ...unknown[]]> => arePictures(args[0]);
