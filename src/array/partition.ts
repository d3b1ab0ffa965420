import { recording } from "./graph.ts";
import { type Program, reachable, replay } from "./program.ts";
import { newGraph, type Tensor } from "./tensor.ts";

/** A program cut in two: what follows from the first inputs alone, and the rest. */
export interface Partition {
  /** From the known inputs to the intermediate values that the rest needs. */
  readonly prepare: Program;
  /** From those values, then the other inputs, to the outputs. */
  readonly complete: Program;
}

/** Cheaper to compute again than to keep. */
const recomputed: ReadonlySet<string> = new Set([
  "broadcastTo",
  "reshape",
  "transpose",
  "cast",
  "iota",
  "constant",
]);

/**
 * Cuts a finished program after the work that depends on its first `known` inputs alone, so that this
 * is done once for many values of the others: Hessian-vector products at one point share its forward
 * and backward sweep.
 */
export function partition(program: Program, known: number): Partition {
  const open = new Set<Tensor>(program.inputs.slice(known));
  for (const node of program.nodes)
    if (node.inputs.some((input) => open.has(input))) open.add(node);
  const kept = new Set<Tensor>();
  const keep = (node: Tensor): void => {
    if (open.has(node) || node.op === "constant") return;
    if (recomputed.has(node.op)) node.inputs.forEach(keep);
    else kept.add(node);
  };
  for (const node of program.nodes) if (open.has(node)) node.inputs.forEach(keep);
  program.outputs.forEach(keep);
  const residuals = [...kept];
  const prepare: Program = {
    inputs: program.inputs.slice(0, known),
    outputs: residuals,
    nodes: reachable(residuals, program.inputs.slice(0, known)),
  };
  return {
    prepare: renumber(prepare),
    complete: renumber({
      inputs: [...residuals, ...program.inputs.slice(known)],
      outputs: program.outputs,
      nodes: within(program, kept),
    }),
  };
}

/** The nodes of a program that are reached from its outputs without going behind `kept`. */
function within(program: Program, kept: ReadonlySet<Tensor>): Tensor[] {
  const needed = new Set<Tensor>(program.outputs);
  return [...program.nodes]
    .reverse()
    .filter((node) => {
      if (!needed.has(node)) return false;
      if (!kept.has(node)) for (const input of node.inputs) needed.add(input);
      return true;
    })
    .reverse();
}

/** Records a program in a graph of its own, whose inputs are numbered in order. */
export function renumber(program: Program): Program {
  const graph = newGraph(program.outputs[0]?.graph.floatType ?? "f64");
  const inputs = program.inputs.map((aval, position) => graph.input(position, aval));
  const outputs = recording(graph, () => replay(program, graph, inputs));
  return { inputs, outputs, nodes: reachable(outputs, inputs) };
}
