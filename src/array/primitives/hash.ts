import type { OnnxWriter } from "./primitive.ts";

/**
 * The counter-based generator behind every random number: two rounds of a bijective 32-bit mixer
 * (constants found by exhaustive search for the lowest bias: Wellons, hash-prospector) with the key's
 * halves added before and between. Any element can be drawn without the ones before it, and both
 * engines compute the same bits.
 *
 * `hash32(counter, k0, k1)` is this function in JavaScript; `emitHash` the same in ONNX nodes.
 */
export function hash32(counter: number, k0: number, k1: number): number {
  let h = (Math.imul(counter, 0x9e3779b9) + k0) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  h = ((h ^ (h >>> 15)) + k1) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return h ^ (h >>> 15);
}

/** `hash32` of every element of a uint32 array; the key's halves are uint32 scalars, or arrays of its shape. */
export function emitHash(graph: OnnxWriter, counter: string, k0: string, k1: string): string {
  const mix = (start: string): string => {
    let h = start;
    for (const [shift, factor] of [
      [16, 0x21f0aaad],
      [15, 0x735a2d97],
    ] as const) {
      const folded = graph.node("BitwiseXor", [
        h,
        graph.node("BitShift", [h, graph.uint32(shift)], { direction: "RIGHT" }),
      ]);
      h = graph.node("Mul", [folded, graph.uint32(factor)]);
    }
    return graph.node("BitwiseXor", [
      h,
      graph.node("BitShift", [h, graph.uint32(15)], { direction: "RIGHT" }),
    ]);
  };
  const first = mix(
    graph.node("Add", [graph.node("Mul", [counter, graph.uint32(0x9e3779b9)]), k0]),
  );
  return mix(graph.node("Add", [first, k1]));
}

/** The two halves of a key (`i32`, shape [2]) as uint32 scalars. */
export function emitKey(graph: OnnxWriter, key: string): readonly [k0: string, k1: string] {
  const bits = graph.cast(key, "u32");
  const half = (i: number): string =>
    graph.node("Gather", [bits, graph.constant(new Int32Array([i]), [], "i32")], { axis: 0 });
  return [half(0), half(1)];
}
