import type { GraphBuilder, NodeRecord, Value } from "./graphBuilder.ts";

/** Operators that write an element of the result when they have read the elements at the same place. */
const elementwise: ReadonlySet<string> = new Set([
  "Abs",
  "Add",
  "Div",
  "Greater",
  "Less",
  "Max",
  "Min",
  "Mul",
  "Neg",
  "Pow",
  "Reciprocal",
  "Sign",
  "Sqrt",
  "Sub",
  "Where",
]);

/**
 * True if an output of a graph may be written over an input of the same shape, in the same memory: by
 * the time the output's node writes, nothing is left to be read from the input. That holds if every
 * reader of the input is the output's node itself or one it waits for.
 *
 * ONNX Runtime fuses nodes, and a reader may be done again inside another node that waits for nobody:
 * so readers, and what reads their results, must be plain elementwise operators, which it leaves as
 * they are; and the output's node may be a `Gemm` that adds the input, which it copies before all else.
 */
export function overwritable(graph: GraphBuilder, input: Value, output: Value): boolean {
  const { makers, readers } = linksOf(graph);
  const last = makers.get(output);
  if (last === undefined || graph.outputs.filter(({ name }) => name === output).length !== 1)
    return false;
  const isPlain = (node: NodeRecord): boolean =>
    elementwise.has(node.op) || (node === last && addsLast(node, input));
  const direct = readers.get(input) ?? [];
  const safe = direct.every(
    (reader) =>
      isPlain(reader) &&
      reader.outputs.every((name) =>
        (readers.get(name) ?? []).every((next) => elementwise.has(next.op)),
      ),
  );
  if (!safe) return false;
  // Walks back from the output's node until all readers have been met.
  const missing = new Set(direct);
  const seen = new Set<NodeRecord>([last]);
  const stack = [last];
  while (missing.size > 0) {
    const node = stack.pop();
    if (node === undefined) return false;
    missing.delete(node);
    for (const name of node.inputs) {
      const maker = makers.get(name);
      if (maker === undefined || seen.has(maker)) continue;
      seen.add(maker);
      stack.push(maker);
    }
  }
  return true;
}

/** A product to which the input is added, as its third operand and nowhere else. */
const addsLast = ({ op, inputs }: NodeRecord, input: Value): boolean =>
  op === "Gemm" && inputs.indexOf(input) === 2;

interface Links {
  readonly makers: ReadonlyMap<Value, NodeRecord>;
  readonly readers: ReadonlyMap<Value, readonly NodeRecord[]>;
}

const known = new WeakMap<GraphBuilder, Links>();

/** Which node makes each value, and which read it; found once for a graph. */
function linksOf(graph: GraphBuilder): Links {
  const found = known.get(graph);
  if (found !== undefined) return found;
  const makers = new Map<Value, NodeRecord>();
  const readers = new Map<Value, NodeRecord[]>();
  for (const node of graph.nodes) {
    for (const name of node.outputs) makers.set(name, node);
    for (const name of new Set(node.inputs)) {
      const list = readers.get(name);
      if (list === undefined) readers.set(name, [node]);
      else list.push(node);
    }
  }
  const links = { makers, readers };
  known.set(graph, links);
  return links;
}
