import { NadirError } from "../../base/errors.ts";
import { formatShape, type Shape } from "../shape.ts";

/** Elements added before and after each of the two spatial axes. */
export type Padding = readonly [readonly [number, number], readonly [number, number]];

/** A two-dimensional convolution: how the filter moves over `[batch, channels, height, width]`. */
export interface ConvAttrs {
  readonly stride: readonly [number, number];
  readonly padding: Padding;
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

/** A pooling window and how it moves. */
export interface PoolAttrs {
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: Padding;
}

/** Number of places a window of `span` elements finds on an axis. */
function places(
  operation: string,
  length: number,
  span: number,
  stride: number,
  [low, high]: readonly [number, number],
): number {
  const count = Math.floor((length + low + high - span) / stride) + 1;
  if (count >= 1) return count;
  throw new NadirError(
    `${operation}/shape`,
    `${operation}: a window of ${span} does not fit an axis of ${length} padded by ${low} and ${high}`,
    {
      expected: "a padded axis at least as long as the window",
    },
  );
}

/** Shape of a convolution of `[batch, channels, h, w]` with `[out, channels/groups, kh, kw]`. */
export function convShape(
  x: Shape,
  w: Shape,
  { stride, padding, dilation, groups }: ConvAttrs,
): Shape {
  if (x.length !== 4 || w.length !== 4 || x[1] !== w[1]! * groups || w[0]! % groups !== 0) {
    throw new NadirError(
      "conv2d/shape",
      `conv2d: cannot convolve ${formatShape(x)} with filters ${formatShape(w)}${groups === 1 ? "" : ` in ${groups} groups`}`,
      {
        expected:
          "images [batch, channels, height, width] and filters [out, channels / groups, height, width], out a multiple of groups",
      },
    );
  }
  const spatial = [0, 1].map((i) =>
    places("conv2d", x[2 + i]!, (w[2 + i]! - 1) * dilation[i]! + 1, stride[i]!, padding[i]!),
  );
  return [x[0]!, w[0]!, ...spatial];
}

/** Shape of pooled `[batch, channels, h, w]`. */
export function poolShape(
  operation: string,
  x: Shape,
  { window, stride, padding }: PoolAttrs,
): Shape {
  if (x.length !== 4) {
    throw new NadirError(
      `${operation}/shape`,
      `${operation}: the array has shape ${formatShape(x)}`,
      {
        expected: "images [batch, channels, height, width]",
      },
    );
  }
  return [
    x[0]!,
    x[1]!,
    ...[0, 1].map((i) => places(operation, x[2 + i]!, window[i]!, stride[i]!, padding[i]!)),
  ];
}

/** The four pads in ONNX's order: top, left, bottom, right. */
export const onnxPads = ([[top, bottom], [left, right]]: Padding): readonly number[] => [
  top,
  left,
  bottom,
  right,
];

/** True if windows tile the image: each element is in exactly one, none is padded. */
export const tiles = (x: Shape, { window, stride, padding }: PoolAttrs): boolean =>
  [0, 1].every(
    (i) =>
      window[i] === stride[i] &&
      padding[i]![0] === 0 &&
      padding[i]![1] === 0 &&
      x[2 + i]! % window[i]! === 0,
  );
