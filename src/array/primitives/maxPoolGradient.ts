import { allocate } from "../dtype.ts";
import { sizeOf } from "../shape.ts";
import { traffic } from "./cost.ts";
import { emitSpread, emitTap, poolBatch, poolLoops } from "./poolLoops.ts";
import type { NodeOf, OnnxWriter, Primitive } from "./primitive.ts";
import { type PoolAttrs, tiles } from "./window.ts";

/**
 * The transpose of `maxPool`'s derivative: from images, their pooled maxima and a cotangent of those
 * to one of the images. Tied maxima of a window share its cotangent equally.
 */
export const maxPoolGradient: Primitive<3, PoolAttrs> = {
  arity: 3,
  shape: ([x]) => x!.shape,
  vjp: (ops, [x, pooled], cotangent, { attrs }) => [
    undefined,
    undefined,
    ops.maxPoolTangent(x, pooled, cotangent, attrs),
  ],
  batch: (ops, inputs, batched, { attrs }, size) =>
    poolBatch(ops, inputs, batched, size, ([x, pooled, given]) =>
      ops.maxPoolGradient(x!, pooled!, given!, attrs),
    ),
  kernelJs: (js, { inputs, shape, attrs }) => {
    const [x, pooled, given] = inputs.map((value) => js.buffer(value));
    const ties = js.fresh("ties");
    js.line(`${js.out}.fill(0, 0, ${sizeOf(shape)});`);
    poolLoops(
      js,
      shape,
      inputs[1]!.shape,
      attrs,
      {
        before: () => `let ${ties} = 0;`,
        inner: (i, o) => `if (${x}[${i}] === ${pooled}[${o}]) ${ties}++;`,
      },
      ["inner", "second"],
      (i, o) => `if (${x}[${i}] === ${pooled}[${o}]) ${js.out}[${i}] += ${given}[${o}] / ${ties};`,
    );
  },
  emitOnnx: (graph, [x, pooled, given], node) => {
    const image = node.shape;
    // The short way needs Resize and AveragePool, which ONNX Runtime has in single precision only.
    if (!tiles(image, node.attrs) || node.dtype !== "f32")
      return emitWindows(graph, x!, pooled!, given!, node);
    const isMax = graph.cast(
      graph.node("Equal", [x!, emitSpread(graph, pooled!, image)]),
      node.dtype,
    );
    const { window, stride } = node.attrs;
    const taps = allocate(node.dtype, 1).fill(sizeOf(window));
    const mean = graph.node("AveragePool", [isMax], { kernel_shape: window, strides: stride });
    const ties = graph.node("Mul", [mean, graph.constant(taps, [], node.dtype)]);
    return graph.node("Mul", [isMax, emitSpread(graph, graph.node("Div", [given!, ties]), image)]);
  },
  cost: (node) => ({
    flops: 2 * sizeOf(node.inputs[1]!.shape) * sizeOf(node.attrs.window),
    bytes: traffic(node),
  }),
  curvature: "unknown",
};

/** Overlapping or padded windows, one tap at a time. */
function emitWindows(
  graph: OnnxWriter,
  x: string,
  pooled: string,
  given: string,
  node: NodeOf<PoolAttrs>,
): string {
  const { window, padding, stride } = node.attrs;
  const output = node.inputs[1]!.shape;
  const [[top, bottom], [left, right]] = padding;
  const lowest = graph.constant(
    allocate(node.dtype, 1).fill(Number.NEGATIVE_INFINITY),
    [],
    node.dtype,
  );
  const zero = graph.constant(allocate(node.dtype, 1), [], node.dtype);
  const padded = graph.node(
    "Pad",
    [x, graph.ints([0, 0, top, left, 0, 0, bottom, right]), lowest],
    { mode: "constant" },
  );
  const [height, width] = [node.shape[2]! + top + bottom, node.shape[3]! + left + right];
  const taps: { mask: string; ky: number; kx: number }[] = [];
  for (let ky = 0; ky < window[0]; ky++) {
    for (let kx = 0; kx < window[1]; kx++) {
      const tap = emitTap(graph, padded, output, node.attrs, ky, kx);
      taps.push({ mask: graph.cast(graph.node("Equal", [tap, pooled]), node.dtype), ky, kx });
    }
  }
  const ties = taps.map(({ mask }) => mask).reduce((sum, mask) => graph.node("Add", [sum, mask]));
  const share = graph.node("Div", [given, ties]);
  const spread = taps.map(({ mask, ky, kx }) => {
    // Each element back to its place: gaps of the stride between, the tap's offset before.
    let part = graph.node("Mul", [mask, share]);
    const [rows, columns] = [output[2]!, output[3]!];
    const [n, c] = [output[0]!, output[1]!];
    part = graph.node("Reshape", [part, graph.ints([n, c, rows, 1, columns, 1])]);
    part = graph.node("Pad", [
      part,
      graph.ints([0, 0, 0, 0, 0, 0, 0, 0, 0, stride[0] - 1, 0, stride[1] - 1]),
      zero,
    ]);
    part = graph.node("Reshape", [part, graph.ints([n, c, rows * stride[0], columns * stride[1]])]);
    const [spanY, spanX] = [(rows - 1) * stride[0] + 1, (columns - 1) * stride[1] + 1];
    part = graph.node("Slice", [
      part,
      graph.ints([0, 0]),
      graph.ints([spanY, spanX]),
      graph.ints([2, 3]),
    ]);
    return graph.node("Pad", [
      part,
      graph.ints([0, 0, ky, kx, 0, 0, height - ky - spanY, width - kx - spanX]),
      zero,
    ]);
  });
  const sum = spread.reduce((total, part) => graph.node("Add", [total, part]));
  return graph.node("Slice", [
    sum,
    graph.ints([top, left]),
    graph.ints([top + node.shape[2]!, left + node.shape[3]!]),
    graph.ints([2, 3]),
  ]);
}
