import { primitiveOf, recording } from "../array/graph.ts";
import { opsOf, type Tensor } from "../array/tensor.ts";

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
  const start = Math.min(...wrt.map(({ id }) => id));
  const end = Math.max(...outputs.map(({ id }) => id));
  const depends = new Uint8Array(end + 1);
  for (const { id } of wrt) if (id <= end) depends[id] = 1;
  for (let id = start; id <= end; id++) {
    if (depends[id] === 1) continue;
    for (const input of graph.nodes[id]!.inputs) {
      if (depends[input.id] === 1) {
        depends[id] = 1;
        break;
      }
    }
  }
  const ops = opsOf(graph);
  const sums = new Map<number, Tensor>();
  const give = (id: number, cotangent: Tensor): void => {
    const known = sums.get(id);
    sums.set(id, known === undefined ? cotangent : ops.add(known, cotangent));
  };
  outputs.forEach((output, i) => {
    if (depends[output.id] === 1) give(output.id, cotangents[i]!);
  });
  const sources = new Set(wrt.map(({ id }) => id));
  recording(graph, () => {
    for (let id = end; id >= start; id--) {
      const cotangent = depends[id] === 1 && !sources.has(id) ? sums.get(id) : undefined;
      if (cotangent === undefined) continue;
      const node = graph.nodes[id]!;
      const given = primitiveOf(node.op).vjp(ops, node.inputs, cotangent, node);
      node.inputs.forEach((input, i) => {
        const part = given[i];
        if (part !== undefined && depends[input.id] === 1) give(input.id, part);
      });
    }
  });
  return wrt.map(({ id }) => sums.get(id));
}
