import { sizeOf } from "../shape.ts";
import { convBatch } from "./convBatch.ts";
import { convLoops } from "./convLoops.ts";
import { traffic } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import { type ConvAttrs, onnxPads } from "./window.ts";

/** The transpose of `conv` in its images: from a cotangent `[batch, out, …]` and the filters to `[batch, in, height, width]`. */
export const convInputGradient: Primitive<
  2,
  ConvAttrs & { readonly height: number; readonly width: number }
> = {
  arity: 2,
  shape: ([cotangent, w], { groups, height, width }) => [
    cotangent!.shape[0]!,
    w!.shape[1]! * groups,
    height,
    width,
  ],
  vjp: (ops, [given, w], cotangent, { attrs }) => [
    ops.conv(cotangent, w, convAttrs(attrs)),
    ops.convFilterGradient(cotangent, given, {
      ...convAttrs(attrs),
      height: w.shape[2]!,
      width: w.shape[3]!,
    }),
  ],
  batch: (ops, [given, w], batched, { attrs }, size) =>
    convBatch(ops, given, w, batched, size, attrs.groups, "filter", (a, b, groups) =>
      ops.convInputGradient(a, b, { ...attrs, groups }),
    ),
  kernelJs: (js, { inputs, shape, attrs }) => {
    const [given, w] = inputs;
    const [output, filter] = [js.buffer(given!), js.buffer(w!)];
    js.line(`${js.out}.fill(0, 0, ${sizeOf(shape)});`);
    const weight = js.fresh("w");
    convLoops(js, shape, w!.shape, given!.shape, attrs, {
      before: (tap) => `const ${weight} = ${filter}[${tap}];`,
      inner: (i, o) => `${js.out}[${i}] += ${output}[${o}] * ${weight};`,
    });
  },
  emitOnnx: (graph, inputs, { inputs: [given, w], attrs }) => {
    const { stride, dilation, padding, groups, height, width } = attrs;
    // Rows that the windows never reached are zeros at the end.
    const rest = [height, width].map((length, i) => {
      const reached =
        (given!.shape[2 + i]! - 1) * stride[i]! + (w!.shape[2 + i]! - 1) * dilation[i]! + 1;
      return length + padding[i]![0] + padding[i]![1] - reached;
    });
    return graph.node("ConvTranspose", inputs, {
      pads: onnxPads(padding),
      strides: stride,
      dilations: dilation,
      group: groups,
      output_padding: rest,
    });
  },
  cost: (node) => ({
    flops: 2 * sizeOf(node.inputs[0]!.shape) * sizeOf(node.inputs[1]!.shape.slice(1)),
    bytes: traffic(node),
  }),
  curvature: "unknown",
};

/** The convolution's own attributes, without the size that a transpose adds. */
export const convAttrs = ({ stride, padding, dilation, groups }: ConvAttrs): ConvAttrs => ({
  stride,
  padding,
  dilation,
  groups,
});
