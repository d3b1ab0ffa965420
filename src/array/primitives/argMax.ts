import { onePerInput } from "./cost.ts";
import { withoutNaN } from "./emitWithoutNaN.ts";
import { flatIndex } from "./indexing.ts";
import type { Primitive } from "./primitive.ts";
import { keptShape, requireSome } from "./reduction.ts";

/** Position of the largest element along an axis, which is dropped; the first of equals, never that of a NaN. dtype `i32`. */
export const argMax: Primitive<1, { readonly axis: number }> = {
  arity: 1,
  shape: ([x], { axis }) => {
    requireSome("argMax", x!.shape, [axis]);
    return keptShape(x!.shape, [axis]);
  },
  dtype: () => "i32",
  vjp: () => [undefined],
  batch: (ops, [x], _batched, { attrs: { axis } }) => ops.argMax(x, { axis: axis + 1 }),
  kernelJs: (js, { inputs, shape, attrs: { axis } }) => {
    const [x] = inputs;
    js.loopsAround(x!.shape[axis]!, shape, (outer) => {
      const [best, at, value] = [js.fresh("best"), js.fresh("at"), js.fresh("x")];
      js.line(`let ${best} = -Infinity, ${at} = 0;`);
      js.loops([x!.shape[axis]!], ([position]) => {
        const index = [...outer.slice(0, axis), position!, ...outer.slice(axis)];
        js.line(
          `{ const ${value} = ${js.read(x!, index)}; if (${value} > ${best}) { ${best} = ${value}; ${at} = ${position}; } }`,
        );
      });
      js.line(`${js.out}[${flatIndex(outer, shape)}] = ${at};`);
    });
  },
  emitOnnx: (graph, [x], { inputs, attrs: { axis } }) => {
    const values = withoutNaN(graph, x!, inputs[0]!.dtype, Number.NEGATIVE_INFINITY);
    const attributes = { axis, keepdims: 0, select_last_index: 0 };
    return graph.cast(graph.node("ArgMax", [values], attributes), "i32");
  },
  cost: onePerInput,
  curvature: "unknown",
};
