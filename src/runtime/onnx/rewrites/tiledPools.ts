import { type PoolAttrs, tiles } from "../../../array/primitives/window.ts";
import type { Tensor } from "../../../array/tensor.ts";
import type { Lowering, Rewrite } from "../lower.ts";

/**
 * Max pooling of windows side by side, channels last: the image is split into one part for each place in
 * a window, and everything is elementwise between parts. Splitting moves whole pixels, and the gradient's
 * parts are those of the pooling itself.
 */
export const tiledPools: Rewrite = (node, lowering) => {
  if (node.op !== "maxPool" && node.op !== "maxPoolGradient") return undefined;
  const image = node.inputs[0]!;
  // Recorded with a pooling's attributes.
  const { window, stride, padding } = node.attrs as object as PoolAttrs;
  if (!tiles(image.shape, { window, stride, padding }) || !lowering.isLast(image)) return undefined;
  const places = split(image, window, lowering);
  const [batch, channels, height, width] = image.shape as readonly [number, number, number, number];
  const [h, w] = [height / window[0], width / window[1]];
  if (node.op === "maxPool") {
    const last = lowering.node("Max", places);
    return { last: lowering.node("Reshape", [last, lowering.ints([batch, h, w, channels])]) };
  }
  const pixels = lowering.ints([batch * h * w, channels]);
  const [pooled, given] = node.inputs
    .slice(1)
    .map((input) => lowering.node("Reshape", [lowering.last(input), pixels]));
  const isMax = places.map((place) =>
    lowering.cast(lowering.node("Equal", [place, pooled!]), node.dtype),
  );
  // Tied maxima share the cotangent.
  const ties = isMax.reduce((sum, mask) => lowering.node("Add", [sum, mask]));
  const share = lowering.node("Div", [given!, ties]);
  const parts = isMax.map((mask) => lowering.node("Mul", [mask, share]));
  const rows = Array.from({ length: window[0] }, (_, row) => {
    const own = parts.slice(row * window[1], (row + 1) * window[1]);
    const joined = lowering.node("Concat", own, { axis: 1 });
    return lowering.node("Reshape", [joined, lowering.ints([batch * h, 1, width * channels])]);
  });
  const joined = lowering.node("Concat", rows, { axis: 1 });
  const shape = lowering.ints([batch, height, width, channels]);
  return { last: lowering.node("Reshape", [joined, shape]) };
};

/** One part of an image for each place in a window, row by row: `[batch · h · w, channels]`. */
function split(image: Tensor, window: readonly [number, number], lowering: Lowering): string[] {
  const [batch, channels, height, width] = image.shape as readonly [number, number, number, number];
  const [h, w] = [height / window[0], width / window[1]];
  const inRows = lowering.node("Reshape", [
    lowering.last(image),
    lowering.ints([batch * h, window[0], width * channels]),
  ]);
  const rowSizes = lowering.ints(new Array<number>(window[0]).fill(1));
  const pixelSizes = lowering.ints(new Array<number>(window[1]).fill(channels));
  const rows = lowering.nodes("Split", [inRows, rowSizes], { axis: 1 }, window[0]);
  return rows.flatMap((row) => {
    const pixels = lowering.ints([batch * h * w, window[1] * channels]);
    const inPixels = lowering.node("Reshape", [row, pixels]);
    return lowering.nodes("Split", [inPixels, pixelSizes], { axis: 1 }, window[1]);
  });
}
