import { movesOnly } from "./cost.ts";
import { plus, times } from "./indexing.ts";
import type { Primitive } from "./primitive.ts";

/** Positions `starts[axis] + i·strides[axis]` below `stops[axis]`, on every axis; strides ≥ 1. */
export interface SliceAttrs {
  readonly starts: readonly number[];
  readonly stops: readonly number[];
  readonly strides: readonly number[];
}

/** A regular part of an array. Bounds are within the array: `operations/` sees to it. */
export const slice: Primitive<1, SliceAttrs> = {
  arity: 1,
  shape: (_inputs, { starts, stops, strides }) =>
    starts.map((start, axis) => Math.max(0, Math.ceil((stops[axis]! - start) / strides[axis]!))),
  vjp: (ops, [x], cotangent, { shape, attrs: { starts, strides } }) => [
    ops.pad(cotangent, {
      low: starts,
      high: x.shape.map((length, axis) => {
        const reached =
          starts[axis]! +
          Math.max(0, shape[axis]! - 1) * strides[axis]! +
          (shape[axis]! > 0 ? 1 : 0);
        return length - reached;
      }),
      interior: strides.map((stride) => stride - 1),
      value: 0,
    }),
  ],
  batch: (ops, [x], _batched, { attrs: { starts, stops, strides } }, size) =>
    ops.slice(x, { starts: [0, ...starts], stops: [size, ...stops], strides: [1, ...strides] }),
  pullJs: (js, { inputs, attrs: { starts, strides } }, index) =>
    js.read(
      inputs[0]!,
      index.map((part, axis) => plus(times(part, strides[axis]!), starts[axis]!)),
    ),
  emitOnnx: (graph, [x], { attrs: { starts, stops, strides } }) => {
    const axes = graph.ints(starts.map((_, axis) => axis));
    return graph.node("Slice", [
      x!,
      graph.ints(starts),
      graph.ints(stops),
      axes,
      graph.ints(strides),
    ]);
  },
  cost: movesOnly,
  curvature: "affine",
  monotonicity: "increasing",
};
