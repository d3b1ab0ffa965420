import { sizeOf } from "../shape.ts";
import { convBatch } from "./convBatch.ts";
import { convAttrs } from "./convInputGradient.ts";
import { convLoops } from "./convLoops.ts";
import { traffic } from "./cost.ts";
import type { OnnxWriter, Primitive } from "./primitive.ts";
import { type ConvAttrs, onnxPads } from "./window.ts";

/** The transpose of `conv` in its filters: from images and a cotangent `[batch, out, …]` to `[out, in / groups, height, width]`. */
export const convFilterGradient: Primitive<
  2,
  ConvAttrs & { readonly height: number; readonly width: number }
> = {
  arity: 2,
  shape: ([x, given], { groups, height, width }) => [
    given!.shape[1]!,
    x!.shape[1]! / groups,
    height,
    width,
  ],
  vjp: (ops, [x, given], cotangent, { attrs }) => [
    ops.convInputGradient(given, cotangent, {
      ...convAttrs(attrs),
      height: x.shape[2]!,
      width: x.shape[3]!,
    }),
    ops.conv(x, cotangent, convAttrs(attrs)),
  ],
  batch: (ops, [x, given], batched, { attrs }, size) =>
    convBatch(ops, x, given, batched, size, attrs.groups, "output", (a, b, groups) =>
      ops.convFilterGradient(a, b, { ...attrs, groups }),
    ),
  kernelJs: (js, { inputs, shape, attrs }) => {
    const [x, given] = inputs;
    const [image, output] = [js.buffer(x!), js.buffer(given!)];
    js.line(`${js.out}.fill(0, 0, ${sizeOf(shape)});`);
    const sum = js.fresh("sum");
    convLoops(js, x!.shape, shape, given!.shape, attrs, {
      before: () => `let ${sum} = 0;`,
      inner: (i, o) => `${sum} += ${image}[${i}] * ${output}[${o}];`,
      after: (tap) => `${js.out}[${tap}] += ${sum};`,
    });
  },
  // A convolution again, with batch and channels exchanged: the cotangent is the filter, spread by
  // the stride; the filter's own taps are the steps, spread by its dilation.
  emitOnnx: (graph, [x, given], { inputs, shape, attrs }) => {
    const { groups } = attrs;
    if (groups === 1) return filterGradient(graph, x!, given!, attrs);
    const [inChannels, outChannels] = [inputs[0]!.shape[1]! / groups, shape[0]! / groups];
    const part = (value: string, group: number, channels: number): string =>
      graph.node("Slice", [
        value,
        graph.ints([group * channels]),
        graph.ints([(group + 1) * channels]),
        graph.ints([1]),
      ]);
    const parts = Array.from({ length: groups }, (_, group) =>
      filterGradient(graph, part(x!, group, inChannels), part(given!, group, outChannels), attrs),
    );
    return graph.node("Concat", parts, { axis: 0 });
  },
  cost: (node) => ({
    flops: 2 * sizeOf(node.inputs[1]!.shape) * sizeOf(node.shape.slice(1)),
    bytes: traffic(node),
  }),
  curvature: "unknown",
};

function filterGradient(
  graph: OnnxWriter,
  x: string,
  given: string,
  {
    stride,
    dilation,
    padding,
    height,
    width,
  }: ConvAttrs & { readonly height: number; readonly width: number },
): string {
  const swap = { perm: [1, 0, 2, 3] };
  const product = graph.node(
    "Conv",
    [graph.node("Transpose", [x], swap), graph.node("Transpose", [given], swap)],
    {
      pads: onnxPads(padding),
      strides: dilation,
      dilations: stride,
    },
  );
  const whole = graph.node("Transpose", [product], swap);
  // Where the windows left a rest of the image unread, the convolution has further taps: cut them.
  return graph.node("Slice", [
    whole,
    graph.ints([0, 0]),
    graph.ints([height, width]),
    graph.ints([2, 3]),
  ]);
}
