import { sizeOf } from "../shape.ts";
import { traffic } from "./cost.ts";
import { flatIndex } from "./indexing.ts";
import type { Primitive } from "./primitive.ts";
import { restoreAxes } from "./reduction.ts";
import { requireFloat } from "./shapes.ts";

/** x − log Σ eˣ along the last axis, stable for logits of any size. */
export const logSoftmax: Primitive<1> = {
  arity: 1,
  shape: ([x]) => {
    requireFloat("logSoftmax", x!);
    return x!.shape;
  },
  vjp: (ops, [x], cotangent, node) => {
    const last = [x.shape.length - 1];
    const total = restoreAxes(ops, ops.reduceSum(cotangent, { axes: last }), x.shape, last);
    return [ops.sub(cotangent, ops.mul(ops.exp(node), total))];
  },
  batch: (ops, [x]) => ops.logSoftmax(x),
  kernelJs: (js, { inputs, shape }) => {
    const length = shape[shape.length - 1]!;
    js.loopsAround(length, shape.slice(0, -1), (outer) => {
      const [max, sum] = [js.fresh("max"), js.fresh("sum")];
      js.line(`let ${max} = -Infinity, ${sum} = 0;`);
      js.loops([length], ([i]) =>
        js.line(`${max} = Math.max(${max}, ${js.read(inputs[0]!, [...outer, i!])});`),
      );
      js.loops([length], ([i]) =>
        js.line(`${sum} += Math.exp(${js.read(inputs[0]!, [...outer, i!])} - ${max});`),
      );
      js.line(`${sum} = Math.log(${sum}) + ${max};`);
      js.loops([length], ([i]) => {
        const index = [...outer, i!];
        js.line(`${js.out}[${flatIndex(index, shape)}] = ${js.read(inputs[0]!, index)} - ${sum};`);
      });
    });
  },
  emitOnnx: (graph, inputs) => graph.node("LogSoftmax", inputs, { axis: -1 }),
  cost: (node) => ({ flops: 5 * sizeOf(node.shape), bytes: traffic(node) }),
  curvature: "concave",
};
