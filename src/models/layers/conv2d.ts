import {
  type ConvOptions,
  conv2d as convolve,
  type Pair,
} from "../../array/operations/convolution.ts";
import { zeros } from "../../array/operations/creation.ts";
import { record } from "../../array/program.ts";
import { formatShape, type Shape } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";
import { requireCount, requireKnownOptions } from "../../base/require.ts";
import { initialiserFor, varianceFactorOf } from "../initialisers.ts";
import { type Layer, type None, nothing } from "../layer.ts";
import type { WeightOptions } from "./dense.ts";

/** How filters move, are spread and grouped, and how they are drawn. */
export interface Conv2dOptions extends ConvOptions, WeightOptions {}

/** `filter` is `[out, in / groups, height, width]`, `bias` `[out]`. */
export type Conv2dParams = { readonly filter: Tensor; readonly bias?: Tensor };

/**
 * Cross-correlation of pictures `[in, height, width]` with `channels` filters of size `window` (a
 * number, or `[height, width]`), plus a bias for each. Stride 1 and no padding unless said.
 *
 * @throws NadirError `conv2d/channels`, `conv2d/shape`, `conv2d/groups`
 */
export function conv2d(
  channels: number,
  window: Pair,
  options: Conv2dOptions = {},
): Layer<Conv2dParams, None> {
  requireCount("conv2d/channels", channels);
  requireKnownOptions("conv2d", options, [
    "stride",
    "padding",
    "dilation",
    "groups",
    "init",
    "bias",
  ]);
  const { init, bias = true, ...moves } = options;
  const groups = requireCount("conv2d/groups", moves.groups ?? 1);
  const [height, width] = typeof window === "number" ? [window, window] : window;
  for (const length of [height, width]) requireCount("conv2d/window", length);
  const filterShape = (inputShape: Shape): Shape => {
    requirePictures("conv2d", inputShape);
    const [entering] = inputShape;
    if (entering! % groups !== 0 || channels % groups !== 0) {
      throw new NadirError(
        "conv2d/groups",
        `${groups} groups of ${entering} channels in, ${channels} out`,
        { expected: "a number of groups that divides both" },
      );
    }
    return [channels, entering! / groups, height, width];
  };
  return {
    ...nothing,
    name: `conv2d(${channels}, ${height === width ? height : `[${height}, ${width}]`})`,
    activation: "linear",
    outputShape: (inputShape) => {
      const avals = [[1, ...inputShape], filterShape(inputShape)].map(
        (shape) => ({ shape, dtype: "f32" }) as const,
      );
      const traced = record(avals, (x, filter) => [convolve(x!, filter!, moves)]);
      return traced.outputs[0]!.shape.slice(1);
    },
    init: (inputShape, follows = "linear") => {
      const shape = filterShape(inputShape);
      const fans = { fanIn: shape[1]! * height * width, fanOut: channels * height * width };
      return (key) => {
        const filter = (init ?? initialiserFor(follows)).draw(key, shape, fans);
        return bias ? { filter, bias: zeros([channels]) } : { filter };
      };
    },
    run: ({ filter, bias: shift }, x) => {
      requirePictures("conv2d", x.shape.slice(1));
      const product = convolve(x, filter, moves);
      const output = shift === undefined ? product : product.add(shift.reshape([channels, 1, 1]));
      return { output, state: {} };
    },
    varianceFactor: (follows) => varianceFactorOf(init, follows),
  };
}

/** Refuses anything but `[channels, height, width]`. */
export function requirePictures(layer: string, shape: Shape): void {
  if (shape.length === 3) return;
  throw new NadirError(`${layer}/shape`, `the input has shape ${formatShape(shape)}`, {
    expected: "pictures [channels, height, width] behind the batch axis",
    hint: shape.length === 1 ? "put unflatten([channels, height, width]) before it" : undefined,
  });
}
