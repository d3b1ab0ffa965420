import { attrsText } from "./attributes.ts";
import { type Graph, primitiveOf, recording } from "./graph.ts";
import type { Aval } from "./primitives/primitive.ts";
import { newGraph, type Tensor } from "./tensor.ts";

/** A closed function from arrays to arrays: what engines compile. */
export interface Program {
  /** One for each argument, in order, used or not. */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Every node the outputs need, inputs and constants too, each after those it uses. */
  readonly nodes: readonly Tensor[];
}

/** Records a function of arrays. The result keeps what derivatives need; `finish` makes it fit to compile. */
export function record(
  avals: readonly Aval[],
  f: (...inputs: readonly Tensor[]) => readonly Tensor[],
  floatType: "f32" | "f64" = floatTypeOf(avals),
): Program {
  const graph = newGraph(floatType);
  const inputs = avals.map((aval, position) => graph.input(position, aval));
  const outputs = recording(graph, () => f(...inputs));
  return { inputs, outputs, nodes: reachable(outputs, inputs) };
}

/** The dtype of the first float among them, `f64` if there is none. */
export function floatTypeOf(avals: readonly Aval[]): "f32" | "f64" {
  for (const { dtype } of avals) if (dtype === "f32" || dtype === "f64") return dtype;
  return "f64";
}

/** Everything that `outputs` are made of, in the order it was recorded, down to `inputs`. */
export function reachable(outputs: readonly Tensor[], inputs: readonly Tensor[] = []): Tensor[] {
  const graph = outputs[0]?.graph ?? inputs[0]?.graph;
  if (graph === undefined) return [];
  const needed = new Uint8Array(graph.nodes.length);
  let last = -1;
  for (const { id } of outputs) {
    needed[id] = 1;
    last = Math.max(last, id);
  }
  const stops = new Set(inputs);
  const found: Tensor[] = [];
  for (let id = last; id >= 0; id--) {
    if (needed[id] === 0) continue;
    const node = graph.nodes[id]!;
    found.push(node);
    if (!stops.has(node)) for (const input of node.inputs) needed[input.id] = 1;
  }
  return found.reverse();
}

/** Records a program's operations again, on other inputs. `visit` may replace a node. */
export function replay(
  program: Program,
  graph: Graph,
  inputs: readonly Tensor[],
  visit?: (node: Tensor, operands: readonly Tensor[]) => Tensor | undefined,
): Tensor[] {
  const image: (Tensor | undefined)[] = [];
  program.inputs.forEach((input, i) => {
    image[input.id] = inputs[i]!;
  });
  const imageOf = (node: Tensor): Tensor => image[node.id]!; // nodes come after those they use
  for (const node of program.nodes) {
    if (image[node.id] !== undefined) continue;
    const operands = node.inputs.map(imageOf);
    image[node.id] = visit?.(node, operands) ?? graph.record(node.op, operands, node.attrs);
  }
  return program.outputs.map(imageOf);
}

/**
 * The program as engines want it: what only derivatives need is gone (aliases, barriers, custom
 * rules), equal work is shared, dead work dropped.
 */
export function finish(program: Program): Program {
  const graph = newGraph(
    program.inputs[0]?.graph.floatType ?? program.outputs[0]?.graph.floatType ?? "f64",
  );
  const inputs = program.inputs.map((aval, position) => graph.input(position, aval));
  const outputs = recording(graph, () =>
    replay(program, graph, inputs, (node, operands) =>
      node.op === "alias" || node.op === "stopGradient" || node.op === "custom"
        ? operands[operands.length - 1]
        : undefined,
    ),
  );
  return { inputs, outputs, nodes: reachable(outputs, inputs) };
}

/**
 * Text that is equal for structurally equal programs, and only for those, so that what one was
 * compiled to serves the other. Constants count by value, those of more than 2 kB by identity: an
 * array that a program holds must not be changed.
 */
export function programKey(program: Program): string {
  const places: number[] = [];
  let key = "";
  program.inputs.forEach(({ id, dtype, shape }, i) => {
    places[id] = i;
    key += `${dtype}[${shape.join()}]`;
  });
  let next = program.inputs.length;
  for (const { id, op, inputs, attrs } of program.nodes) {
    if (places[id] !== undefined) continue;
    places[id] = next++;
    key += `\n${op}`;
    for (const input of inputs) key += ` ${places[input.id]}`;
    key += ` ${attrsText(attrs)}`;
  }
  return `${key}\n${program.outputs.map(({ id }) => places[id]).join()}`;
}

/** FLOPs and bytes of one evaluation, if nothing is fused. */
export function costOf(program: Program): { readonly flops: number; readonly bytes: number } {
  let [flops, bytes] = [0, 0];
  for (const node of program.nodes) {
    const cost = primitiveOf(node.op).cost(node);
    flops += cost.flops;
    bytes += cost.bytes;
  }
  return { flops, bytes };
}
