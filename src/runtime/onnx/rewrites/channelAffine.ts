import type { Tensor } from "../../../array/tensor.ts";
import type { Lowering, Rewrite } from "../lower.ts";

/**
 * relu(s·x + t + r), with images x and r and one number a channel in s and t, in one pass over memory
 * instead of four: what batch norm and a residual are made of; t or r and the relu may be missing. ONNX
 * Runtime's blocked convolution of one tap and one channel does it: it multiplies each channel, adds a
 * bias and another image, and cuts off below 0.
 *
 * Only for channels that divide a block: their numbers, repeated to fill it, then fit any pixels in it.
 */
export const channelAffine: Rewrite = (node, lowering) => {
  const { block } = lowering;
  if (node.dtype !== "f32" || block === undefined || node.shape.length !== 4) return undefined;
  const [batch, channels, height, width] = node.shape as readonly [number, number, number, number];
  if (block % channels !== 0 || (width * channels) % block !== 0) return undefined;
  const parts = match(node, lowering);
  if (parts === undefined || !lowering.isLast(parts.image)) return undefined;

  // Channels last, a row of pixels is a row of blocks.
  const blocks = lowering.ints([batch, block, height, (width * channels) / block]);
  const inBlocks = (image: Tensor): string =>
    lowering.node("Reshape", [lowering.last(image), blocks]);
  const filled = (vector: Tensor): string => {
    const values = lowering.node("Reshape", [lowering.small(vector), lowering.ints([channels])]);
    if (channels === block) return values;
    return lowering.node("Tile", [values, lowering.ints([block / channels])]);
  };
  const scale = lowering.node("Reshape", [filled(parts.scale), lowering.ints([block, 1, 1, 1])]);
  const bias = parts.shift === undefined ? lowering.zeros([block]) : filled(parts.shift);
  const result = lowering.node(
    "Conv",
    [inBlocks(parts.image), scale, bias, ...(parts.addend ? [inBlocks(parts.addend)] : [])],
    {
      kernel_shape: [1, 1],
      strides: [1, 1],
      dilations: [1, 1],
      pads: [0, 0, 0, 0],
      group: block,
      ...(parts.relu ? { activation: "Relu" } : {}),
    },
    "com.microsoft.nchwc",
  );
  const shape = lowering.ints([batch, height, width, channels]);
  return { last: lowering.node("Reshape", [result, shape]) };
};

interface Parts {
  readonly image: Tensor;
  readonly scale: Tensor;
  readonly shift?: Tensor;
  readonly addend?: Tensor;
  readonly relu: boolean;
}

/** Takes relu(s·x + t + r) apart, by structure alone: nothing is written yet. */
function match(node: Tensor, lowering: Lowering): Parts | undefined {
  const relu = node.op === "relu";
  const sum = relu ? node.inputs[0]! : node;
  if (sum.op !== "add" || (relu && !swallows(sum, lowering))) return undefined;
  for (const at of [0, 1] as const) {
    const [part, other] = [sum.inputs[at]!, sum.inputs[1 - at]!];
    const product = scaled(part, lowering);
    if (product !== undefined)
      return isChannelVector(other)
        ? { ...product, shift: other, relu }
        : { ...product, addend: other, relu };
    if (part.op !== "add" || !swallows(part, lowering) || isChannelVector(other)) continue;
    const [left, right] = part.inputs;
    const inner = scaled(left!, lowering);
    if (inner !== undefined && isChannelVector(right!))
      return { ...inner, shift: right!, addend: other, relu };
  }
  return undefined;
}

/** x · s, if nobody else reads the product. */
function scaled(x: Tensor, lowering: Lowering) {
  if (x.op !== "mul" || !swallows(x, lowering)) return undefined;
  const [image, scale] = isChannelVector(x.inputs[0]!) ? [...x.inputs].reverse() : x.inputs;
  return isChannelVector(scale!) ? { image: image!, scale: scale! } : undefined;
}

const swallows = (x: Tensor, lowering: Lowering): boolean =>
  lowering.usesOf(x) === 1 && !lowering.isWritten(x);

/** One number for each channel of an image. */
function isChannelVector(x: Tensor): boolean {
  if (x.op !== "broadcastTo" || x.shape.length !== 4) return false;
  const [batch, channels, height, width] = [1, 1, 1, 1, ...x.inputs[0]!.shape].slice(-4);
  return batch === 1 && channels === x.shape[1] && height === 1 && width === 1;
}
