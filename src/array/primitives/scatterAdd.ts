import { allocate } from "../dtype.ts";
import { type Shape, sizeOf } from "../shape.ts";
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
  // ONNX Runtime's ScatterND adds on several threads that overwrite each other's sums: ScatterElements
  // adds on one, and is fastest on a line.
  emitOnnx: (graph, [indices, updates], node) => {
    const { axis, length } = node.attrs;
    const [indexValue, updateValue] = node.inputs;
    const count = sizeOf(indexValue!.shape);
    const before = sizeOf(updateValue!.shape.slice(0, axis));
    const after = sizeOf(updateValue!.shape.slice(axis + indexValue!.shape.length));
    const steps = (size: number, step: number, shape: Shape): string =>
      graph.constant(
        new Int32Array(size).map((_, i) => i * step),
        shape,
        "i32",
      );
    // The place on the line: (before · length + index) · after + position.
    let places = graph.node("Reshape", [indices!, graph.ints([1, count, 1])]);
    if (after > 1) {
      const times = graph.constant(new Int32Array([after]), [], "i32");
      places = graph.node("Mul", [places, times]);
      places = graph.node("Add", [places, steps(after, 1, [1, 1, after])]);
    }
    if (before > 1)
      places = graph.node("Add", [places, steps(before, length * after, [before, 1, 1])]);
    const line = graph.ints([before * count * after]);
    const zeros = graph.node("Expand", [
      graph.constant(allocate(node.dtype, 1), [], node.dtype),
      graph.ints([sizeOf(node.shape)]),
    ]);
    const summed = graph.node(
      "ScatterElements",
      [zeros, graph.node("Reshape", [places, line]), graph.node("Reshape", [updates!, line])],
      { axis: 0, reduction: "add" },
    );
    return graph.node("Reshape", [summed, graph.ints(node.shape)]);
  },
  cost: onePerElement,
  curvature: "affine",
};
