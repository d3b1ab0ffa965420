import { NadirError } from "../../base/errors.ts";
import { isFloat } from "../dtype.ts";
import { convShape, type Padding } from "../primitives/window.ts";
import { formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { asFloat, convert, graphOf, lift, type Operand } from "./operand.ts";

/** One number for both spatial axes, or `[vertical, horizontal]`. */
export type Pair = number | readonly [number, number];

/** How a window moves. `"valid"` pads nothing, `"same"` keeps ⌈length / stride⌉ positions, a number pads every side. */
export interface WindowOptions {
  /** Positions from one window to the next. Default 1; of pooling layers, the window itself. */
  readonly stride?: Pair | undefined;
  /** Default `"valid"`. */
  readonly padding?: "valid" | "same" | Pair | Padding | undefined;
}

/** How a convolution's filter moves, is spread, and which channels it sees. */
export interface ConvOptions extends WindowOptions {
  /** Positions between neighbouring taps of the filter. Default 1. */
  readonly dilation?: Pair | undefined;
  /** Into how many equal parts the channels are cut, each with filters of its own. Default 1. */
  readonly groups?: number | undefined;
}

function pairOf(
  operation: string,
  name: string,
  value: Pair,
  least: number,
): readonly [number, number] {
  const both = typeof value === "number" ? ([value, value] as const) : value;
  if (both.length === 2 && both.every((n) => Number.isInteger(n) && n >= least)) return both;
  throw new NadirError(
    `${operation}/${name}`,
    `${operation}: ${name} is ${JSON.stringify(value)}`,
    {
      expected: `a whole number of at least ${least}${name === "groups" ? "" : ", or two"}`,
    },
  );
}

function paddingOf(
  operation: string,
  padding: WindowOptions["padding"],
  image: readonly number[],
  span: readonly [number, number],
  stride: readonly [number, number],
): Padding {
  if (padding === undefined || padding === "valid")
    return [
      [0, 0],
      [0, 0],
    ];
  if (padding === "same") {
    const sides = (axis: 0 | 1): readonly [number, number] => {
      const length = image[2 + axis]!;
      const total = Math.max(
        0,
        (Math.ceil(length / stride[axis]) - 1) * stride[axis] + span[axis] - length,
      );
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    };
    return [sides(0), sides(1)];
  }
  if (
    typeof padding === "object" &&
    typeof padding[0] === "object" &&
    typeof padding[1] === "object"
  ) {
    return [
      pairOf(operation, "padding", padding[0], 0),
      pairOf(operation, "padding", padding[1], 0),
    ];
  }
  // What is left of the union is a Pair: both entries are numbers.
  const [vertical, horizontal] = pairOf(operation, "padding", padding as Pair, 0);
  return [
    [vertical, vertical],
    [horizontal, horizontal],
  ];
}

function images(operation: string, x: Operand): Tensor {
  const value = asFloat(lift(x, graphOf(operation, x)));
  if (value.shape.length === 4) return value;
  throw new NadirError(
    `${operation}/shape`,
    `${operation}: the array has shape ${formatShape(value.shape)}`,
    {
      expected: "images [batch, channels, height, width]",
      hint: value.shape.length === 3 ? "insert the missing axis with expandDims" : undefined,
    },
  );
}

/**
 * Cross-correlation (the convolution of neural networks) of images `[batch, in, h, w]` with filters
 * `[out, in / groups, kh, kw]`.
 */
export function conv2d(x: Operand, filters: Operand, options: ConvOptions = {}): Tensor {
  const image = images("conv2d", x);
  const given = lift(filters, image.graph, image.dtype);
  const w = isFloat(given.dtype) ? given : convert(given, image.dtype);
  if (w.dtype !== image.dtype) {
    throw new NadirError("conv2d/dtype", `conv2d: cannot convolve ${image.dtype} with ${w.dtype}`, {
      expected: "one float dtype",
      hint: `convert one of them, as in x.cast("${image.dtype}")`,
    });
  }
  const stride = pairOf("conv2d", "stride", options.stride ?? 1, 1);
  const dilation = pairOf("conv2d", "dilation", options.dilation ?? 1, 1);
  const [groups] = pairOf("conv2d", "groups", options.groups ?? 1, 1);
  const none = {
    stride,
    dilation,
    groups,
    padding: [
      [0, 0],
      [0, 0],
    ] as const,
  };
  if (w.shape.length !== 4 || image.shape[1] !== w.shape[1]! * groups)
    convShape(image.shape, w.shape, none); // throws, naming both
  const span = [0, 1].map((i) => (w.shape[2 + i]! - 1) * dilation[i]! + 1);
  const padding = paddingOf("conv2d", options.padding, image.shape, [span[0]!, span[1]!], stride);
  return image.graph.record("conv", [image, w], { stride, padding, dilation, groups });
}

function pool(op: "maxPool" | "avgPool", x: Operand, window: Pair, options: WindowOptions): Tensor {
  const image = images(op, x);
  const size = pairOf(op, "window", window, 1);
  const stride = pairOf(op, "stride", options.stride ?? window, 1);
  const padding = paddingOf(op, options.padding, image.shape, size, stride);
  return image.graph.record(op, [image], { window: size, stride, padding });
}

/** Largest element of each window of `[batch, channels, h, w]`; windows side by side unless a stride is given. */
export const maxPool = (x: Operand, window: Pair, options: WindowOptions = {}): Tensor =>
  pool("maxPool", x, window, options);

/** Mean of each window of `[batch, channels, h, w]`, padding counted as zeros; windows side by side unless a stride is given. */
export const avgPool = (x: Operand, window: Pair, options: WindowOptions = {}): Tensor =>
  pool("avgPool", x, window, options);
