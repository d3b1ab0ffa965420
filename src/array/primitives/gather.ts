import type { Tensor } from "../tensor.ts";
import { movesOnly } from "./cost.ts";
import type { Primitive } from "./primitive.ts";
import type { Ops } from "./registry.ts";

/** Moves one axis to another place. */
export function moveAxis(ops: Ops, x: Tensor, from: number, to: number): Tensor {
  const order = x.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  order.splice(to, 0, from);
  return ops.transpose(x, { order });
}

/** Indices into the rows of a stack of arrays laid end to end: row i of array v is v·length + i. */
export function offsetIndices(ops: Ops, indices: Tensor, length: number): Tensor {
  const positions = ops.iota({ shape: indices.shape, axis: 0, dtype: "i32" });
  return ops.add(indices, ops.mul(positions, indices.graph.full(indices.shape, length, "i32")));
}

/**
 * Picks positions along an axis, which is replaced by the axes of `indices` (`i32`, each at least 0
 * and below the axis' length: outside that the result is undefined).
 */
export const gather: Primitive<2, { readonly axis: number }> = {
  arity: 2,
  shape: ([x, indices], { axis }) => [
    ...x!.shape.slice(0, axis),
    ...indices!.shape,
    ...x!.shape.slice(axis + 1),
  ],
  vjp: (ops, [x, indices], cotangent, { attrs: { axis } }) => [
    ops.scatterAdd(indices, cotangent, { axis, length: x.shape[axis]! }),
    undefined,
  ],
  batch: (ops, [x, indices], [xBatched, indicesBatched], { attrs: { axis } }, size) => {
    if (!indicesBatched) return ops.gather(x, indices, { axis: axis + 1 });
    if (!xBatched) return moveAxis(ops, ops.gather(x, indices, { axis }), axis, 0);
    const front = moveAxis(ops, x, axis + 1, 1); // [size, length, …]
    const length = front.shape[1]!;
    const flat = ops.reshape(front, { shape: [size * length, ...front.shape.slice(2)] });
    let picked = ops.gather(flat, offsetIndices(ops, indices, length), { axis: 0 }); // [size, …indices, …]
    // Axes before the picked one stand behind the indices now: carry them back one by one.
    for (let i = 0; i < axis; i++) picked = moveAxis(ops, picked, indices.shape.length + i, 1 + i);
    return picked;
  },
  pullJs: (js, { inputs, attrs: { axis } }, index) => {
    const [x, indices] = inputs;
    const rank = indices!.shape.length;
    const picked = js.read(indices!, index.slice(axis, axis + rank));
    return js.read(x!, [...index.slice(0, axis), picked, ...index.slice(axis + rank)]);
  },
  emitOnnx: (graph, inputs, { attrs: { axis } }) => graph.node("Gather", inputs, { axis }),
  cost: movesOnly,
  curvature: "affine",
};
