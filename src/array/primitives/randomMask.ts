import { internal } from "../../base/errors.ts";
import { type DType, isFloat } from "../dtype.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { bytesOf } from "./cost.ts";
import { emitHash, emitKey } from "./hash.ts";
import { flatIndex } from "./indexing.ts";
import type { Primitive } from "./primitive.ts";

/** A mask's probabilities are whole multiples of 1/`maskParts`. */
export const maskParts = 2 ** 16;

/**
 * Ones with probability `kept` / 65536, else zeros, from a key (`i32`, shape [2]). Constant to derivatives.
 *
 * One 32-bit hash serves two elements, by its lower and its upper half: with n elements, element i is the
 * lower half of hash i for i < ⌈n/2⌉ and the upper half of hash i − ⌈n/2⌉ after that. Hashing is nearly
 * all that a dropout mask costs, and it is drawn in every step.
 */
export const randomMask: Primitive<
  1,
  { readonly shape: Shape; readonly kept: number; readonly dtype: DType }
> = {
  arity: 1,
  shape: (_inputs, { shape, kept, dtype }) => {
    if (!isFloat(dtype)) throw internal(`randomMask of dtype ${dtype}`);
    if (!Number.isInteger(kept) || kept < 0 || kept > maskParts)
      throw internal(`randomMask that keeps ${kept} of ${maskParts}`);
    return shape;
  },
  dtype: (_inputs, { dtype }) => dtype,
  vjp: () => [undefined],
  batch: (ops, [keys], _batched, { attrs }, size) => {
    if (size === 0) return keys.graph.full([0, ...attrs.shape], 0, attrs.dtype);
    const masks = Array.from({ length: size }, (_, i) => {
      const row = ops.slice(keys, { starts: [i, 0], stops: [i + 1, 2], strides: [1, 1] });
      const mask = ops.randomMask(ops.reshape(row, { shape: [2] }), attrs);
      return ops.reshape(mask, { shape: [1, ...attrs.shape] });
    });
    return ops.concat(...masks, { axis: 0 });
  },
  pullJs: (js, { inputs: [key], attrs: { shape, kept } }, index) => {
    const i = flatIndex(index, shape);
    const half = Math.ceil(sizeOf(shape) / 2);
    const [k0, k1] = [js.read(key!, [0]), js.read(key!, [1])];
    const lower = `(hash32(${i}, ${k0}, ${k1}) & 65535)`;
    const upper = `(hash32(${i} - ${half}, ${k0}, ${k1}) >>> 16)`;
    if (typeof i === "number") return `(${i < half ? lower : upper} < ${kept} ? 1 : 0)`;
    return `((${i} < ${half} ? ${lower} : ${upper}) < ${kept} ? 1 : 0)`;
  },
  emitOnnx: (graph, [key], { attrs: { shape, kept, dtype } }) => {
    const [k0, k1] = emitKey(graph, key!);
    const size = sizeOf(shape);
    const half = Math.ceil(size / 2);
    const counters = graph.constant(
      Int32Array.from({ length: half }, (_, i) => i),
      [half],
      "i32",
    );
    const bits = emitHash(graph, graph.cast(counters, "u32"), k0, k1);
    const lower = graph.node("BitwiseAnd", [bits, graph.uint32(65535)]);
    const upper = graph.node("BitShift", [bits, graph.uint32(16)], { direction: "RIGHT" });
    const both = graph.node("Concat", [lower, upper], { axis: 0 });
    const parts =
      size === 2 * half
        ? both
        : graph.node("Slice", [both, graph.ints([0]), graph.ints([size]), graph.ints([0])]);
    return graph.node("Reshape", [emitBelow(graph, parts, kept, dtype), graph.ints(shape)]);
  },
  cost: (node) => ({ flops: 10 * sizeOf(node.shape), bytes: bytesOf(node) }),
  curvature: "unknown",
};

type Writer = Parameters<typeof emitHash>[0];

/** 1 where a whole number is below `kept`, else 0. In f32 as clip(kept − x, 0, 1), one pass instead of two. */
function emitBelow(graph: Writer, wholes: string, kept: number, dtype: DType): string {
  const x = graph.cast(wholes, dtype);
  if (dtype === "f32")
    return graph.node("HardSigmoid", [x], { alpha: { float: -1 }, beta: { float: kept } });
  const limit = graph.constant(new Float64Array([kept]), [], "f64");
  return graph.cast(graph.node("Less", [x, limit]), dtype);
}
