import { sizeOf } from "../shape.ts";
import { convBatch } from "./convBatch.ts";
import { convLoops } from "./convLoops.ts";
import { traffic } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { type ConvAttrs, convShape, onnxPads } from "./window.ts";

/** Cross-correlation of images `[batch, in, h, w]` with filters `[out, in / groups, kh, kw]`: the convolution of neural networks. */
export const conv: Primitive<2, ConvAttrs> = {
  arity: 2,
  shape: ([x, w], attrs) => convShape(x!.shape, w!.shape, attrs),
  vjp: (ops, [x, w], cotangent, { attrs }) => [
    ops.convInputGradient(cotangent, w, { ...attrs, height: x.shape[2]!, width: x.shape[3]! }),
    ops.convFilterGradient(x, cotangent, { ...attrs, height: w.shape[2]!, width: w.shape[3]! }),
  ],
  batch: (ops, [x, w], batched, { attrs }, size) =>
    convBatch(ops, x, w, batched, size, attrs.groups, "filter", (a, b, groups) =>
      ops.conv(a, b, { ...attrs, groups }),
    ),
  kernelJs: (js, { inputs, shape, attrs }) => {
    const [x, w] = inputs;
    const [image, filter] = [js.buffer(x!), js.buffer(w!)];
    js.line(`${js.out}.fill(0, 0, ${sizeOf(shape)});`);
    const weight = js.fresh("w");
    convLoops(js, x!.shape, w!.shape, shape, attrs, {
      before: (tap) => `const ${weight} = ${filter}[${tap}];`,
      inner: (i, o) => `${js.out}[${o}] += ${image}[${i}] * ${weight};`,
    });
  },
  emitOnnx: (graph, inputs, { attrs }) =>
    graph.node("Conv", inputs, {
      pads: onnxPads(attrs.padding),
      strides: attrs.stride,
      dilations: attrs.dilation,
      group: attrs.groups,
    }),
  cost: (node) => ({
    flops: 2 * sizeOf(node.shape) * sizeOf(node.inputs[1]!.shape.slice(1)),
    bytes: traffic(node),
  }),
  curvature: "unknown",
};
