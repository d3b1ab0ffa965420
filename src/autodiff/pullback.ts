import { primitiveOf, recording } from "../array/graph.ts";
import type { Tensor } from "../array/tensor.ts";

/** How a node stands to the values a derivative is taken with respect to: it is made of them, or one. */
const [depends, source] = [1, 2];

/**
 * Reverse mode: the cotangents of `wrt`, given those of `outputs`, recorded in the graph they are in.
 * Undefined where no output depends on the value. The work is that of the nodes between the two.
 */
export function pullback(
  outputs: readonly Tensor[],
  cotangents: readonly Tensor[],
  wrt: readonly Tensor[],
): (Tensor | undefined)[] {
  const [first] = outputs;
  if (first === undefined || wrt.length === 0) return wrt.map(() => undefined);
  const { graph } = first;
  let [start, end] = [graph.nodes.length, 0];
  for (const { id } of wrt) start = Math.min(start, id);
  for (const { id } of outputs) end = Math.max(end, id);
  const state = new Uint8Array(Math.max(end + 1, graph.nodes.length));
  for (const { id } of wrt) state[id] = source;
  for (let id = start; id <= end; id++) {
    if (state[id] === 0 && graph.nodes[id]!.inputs.some((input) => state[input.id] !== 0))
      state[id] = depends;
  }
  const { ops } = graph;
  const sums: (Tensor | undefined)[] = [];
  const give = (id: number, cotangent: Tensor | undefined): void => {
    if (cotangent === undefined || state[id] === 0) return;
    const known = sums[id];
    sums[id] = known === undefined ? cotangent : ops.add(known, cotangent);
  };
  outputs.forEach(({ id }, i) => {
    give(id, cotangents[i]);
  });
  recording(graph, () => {
    for (let id = end; id >= start; id--) {
      const cotangent = sums[id];
      if (cotangent === undefined || state[id] === source) continue;
      const node = graph.nodes[id]!;
      const given = primitiveOf(node.op).vjp(ops, node.inputs, cotangent, node);
      for (let i = 0; i < node.inputs.length; i++) give(node.inputs[i]!.id, given[i]);
    }
  });
  return wrt.map(({ id }) => sums[id]);
}
