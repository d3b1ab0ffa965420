import { onePerInput } from "./cost.ts";
import { flatIndex } from "./indexing.ts";
import type { Primitive } from "./primitive.ts";
import { keptShape, requireSome } from "./reduction.ts";

/** Position of the largest element along an axis, which is dropped; the first of equals. dtype `i32`. */
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
    js.loops(shape, (outer) => {
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
  emitOnnx: (graph, inputs, { attrs: { axis } }) =>
    graph.cast(graph.node("ArgMax", inputs, { axis, keepdims: 0, select_last_index: 0 }), "i32"),
  cost: onePerInput,
  curvature: "unknown",
};
