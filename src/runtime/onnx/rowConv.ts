import type { OnnxAttribute, OnnxWriter } from "../../array/primitives/primitive.ts";
import type { Padding } from "../../array/primitives/window.ts";

/**
 * Convolutions of channels-last images `[batch, height, width, channels]` by ONNX Runtime's blocked
 * kernel (domain `com.microsoft.nchwc`), two to eight times as fast as its public operators when the
 * filters are not constant. What the kernel does: for a *block* of `b` output channels at once (16
 * with AVX-512, 8 with AVX), it multiplies vectors of filter taps with single input elements.
 *
 * The view that makes it fit all three products of a layer: a channels-last row is one long row of
 * `width · channels` elements, so a `kh × kw` filter over `channels` is a `kh × kw·channels` filter
 * over **one** channel, moving `channels` elements a step.
 *
 * - Forward: that, and the blocked output `[n, out/b, h, w, b]` is channels-last again.
 * - Fewer than `b` filters: `b / filters` neighbouring pixels are computed as if they were filters.
 * - Filter gradient: images of the batch become input channels, output pixels become the taps
 *   (spread by `channels` along the row), so the output's row is `kw · channels` long.
 *
 * The kernel is not a public contract: `blockSize.ts` says whether this version has it and agrees.
 */
export interface RowConv {
  readonly batch: number;
  /** Of the images, before padding. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [number, number];
  readonly padding: Padding;
  /** Output channels that the kernel computes at once: `blockSize()`. */
  readonly block: number;
}

/** A writer that also reaches ONNX Runtime's own operators. */
export interface BlockedWriter extends OnnxWriter {
  node(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    domain?: string,
  ): string;
}

const blocked = "com.microsoft.nchwc";

/** Height and width of the output. */
export function outputSize({
  height,
  width,
  kernel,
  stride,
  padding,
}: RowConv): readonly [number, number] {
  const along = (i: 0 | 1, length: number): number =>
    Math.floor((length + padding[i][0] + padding[i][1] - kernel[i]) / stride[i]) + 1;
  return [along(0, height), along(1, width)];
}

/** How the output's channels fill blocks. */
interface Lanes {
  /** Pixels computed as one block; more than one only if filters are fewer than a block. */
  readonly pixels: number;
  /** Filters with those of zeros that fill the last block. */
  readonly filters: number;
}

function lanes(filters: number, width: number, block: number): Lanes {
  const pixels = block / filters;
  if (Number.isInteger(pixels) && width % pixels === 0) return { pixels, filters };
  return { pixels: 1, filters: Math.ceil(filters / block) * block };
}

/**
 * True where the blocked kernel wastes less than half its work on channels of zeros. Filters that
 * are dilated or in groups have other shapes, and stay with ONNX's `Conv`.
 */
export function suitsRowConv(conv: RowConv, product: "forward" | "input" | "filter"): boolean {
  const filters = product === "input" ? conv.channels : conv.filters;
  const width = product === "input" ? conv.width : outputSize(conv)[1];
  return lanes(filters, width, conv.block).filters < 2 * filters;
}

/** What the kernel does to the output while it has it at hand, for nothing. */
export interface Finish {
  /** Added, one number for each filter: `[filters]`. */
  readonly bias?: string;
  /** Then cut off below 0. */
  readonly relu?: boolean;
}

/** `[batch, h, w, filters]` from images `[batch, height, width, channels]` and filters `[filters, channels, kh, kw]`. */
export function emitRowConv(
  graph: BlockedWriter,
  images: string,
  filters: string,
  conv: RowConv,
  finish: Finish = {},
): string {
  const taps = graph.node("Transpose", [filters], { perm: [2, 3, 1, 0] });
  const output = outputSize(conv);
  return product(graph, paddedImages(graph, images, conv), taps, { ...conv, output }, finish);
}

/** The cotangent of the images from that of the output, `[batch, h, w, filters]`. */
export function emitRowConvInputGradient(
  graph: BlockedWriter,
  cotangent: string,
  filters: string,
  conv: RowConv,
): string {
  const { batch, height, width, channels, kernel, stride, padding } = conv;
  const [h, w] = outputSize(conv);
  // Each output's cotangent goes back through the reversed filter; a stride is gaps between outputs.
  let spread = cotangent;
  if (stride[0] > 1 || stride[1] > 1) {
    const apart = graph.node("Reshape", [spread, graph.ints([batch * h, 1, w, conv.filters])]);
    const gaps = graph.ints([0, 0, 0, 0, 0, stride[0] - 1, 0, 0]);
    const rows = graph.node("Pad", [apart, gaps]);
    const pixels = graph.node("Reshape", [
      rows,
      graph.ints([batch * h * stride[0] * w, 1, conv.filters]),
    ]);
    const columns = graph.node("Pad", [pixels, graph.ints([0, 0, 0, 0, stride[1] - 1, 0])]);
    spread = graph.node("Reshape", [
      columns,
      graph.ints([batch, h * stride[0], w * stride[1], conv.filters]),
    ]);
  }
  const around = (i: 0 | 1, length: number, spreadLength: number): readonly [number, number] => {
    const before = kernel[i] - 1 - padding[i][0];
    return [before, length + kernel[i] - 1 - before - spreadLength];
  };
  const padded = pad(graph, spread, [
    around(0, height, h * stride[0]),
    around(1, width, w * stride[1]),
  ]);
  const reversed = graph.node("Slice", [
    filters,
    graph.ints([-1, -1]),
    graph.ints([-kernel[0] - 1, -kernel[1] - 1]),
    graph.ints([2, 3]),
    graph.ints([-1, -1]),
  ]);
  const taps = graph.node("Transpose", [reversed], { perm: [2, 3, 0, 1] });
  return product(graph, padded, taps, {
    ...conv,
    channels: conv.filters,
    filters: channels,
    stride: [1, 1],
    output: [height, width],
  });
}

/** The cotangent of the filters, `[filters, channels, kh, kw]`, from the images and the output's cotangent. */
export function emitRowConvFilterGradient(
  graph: BlockedWriter,
  images: string,
  cotangent: string,
  conv: RowConv,
): string {
  const { channels, kernel, stride, block } = conv;
  const [h, w] = outputSize(conv);
  const { pixels, filters } = lanes(conv.filters, w, block);
  const blocks = pixels > 1 ? 1 : filters / block;
  const batch = Math.ceil(conv.batch / block) * block;
  const [fullHeight, fullWidth] = paddedSize(conv);
  const members = batch - conv.batch;

  const padded = pad(
    graph,
    paddedImages(graph, images, conv),
    [
      [0, 0],
      [0, 0],
    ],
    { batch: members },
  );
  const rows = graph.node("Reshape", [
    padded,
    graph.ints([1, batch, fullHeight, fullWidth * channels]),
  ]);
  const input = graph.node("ReorderInput", [rows], {}, blocked);

  // The batch in groups whose products are added: work for every thread.
  const groups = largestDivisor(batch / block, 8);
  const given = pad(
    graph,
    cotangent,
    [
      [0, 0],
      [0, 0],
    ],
    {
      batch: members,
      channels: pixels > 1 ? 0 : filters - conv.filters,
    },
  );
  const places = (h * w) / pixels;
  const parts = graph.ints([groups, batch / block / groups, block, places, blocks, block]);
  const asTaps = graph.node("Transpose", [graph.node("Reshape", [given, parts])], {
    perm: [0, 4, 1, 3, 2, 5],
  });
  const filterShape = [groups * blocks * block, batch / groups, h, w / pixels];
  const taps = graph.node("Reshape", [asTaps, graph.ints(filterShape)]);
  const reach = kernel[1] + (pixels - 1) * stride[1];
  const products = graph.node(
    "Conv",
    [input, taps],
    {
      kernel_shape: [h, w / pixels],
      dilations: [stride[0], stride[1] * pixels * channels],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
      group: groups,
    },
    blocked,
  );
  const shape = [blocks, kernel[0], reach, channels, block];
  const split = graph.node("Reshape", [products, graph.ints([groups, ...shape])]);
  const sum =
    groups === 1
      ? graph.node("Reshape", [split, graph.ints(shape)])
      : graph.node("ReduceSum", [split, graph.ints([0])], { keepdims: 0 });
  if (pixels > 1) return joinPixels(graph, sum, conv, pixels);
  const whole = graph.node("Transpose", [sum], { perm: [0, 4, 3, 1, 2] });
  const joined = graph.node("Reshape", [whole, graph.ints([filters, channels, ...kernel])]);
  if (filters === conv.filters) return joined;
  return graph.node("Slice", [
    joined,
    graph.ints([0]),
    graph.ints([conv.filters]),
    graph.ints([0]),
  ]);
}

/** Adds up the filter gradients of the pixels that were computed as one block, each shifted back by its place. */
function joinPixels(graph: BlockedWriter, sum: string, conv: RowConv, pixels: number): string {
  const { channels, kernel, stride, filters } = conv;
  const reach = kernel[1] + (pixels - 1) * stride[1];
  const apart = graph.node("Reshape", [
    sum,
    graph.ints([kernel[0], reach, channels, pixels, filters]),
  ]);
  let total: string | undefined;
  for (let i = 0; i < pixels; i++) {
    const own = graph.node("Slice", [
      apart,
      graph.ints([i * stride[1], i]),
      graph.ints([i * stride[1] + kernel[1], i + 1]),
      graph.ints([1, 3]),
    ]);
    total = total === undefined ? own : graph.node("Add", [total, own]);
  }
  const joined = graph.node("Reshape", [
    total ?? apart,
    graph.ints([...kernel, channels, filters]),
  ]);
  return graph.node("Transpose", [joined], { perm: [3, 2, 0, 1] });
}

/** Images already padded, and filters `[kh, kw, channels, filters]`: the output, channels last. */
function product(
  graph: BlockedWriter,
  padded: string,
  taps: string,
  conv: RowConv & { readonly output: readonly [number, number] },
  { bias, relu = false }: Finish = {},
): string {
  const { batch, channels, kernel, stride, block } = conv;
  const [h, w] = conv.output;
  const { pixels, filters } = lanes(conv.filters, w, block);
  const blocks = pixels > 1 ? 1 : filters / block;
  const reach = kernel[1] + (pixels - 1) * stride[1];
  const images = graph.node("Reshape", [
    padded,
    graph.ints([
      batch,
      1,
      (h - 1) * stride[0] + kernel[0],
      ((w - 1) * stride[1] + kernel[1]) * channels,
    ]),
  ]);
  const more = filters - conv.filters;
  let packed = taps;
  if (pixels > 1) {
    const shifted = Array.from({ length: pixels }, (_, i) => {
      const [before, after] = [i * stride[1], (pixels - 1 - i) * stride[1]];
      return graph.node("Pad", [taps, graph.ints([0, before, 0, 0, 0, after, 0, 0])]);
    });
    packed = graph.node("Concat", shifted, { axis: 3 });
  } else if (more > 0) {
    packed = graph.node("Pad", [taps, graph.ints([0, 0, 0, 0, 0, 0, 0, more])]);
  }
  if (blocks > 1) {
    const apart = graph.ints([kernel[0] * kernel[1] * channels, blocks, block]);
    packed = graph.node("Transpose", [graph.node("Reshape", [packed, apart])], {
      perm: [1, 0, 2],
    });
  }
  const filter = graph.node("Reshape", [
    packed,
    graph.ints([blocks * block, 1, kernel[0], reach * channels]),
  ]);
  const addend =
    bias === undefined
      ? []
      : pixels > 1
        ? [graph.node("Tile", [bias, graph.ints([pixels])])]
        : [more === 0 ? bias : graph.node("Pad", [bias, graph.ints([0, more])])];
  const result = graph.node(
    "Conv",
    [images, filter, ...addend],
    {
      kernel_shape: [kernel[0], reach * channels],
      strides: [stride[0], stride[1] * pixels * channels],
      dilations: [1, 1],
      pads: [0, 0, 0, 0],
      group: 1,
      ...(relu ? { activation: "Relu" } : {}),
    },
    blocked,
  );
  if (blocks === 1) {
    const own = graph.node("Reshape", [
      result,
      graph.ints([batch, h, w, pixels > 1 ? conv.filters : block]),
    ]);
    return cutChannels(graph, own, filters, conv.filters);
  }
  const inBlocks = graph.node("Reshape", [result, graph.ints([batch, blocks, h * w, block])]);
  const last = graph.node("Transpose", [inBlocks], { perm: [0, 2, 1, 3] });
  const whole = graph.node("Reshape", [last, graph.ints([batch, h, w, filters])]);
  return cutChannels(graph, whole, filters, conv.filters);
}

function cutChannels(graph: BlockedWriter, x: string, have: number, want: number): string {
  if (have === want) return x;
  return graph.node("Slice", [x, graph.ints([0]), graph.ints([want]), graph.ints([3])]);
}

/** Height and width that the windows read: padded, less a rest that no window reaches. */
function paddedSize(conv: RowConv): readonly [number, number] {
  const [h, w] = outputSize(conv);
  return [(h - 1) * conv.stride[0] + conv.kernel[0], (w - 1) * conv.stride[1] + conv.kernel[1]];
}

/** The images with zeros around them. Padding first costs a pass and saves more: the kernel is slow at borders. */
function paddedImages(graph: BlockedWriter, images: string, conv: RowConv): string {
  const [height, width] = paddedSize(conv);
  const [[top], [left]] = conv.padding;
  return pad(graph, images, [
    [top, height - conv.height - top],
    [left, width - conv.width - left],
  ]);
}

/** Zeros around, or fewer elements where a count is negative; more members and channels of zeros at the end. */
function pad(
  graph: BlockedWriter,
  images: string,
  [[top, bottom], [left, right]]: Padding,
  more: { readonly batch?: number; readonly channels?: number } = {},
): string {
  const pads = [0, top, left, 0, more.batch ?? 0, bottom, right, more.channels ?? 0];
  return pads.every((count) => count === 0)
    ? images
    : graph.node("Pad", [images, graph.ints(pads)]);
}

function largestDivisor(n: number, atMost: number): number {
  for (let d = Math.min(n, atMost); d > 1; d--) if (n % d === 0) return d;
  return 1;
}
