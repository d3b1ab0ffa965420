import { allocate } from "../dtype.ts";
import { sizeOf } from "../shape.ts";
import { traffic } from "./cost.ts";
import { emitSpread, poolBatch, poolLoops } from "./poolLoops.ts";
import type { Primitive } from "./primitive.ts";
import { onnxPads, type PoolAttrs, tiles } from "./window.ts";

/** The transpose of `avgPool`: each element spread evenly over its window of `[batch, channels, height, width]`. */
export const avgPoolGradient: Primitive<
  1,
  PoolAttrs & { readonly height: number; readonly width: number }
> = {
  arity: 1,
  shape: ([given], { height, width }) => [given!.shape[0]!, given!.shape[1]!, height, width],
  vjp: (ops, _inputs, cotangent, { attrs: { window, stride, padding } }) => [
    ops.avgPool(cotangent, { window, stride, padding }),
  ],
  batch: (ops, inputs, batched, { attrs }, size) =>
    poolBatch(ops, inputs, batched, size, ([x]) => ops.avgPoolGradient(x!, attrs)),
  kernelJs: (js, { inputs, shape, attrs }) => {
    const given = js.buffer(inputs[0]!);
    js.line(`${js.out}.fill(0, 0, ${sizeOf(shape)});`);
    poolLoops(js, shape, inputs[0]!.shape, attrs, {
      inner: (i, o) => `${js.out}[${i}] += ${given}[${o}] / ${sizeOf(attrs.window)};`,
    });
  },
  emitOnnx: (graph, [given], node) => {
    const { window, stride, padding, height, width } = node.attrs;
    const [n, c, rows, columns] = node.inputs[0]!.shape;
    const share = allocate(node.dtype, sizeOf(window)).fill(1 / sizeOf(window));
    if (tiles(node.shape, node.attrs)) {
      const scaled = graph.node("Mul", [given!, graph.constant(share.slice(0, 1), [], node.dtype)]);
      return emitSpread(graph, scaled, node.shape);
    }
    // A transposed convolution of each channel by itself with a constant filter.
    const rest = [height, width].map(
      (length, i) =>
        length +
        padding[i]![0] +
        padding[i]![1] -
        ((i === 0 ? rows! : columns!) - 1) * stride[i]! -
        window[i]!,
    );
    const planes = graph.node("Reshape", [given!, graph.ints([n! * c!, 1, rows!, columns!])]);
    const spread = graph.node(
      "ConvTranspose",
      [planes, graph.constant(share, [1, 1, ...window], node.dtype)],
      {
        strides: stride,
        pads: onnxPads(padding),
        output_padding: rest,
      },
    );
    return graph.node("Reshape", [spread, graph.ints(node.shape)]);
  },
  cost: (node) => ({
    flops: sizeOf(node.inputs[0]!.shape) * sizeOf(node.attrs.window),
    bytes: traffic(node),
  }),
  curvature: "affine",
  monotonicity: "increasing",
};
