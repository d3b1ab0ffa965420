import { onePerInput } from "./cost.ts";
import { flatIndex } from "./indexing.ts";
import type { Primitive } from "./primitive.ts";

/** Running sums along an axis, from the front, or from the back if `reverse`. */
export const cumSum: Primitive<1, { readonly axis: number; readonly reverse: boolean }> = {
  arity: 1,
  shape: ([x]) => x!.shape,
  vjp: (ops, _inputs, cotangent, { attrs: { axis, reverse } }) => [
    ops.cumSum(cotangent, { axis, reverse: !reverse }),
  ],
  batch: (ops, [x], _batched, { attrs: { axis, reverse } }) =>
    ops.cumSum(x, { axis: axis + 1, reverse }),
  kernelJs: (js, { inputs, shape, attrs: { axis, reverse } }) => {
    const length = shape[axis]!;
    const outer = shape.filter((_, i) => i !== axis);
    js.loopsAround(length, outer, (index) => {
      const sum = js.fresh("sum");
      js.line(`let ${sum} = 0;`);
      js.loops([length], ([position]) => {
        const at = !reverse
          ? position!
          : typeof position === "number"
            ? length - 1 - position
            : `(${length - 1} - ${position})`;
        const place = [...index.slice(0, axis), at, ...index.slice(axis)];
        js.line(
          `${sum} += ${js.read(inputs[0]!, place)}; ${js.out}[${flatIndex(place, shape)}] = ${sum};`,
        );
      });
    });
  },
  emitOnnx: (graph, [x], { attrs: { axis, reverse } }) =>
    graph.node("CumSum", [x!, graph.constant(new Int32Array([axis]), [], "i32")], {
      reverse: reverse ? 1 : 0,
    }),
  cost: onePerInput,
  curvature: "affine",
  monotonicity: "increasing",
};
