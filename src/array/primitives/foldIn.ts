import { movesOnly } from "./cost.ts";
import { emitHash } from "./hash.ts";
import type { Primitive } from "./primitive.ts";

/** The second half of the new key mixes the datum with this, so that the halves are not alike. */
const secondHalf = 0x5bf03635;

/** A new key (`i32`, shape [2]) from a key and a whole number (`i32`, scalar), independent for each number. */
export const foldIn: Primitive<2> = {
  arity: 2,
  shape: () => [2],
  vjp: () => [undefined, undefined],
  batch: (ops, [key, datum], [keyBatched, datumBatched], _node, size) => {
    if (size === 0) return key.graph.full([0, 2], 0, "i32");
    const rows = Array.from({ length: size }, (_, i) => {
      const k = keyBatched
        ? ops.reshape(ops.slice(key, { starts: [i, 0], stops: [i + 1, 2], strides: [1, 1] }), {
            shape: [2],
          })
        : key;
      const d = datumBatched
        ? ops.reshape(ops.slice(datum, { starts: [i], stops: [i + 1], strides: [1] }), {
            shape: [],
          })
        : datum;
      return ops.reshape(ops.foldIn(k, d), { shape: [1, 2] });
    });
    return ops.concat(...rows, { axis: 0 });
  },
  kernelJs: (js, { inputs }) => {
    const [key, datum] = inputs;
    const [k0, k1, d] = [js.read(key!, [0]), js.read(key!, [1]), js.read(datum!, [])];
    js.line(
      `${js.out}[0] = hash32(${d}, ${k0}, ${k1}); ${js.out}[1] = hash32(${d} ^ ${secondHalf}, ${k1}, ${k0});`,
    );
  },
  emitOnnx: (graph, [key, datum]) => {
    // Both halves at once, as an array of two: a node costs as much for two numbers as for one.
    const bits = graph.cast(key!, "u32");
    const swapped = graph.node("Gather", [bits, graph.ints([1, 0])], { axis: 0 });
    const mixed = graph.cast(graph.constant(new Int32Array([0, secondHalf]), [2], "i32"), "u32");
    const counters = graph.node("BitwiseXor", [graph.cast(datum!, "u32"), mixed]);
    return graph.cast(emitHash(graph, counters, bits, swapped), "i32");
  },
  cost: movesOnly,
  curvature: "unknown",
};
