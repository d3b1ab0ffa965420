import { allocate } from "../dtype.ts";
import { sizeOf } from "../shape.ts";
import { onePerElement } from "./cost.ts";
import { moveAxis, offsetIndices } from "./gather.ts";
import { flatIndex } from "./indexing.ts";
import type { Primitive } from "./primitive.ts";

/**
 * Adds each update into the position its index names, on an axis of `length` zeros; repeated
 * positions sum. The transpose of `gather`: updates have the axes of `indices` where the result has one.
 */
export const scatterAdd: Primitive<2, { readonly axis: number; readonly length: number }> = {
  arity: 2,
  shape: ([indices, updates], { axis, length }) => [
    ...updates!.shape.slice(0, axis),
    length,
    ...updates!.shape.slice(axis + indices!.shape.length),
  ],
  dtype: (inputs) => inputs[1]!.dtype,
  vjp: (ops, [indices], cotangent, { attrs: { axis } }) => [
    undefined,
    ops.gather(cotangent, indices, { axis }),
  ],
  batch: (
    ops,
    [indices, updates],
    [indicesBatched, updatesBatched],
    { attrs: { axis, length } },
    size,
  ) => {
    if (!indicesBatched) return ops.scatterAdd(indices, updates, { axis: axis + 1, length });
    let front = updatesBatched
      ? updates
      : ops.broadcastTo(updates, { shape: [size, ...updates.shape] });
    const rank = indices.shape.length - 1;
    for (let i = 0; i < axis; i++) front = moveAxis(ops, front, 1, axis + rank); // [size, …indices, …before, …after]
    const summed = ops.scatterAdd(offsetIndices(ops, indices, length), front, {
      axis: 0,
      length: size * length,
    });
    const apart = ops.reshape(summed, { shape: [size, length, ...summed.shape.slice(1)] });
    return moveAxis(ops, apart, 1, axis + 1);
  },
  kernelJs: (js, { inputs, shape, attrs: { axis } }) => {
    const [indices, updates] = inputs;
    const rank = indices!.shape.length;
    js.line(`${js.out}.fill(0, 0, ${sizeOf(shape)});`);
    js.loops(updates!.shape, (index) => {
      const at = js.read(indices!, index.slice(axis, axis + rank));
      const place = [...index.slice(0, axis), at, ...index.slice(axis + rank)];
      js.line(`${js.out}[${flatIndex(place, shape)}] += ${js.read(updates!, index)};`);
    });
  },
  emitOnnx: (graph, [indices, updates], node) => {
    const { axis, length } = node.attrs;
    const [indexValue, updateValue] = node.inputs;
    const rank = indexValue!.shape.length;
    const count = sizeOf(indexValue!.shape);
    const before = updateValue!.shape.slice(0, axis);
    const after = updateValue!.shape.slice(axis + rank);
    // ScatterND adds whole rows: bring the axis to the front, add, and take it back.
    const rows = graph.node("Reshape", [
      updates!,
      graph.ints([sizeOf(before), count, sizeOf(after)]),
    ]);
    const front = graph.node("Reshape", [
      axis === 0 ? rows : graph.node("Transpose", [rows], { perm: [1, 0, 2] }),
      graph.ints([count, sizeOf(before) * sizeOf(after)]),
    ]);
    const zeros = graph.node("Expand", [
      graph.constant(allocate(node.dtype, 1), [], node.dtype),
      graph.ints([length, sizeOf(before) * sizeOf(after)]),
    ]);
    const places = graph.node("Reshape", [graph.cast(indices!, "i64"), graph.ints([count, 1])]);
    const summed = graph.node("ScatterND", [zeros, places, front], { reduction: "add" });
    if (axis === 0) return graph.node("Reshape", [summed, graph.ints(node.shape)]);
    const apart = graph.node("Reshape", [
      summed,
      graph.ints([length, sizeOf(before), sizeOf(after)]),
    ]);
    return graph.node("Reshape", [
      graph.node("Transpose", [apart], { perm: [1, 0, 2] }),
      graph.ints(node.shape),
    ]);
  },
  cost: onePerElement,
  curvature: "affine",
};
