import { internal } from "../../base/errors.ts";
import { formatShape, type Shape } from "../shape.ts";
import { movesOnly } from "./cost.ts";
import type { Primitive } from "./primitive.ts";

/** Repeats along axes: input aligned at the last axis, its lengths equal to `shape`'s or 1. */
export const broadcastTo: Primitive<1, { readonly shape: Shape }> = {
  arity: 1,
  shape: ([x], { shape }) => {
    const lead = shape.length - x!.shape.length;
    if (
      lead < 0 ||
      x!.shape.some((length, axis) => length !== 1 && length !== shape[axis + lead])
    ) {
      throw internal(`broadcastTo ${formatShape(x!.shape)} to ${formatShape(shape)}`);
    }
    return shape;
  },
  vjp: (ops, [x], cotangent) => {
    const lead = cotangent.shape.length - x.shape.length;
    const axes = cotangent.shape.flatMap((length, axis) => {
      const own = x.shape[axis - lead];
      return own === undefined || (own === 1 && length !== 1) ? [axis] : [];
    });
    const summed = axes.length === 0 ? cotangent : ops.reduceSum(cotangent, { axes });
    return [ops.reshape(summed, { shape: x.shape })];
  },
  batch: (ops, [x], _batched, { attrs: { shape } }, size) => {
    const own = [
      size,
      ...new Array<number>(shape.length - x.shape.length + 1).fill(1),
      ...x.shape.slice(1),
    ];
    return ops.broadcastTo(ops.reshape(x, { shape: own }), { shape: [size, ...shape] });
  },
  pullJs: (js, { inputs }, index) => {
    const [x] = inputs;
    const lead = index.length - x!.shape.length;
    return js.read(
      x!,
      x!.shape.map((length, axis) => (length === 1 ? 0 : index[axis + lead]!)),
    );
  },
  emitOnnx: (graph, [x], { shape }) => graph.node("Expand", [x!, graph.ints(shape)]),
  cost: movesOnly,
  curvature: "affine",
  monotonicity: "increasing",
};
