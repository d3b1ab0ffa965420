import { sizeOf } from "../shape.ts";
import { traffic } from "./cost.ts";
import { poolBatch, poolLoops } from "./poolLoops.ts";
import type { Primitive } from "./primitive.ts";
import { onnxPads, type PoolAttrs, poolShape } from "./window.ts";

/**
 * Largest element of each window of `[batch, channels, h, w]`; padding never wins, NaN always does. But
 * ONNX Runtime's kernel for f32 passes over NaN, and has −3.4e38 where a window holds nothing else or −∞.
 */
export const maxPool: Primitive<1, PoolAttrs> = {
  arity: 1,
  shape: ([x], attrs) => poolShape("maxPool", x!.shape, attrs),
  vjp: (ops, [x], cotangent, node) => [ops.maxPoolGradient(x, node, cotangent, node.attrs)],
  batch: (ops, inputs, batched, { attrs }, size) =>
    poolBatch(ops, inputs, batched, size, ([x]) => ops.maxPool(x!, attrs)),
  kernelJs: (js, { inputs, shape, attrs }) => {
    const x = js.buffer(inputs[0]!);
    const value = js.fresh("x");
    poolLoops(js, inputs[0]!.shape, shape, attrs, {
      before: (o) => `${js.out}[${o}] = -Infinity;`,
      // NaN is above everything, and nothing is above NaN.
      inner: (i, o) =>
        `{ const ${value} = ${x}[${i}]; if (${value} > ${js.out}[${o}] || ${value} !== ${value}) ${js.out}[${o}] = ${value}; }`,
    });
  },
  emitOnnx: (graph, inputs, { attrs: { window, stride, padding } }) =>
    graph.node("MaxPool", inputs, {
      kernel_shape: window,
      strides: stride,
      pads: onnxPads(padding),
    }),
  cost: (node) => ({ flops: sizeOf(node.shape) * sizeOf(node.attrs.window), bytes: traffic(node) }),
  curvature: "convex",
  monotonicity: "increasing",
};
