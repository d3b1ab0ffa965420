import type { Program } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";

/** A loop's program cut in two: what is the same in every turn, and the rest. */
export interface Turn {
  /** Computed once, from inputs that stay the same. */
  readonly once: Program;
  /** What each turn computes: its inputs are the program's, then the values of `once`. */
  readonly turn: Program;
}

/**
 * Takes out of a loop what follows from `fixed` inputs alone: keys of the run, data made ready. What is
 * only repeated or reshaped of them stays inside, where it costs nothing and takes no memory.
 */
export function splitInvariant(program: Program, isFixed: (input: number) => boolean): Turn {
  const inputs = new Set<Tensor>(program.inputs);
  const same = new Set<Tensor>(program.inputs.filter((_, i) => isFixed(i)));
  const stays = (node: Tensor): boolean =>
    !inputs.has(node) &&
    node.inputs.length > 0 &&
    node.op !== "broadcastTo" &&
    node.op !== "reshape" &&
    node.inputs.every((input) => same.has(input) || input.op === "constant") &&
    node.inputs.some((input) => same.has(input));
  for (const node of program.nodes) if (stays(node)) same.add(node);
  const computed = (node: Tensor): boolean => same.has(node) && !inputs.has(node);
  const needed = new Set<Tensor>(program.outputs.filter(computed));
  for (const node of program.nodes)
    if (!computed(node)) for (const input of node.inputs) if (computed(input)) needed.add(input);
  const values = [...needed];
  return {
    once: { inputs: program.inputs, outputs: values, nodes: within(program.nodes, values, inputs) },
    turn: {
      inputs: [...program.inputs, ...values],
      outputs: program.outputs,
      nodes: within(program.nodes, program.outputs, needed),
    },
  };
}

/** The nodes that `outputs` are made of, without what `given` are made of. */
export function within(
  nodes: readonly Tensor[],
  outputs: readonly Tensor[],
  given: ReadonlySet<Tensor>,
): Tensor[] {
  const needed = new Set(outputs);
  return [...nodes]
    .reverse()
    .filter((node) => {
      if (!needed.has(node)) return false;
      if (!given.has(node)) for (const input of node.inputs) needed.add(input);
      return true;
    })
    .reverse();
}
