import type { ConvAttrs } from "../../../array/primitives/window.ts";
import type { Shape } from "../../../array/shape.ts";
import type { Tensor } from "../../../array/tensor.ts";
import type { Lowering, Rewrite } from "../lower.ts";
import {
  emitRowConv,
  emitRowConvFilterGradient,
  emitRowConvInputGradient,
  type RowConv,
  suitsRowConv,
} from "../rowConv.ts";

/** Convolutions and their gradients by blocked kernels, channels last, with a bias and a relu that follow. */
export const rowConvs: Rewrite = (node, lowering) => {
  if (node.dtype !== "f32" || lowering.block === undefined) return undefined;
  const [a, b] = node.inputs;
  switch (node.op) {
    case "conv":
      return forward(node, lowering);
    case "add":
      return withBias(node, lowering, false);
    case "relu":
      return swallows(a!, lowering) ? withBias(a!, lowering, true) : undefined;
    case "convInputGradient": {
      const conv = rowConv(node, node.shape, b!.shape, lowering.block);
      if (conv === undefined || !suitsRowConv(conv, "input")) return undefined;
      const [given, filters] = [lowering.last(a!), lowering.whole(b!)];
      return { last: emitRowConvInputGradient(lowering, given, filters, conv) };
    }
    case "convFilterGradient": {
      const conv = rowConv(node, a!.shape, node.shape, lowering.block);
      if (conv === undefined || !suitsRowConv(conv, "filter")) return undefined;
      const [images, given] = [lowering.last(a!), lowering.last(b!)];
      return { first: emitRowConvFilterGradient(lowering, images, given, conv) };
    }
    default:
      return undefined;
  }
};

function forward(node: Tensor, lowering: Lowering, bias?: string, relu = false) {
  const [images, filters] = node.inputs;
  const conv = rowConv(node, images!.shape, filters!.shape, lowering.block);
  if (conv === undefined || !suitsRowConv(conv, "forward")) return undefined;
  const finish = bias === undefined ? {} : { bias, relu };
  const [x, w] = [lowering.last(images!), lowering.whole(filters!)];
  return { last: emitRowConv(lowering, x, w, conv, finish) };
}

/** add(conv, one number a channel), and a relu of it: parts of the convolution. */
function withBias(add: Tensor, lowering: Lowering, relu: boolean) {
  if (add.op !== "add") return undefined;
  const [conv, bias] = add.inputs[0]!.op === "conv" ? add.inputs : [...add.inputs].reverse();
  if (conv!.op !== "conv" || conv!.dtype !== "f32" || !swallows(conv!, lowering)) return undefined;
  const channels = conv!.shape[1]!;
  const [batch, own, height, width] = [1, 1, 1, 1, ...lowering.shapeOf(bias!)].slice(-4);
  if (batch !== 1 || own !== channels || height !== 1 || width !== 1) return undefined;
  const shift = lowering.node("Reshape", [lowering.small(bias!), lowering.ints([channels])]);
  return forward(conv!, lowering, shift, relu);
}

const swallows = (x: Tensor, lowering: Lowering): boolean =>
  lowering.usesOf(x) === 1 && !lowering.isWritten(x) && x.inputs.every(({ size }) => size > 0);

/** The convolution between images and filters of these shapes, unless its filters are spread or grouped. */
function rowConv(node: Tensor, x: Shape, w: Shape, block: number | undefined): RowConv | undefined {
  // Convolutions and their gradients are recorded with these attributes.
  const { groups, dilation, stride, padding } = node.attrs as object as ConvAttrs;
  if (block === undefined || groups !== 1 || dilation.some((gap) => gap !== 1)) return undefined;
  const [batch, channels, height, width] = x;
  return {
    batch: batch!,
    height: height!,
    width: width!,
    channels: channels!,
    filters: w[0]!,
    kernel: [w[2]!, w[3]!],
    stride,
    padding,
    block,
  };
}
