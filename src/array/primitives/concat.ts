import { NadirError } from "../../base/errors.ts";
import { formatShape } from "../shape.ts";
import { movesOnly } from "./cost.ts";
import { flatIndex, plus } from "./indexing.ts";
import type { Primitive } from "./primitive.ts";

/** Joins arrays along an axis; the other axes are equal. */
export const concat: Primitive<number, { readonly axis: number }> = {
  arity: "any",
  shape: (inputs, { axis }) => {
    const [first] = inputs;
    for (const { shape } of inputs) {
      if (
        shape.length === first!.shape.length &&
        shape.every((n, i) => i === axis || n === first!.shape[i])
      )
        continue;
      throw new NadirError(
        "concat/shape",
        `concat: cannot join ${formatShape(first!.shape)} and ${formatShape(shape)} along axis ${axis}`,
        { expected: "shapes that differ on that axis only" },
      );
    }
    const length = inputs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    return first!.shape.map((n, i) => (i === axis ? length : n));
  },
  vjp: (ops, inputs, cotangent, { attrs: { axis } }) => {
    let offset = 0;
    return inputs.map(({ shape }) => {
      const starts = cotangent.shape.map((_, i) => (i === axis ? offset : 0));
      offset += shape[axis]!;
      const stops = cotangent.shape.map((length, i) => (i === axis ? offset : length));
      return ops.slice(cotangent, { starts, stops, strides: starts.map(() => 1) });
    });
  },
  batch: (ops, inputs, batched, { attrs: { axis } }, size) => {
    const wide = inputs.map((x, i) =>
      batched[i] ? x : ops.broadcastTo(x, { shape: [size, ...x.shape] }),
    );
    return ops.concat(...wide, { axis: axis + 1 });
  },
  kernelJs: (js, { inputs, shape, attrs: { axis } }) => {
    let offset = 0;
    for (const input of inputs) {
      const start = offset;
      js.loops(input.shape, (index) => {
        const place = index.map((part, i) => (i === axis ? plus(part, start) : part));
        js.line(`${js.out}[${flatIndex(place, shape)}] = ${js.read(input, index)};`);
      });
      offset += input.shape[axis]!;
    }
  },
  emitOnnx: (graph, inputs, { attrs: { axis } }) => graph.node("Concat", inputs, { axis }),
  cost: movesOnly,
  curvature: "affine",
  monotonicity: "increasing",
};
