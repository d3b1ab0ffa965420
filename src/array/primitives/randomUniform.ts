import { internal } from "../../base/errors.ts";
import { type DType, isFloat } from "../dtype.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { bytesOf } from "./cost.ts";
import { emitHash, emitKey } from "./hash.ts";
import { flatIndex } from "./indexing.ts";
import type { Primitive } from "./primitive.ts";

/**
 * Uniform numbers in [0, 1) from a key (`i32`, shape [2]), 24 bits in f32 and 53 in f64. Element i is
 * a function of the key and i alone. Constant to derivatives.
 */
export const randomUniform: Primitive<1, { readonly shape: Shape; readonly dtype: DType }> = {
  arity: 1,
  shape: (_inputs, { shape, dtype }) => {
    if (!isFloat(dtype)) throw internal(`randomUniform of dtype ${dtype}`);
    return shape;
  },
  dtype: (_inputs, { dtype }) => dtype,
  vjp: () => [undefined],
  batch: (ops, [keys], _batched, { attrs }, size) => {
    if (size === 0) return keys.graph.full([0, ...attrs.shape], 0, attrs.dtype);
    const draws = Array.from({ length: size }, (_, i) => {
      const key = ops.reshape(
        ops.slice(keys, { starts: [i, 0], stops: [i + 1, 2], strides: [1, 1] }),
        { shape: [2] },
      );
      return ops.reshape(ops.randomUniform(key, attrs), { shape: [1, ...attrs.shape] });
    });
    return ops.concat(...draws, { axis: 0 });
  },
  pullJs: (js, { inputs, attrs: { shape, dtype } }, index) => {
    const [key] = inputs;
    const i = flatIndex(index, shape);
    const [k0, k1] = [js.read(key!, [0]), js.read(key!, [1])];
    if (dtype === "f32") return `((hash32(${i}, ${k0}, ${k1}) >>> 8) * ${2 ** -24})`;
    const [high, low] = [0, 1].map(
      (half) => `(hash32(2 * (${i}) + ${half}, ${k0}, ${k1}) >>> ${5 + half})`,
    );
    return `((${high} * 67108864 + ${low}) * ${2 ** -53})`;
  },
  emitOnnx: (graph, [key], { attrs: { shape, dtype } }) => {
    const [k0, k1] = emitKey(graph, key!);
    const size = sizeOf(shape);
    const draw = (from: number, step: number, shift: number): string => {
      const counters = new Int32Array(size).map((_, i) => from + step * i);
      const bits = emitHash(
        graph,
        graph.cast(graph.constant(counters, shape, "i32"), "u32"),
        k0,
        k1,
      );
      return graph.cast(
        graph.node("BitShift", [bits, graph.uint32(shift)], { direction: "RIGHT" }),
        dtype,
      );
    };
    if (dtype === "f32")
      return graph.node("Mul", [
        draw(0, 1, 8),
        graph.constant(new Float32Array([2 ** -24]), [], "f32"),
      ]);
    const high = graph.node("Mul", [
      draw(0, 2, 5),
      graph.constant(new Float64Array([67108864]), [], "f64"),
    ]);
    return graph.node("Mul", [
      graph.node("Add", [high, draw(1, 2, 6)]),
      graph.constant(new Float64Array([2 ** -53]), [], "f64"),
    ]);
  },
  cost: (node) => ({ flops: 14 * sizeOf(node.shape), bytes: bytesOf(node) }),
  curvature: "unknown",
};
