import { allocate } from "../dtype.ts";
import { sizeOf } from "../shape.ts";
import { traffic } from "./cost.ts";
import { emitTap, poolBatch, poolLoops } from "./poolLoops.ts";
import type { Primitive } from "./primitive.ts";
import type { PoolAttrs } from "./window.ts";

/** The derivative of `maxPool` along a tangent of the images: the tangent at each window's maximum, the mean of tied ones. */
export const maxPoolTangent: Primitive<3, PoolAttrs> = {
  arity: 3,
  shape: ([, pooled]) => pooled!.shape,
  vjp: (ops, [x, pooled], cotangent, { attrs }) => [
    undefined,
    undefined,
    ops.maxPoolGradient(x, pooled, cotangent, attrs),
  ],
  batch: (ops, inputs, batched, { attrs }, size) =>
    poolBatch(ops, inputs, batched, size, ([x, pooled, given]) =>
      ops.maxPoolTangent(x!, pooled!, given!, attrs),
    ),
  kernelJs: (js, { inputs, shape, attrs }) => {
    const [x, pooled, tangent] = inputs.map((value) => js.buffer(value));
    const [ties, sum] = [js.fresh("ties"), js.fresh("sum")];
    poolLoops(js, inputs[0]!.shape, shape, attrs, {
      before: () => `let ${ties} = 0, ${sum} = 0;`,
      inner: (i, o) =>
        `if (${x}[${i}] === ${pooled}[${o}]) { ${ties}++; ${sum} += ${tangent}[${i}]; }`,
      after: (o) => `${js.out}[${o}] = ${sum} / ${ties};`,
    });
  },
  emitOnnx: (graph, [x, pooled, tangent], node) => {
    const { window, padding } = node.attrs;
    const [[top, bottom], [left, right]] = padding;
    const pads = graph.ints([0, 0, top, left, 0, 0, bottom, right]);
    const constant = (value: number) =>
      graph.constant(allocate(node.dtype, 1).fill(value), [], node.dtype);
    const images = graph.node("Pad", [x!, pads, constant(Number.NEGATIVE_INFINITY)]);
    const tangents = graph.node("Pad", [tangent!, pads, constant(0)]);
    let [ties, sum] = ["", ""];
    for (let ky = 0; ky < window[0]; ky++) {
      for (let kx = 0; kx < window[1]; kx++) {
        const isMax = graph.cast(
          graph.node("Equal", [emitTap(graph, images, node.shape, node.attrs, ky, kx), pooled!]),
          node.dtype,
        );
        const part = graph.node("Mul", [
          isMax,
          emitTap(graph, tangents, node.shape, node.attrs, ky, kx),
        ]);
        ties = ties === "" ? isMax : graph.node("Add", [ties, isMax]);
        sum = sum === "" ? part : graph.node("Add", [sum, part]);
      }
    }
    return graph.node("Div", [sum, ties]);
  },
  cost: (node) => ({
    flops: 2 * sizeOf(node.shape) * sizeOf(node.attrs.window),
    bytes: traffic(node),
  }),
  curvature: "unknown",
};
