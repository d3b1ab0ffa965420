import { sizeOf } from "../shape.ts";
import { traffic } from "./cost.ts";
import { poolBatch, poolLoops } from "./poolLoops.ts";
import type { Primitive } from "./primitive.ts";
import { onnxPads, type PoolAttrs, poolShape } from "./window.ts";

/** Mean of each window of `[batch, channels, h, w]`; padding counts as zeros. */
export const avgPool: Primitive<1, PoolAttrs> = {
  arity: 1,
  shape: ([x], attrs) => poolShape("avgPool", x!.shape, attrs),
  vjp: (ops, [x], cotangent, { attrs }) => [
    ops.avgPoolGradient(cotangent, { ...attrs, height: x.shape[2]!, width: x.shape[3]! }),
  ],
  batch: (ops, inputs, batched, { attrs }, size) =>
    poolBatch(ops, inputs, batched, size, ([x]) => ops.avgPool(x!, attrs)),
  kernelJs: (js, { inputs, shape, attrs }) => {
    const x = js.buffer(inputs[0]!);
    const sum = js.fresh("sum");
    poolLoops(js, inputs[0]!.shape, shape, attrs, {
      before: () => `let ${sum} = 0;`,
      inner: (i) => `${sum} += ${x}[${i}];`,
      after: (o) => `${js.out}[${o}] = ${sum} / ${sizeOf(attrs.window)};`,
    });
  },
  emitOnnx: (graph, inputs, { attrs: { window, stride, padding } }) =>
    graph.node("AveragePool", inputs, {
      kernel_shape: window,
      strides: stride,
      pads: onnxPads(padding),
      count_include_pad: 1,
    }),
  cost: (node) => ({ flops: sizeOf(node.shape) * sizeOf(node.attrs.window), bytes: traffic(node) }),
  curvature: "affine",
  monotonicity: "increasing",
};
