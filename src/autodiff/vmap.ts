import { primitiveOf, recording } from "../array/graph.ts";
import type { CustomRule } from "../array/primitives/custom.ts";
import { reachable } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { NadirError } from "../base/errors.ts";
import { close, findGraph, identify, open, openArguments } from "./variables.ts";

/**
 * f applied to each entry of a leading axis, all at once: arguments are trees whose leaves have the
 * axis, the result has it too. What f uses from outside is the same for all entries.
 *
 * @throws NadirError `vmap/size` if the leading axes differ in length
 */
export function vmap<A extends readonly unknown[], Q>(f: (...args: A) => Q): (...args: A) => Q {
  return (...args) => {
    const graph = findGraph("vmap", args);
    const { tensors, structure } = openArguments(args, graph);
    const sizes = tensors.map(({ shape }) => shape[0]);
    const [size] = sizes;
    if (size === undefined || sizes.some((other) => other !== size)) {
      throw new NadirError(
        "vmap/size",
        `vmap: leading axes of lengths ${sizes.map((n) => n ?? "none").join(", ")}`,
        {
          expected: "one length for all arguments",
        },
      );
    }
    // f runs once, on a stand-in for one entry; what it recorded is then recorded again for all.
    const entries = tensors.map((x) => graph.ops.slice(x, firstOf(x)));
    const standIns = identify(
      entries.map((entry, i) => graph.ops.reshape(entry, { shape: tensors[i]!.shape.slice(1) })),
    );
    const result = open(f(...close<A>(structure, standIns)), graph, "the result");
    return close<Q>(result.structure, batch(result.tensors, standIns, tensors, size));
  };
}

const firstOf = ({ shape }: Tensor) => ({
  starts: shape.map(() => 0),
  stops: shape.map((length, axis) => (axis === 0 ? 1 : length)),
  strides: shape.map(() => 1),
});

/** Records `outputs` again with `standIns` replaced by `stacks`, which have a leading axis of length `size`. */
function batch(
  outputs: readonly Tensor[],
  standIns: readonly Tensor[],
  stacks: readonly Tensor[],
  size: number,
): Tensor[] {
  const graph = stacks[0]!.graph;
  const ops = graph.ops;
  const image = new Map<Tensor, Tensor>(standIns.map((standIn, i) => [standIn, stacks[i]!]));
  const widen = (x: Tensor): Tensor =>
    ops.broadcastTo(ops.reshape(x, { shape: [1, ...x.shape] }), { shape: [size, ...x.shape] });
  return recording(graph, () => {
    for (const node of reachable(outputs, standIns)) {
      if (image.has(node)) continue;
      const images = node.inputs.map((input) => image.get(input));
      if (images.every((found) => found === undefined)) continue;
      const inputs = node.inputs.map((input, i) => images[i] ?? input);
      const flags = images.map((found) => found !== undefined);
      image.set(node, batchNode(node, inputs, flags));
    }
    return outputs.map((output) => image.get(output) ?? widen(output));
  });

  function batchNode(node: Tensor, inputs: readonly Tensor[], flags: readonly boolean[]): Tensor {
    const primitive = primitiveOf(node.op);
    if (primitive.batch !== undefined) return primitive.batch(ops, inputs, flags, node, size);
    const wide = inputs.map((input, i) => (flags[i] ? input : widen(input)));
    if (node.op !== "custom") return graph.record(node.op, wide, node.attrs);
    const { rule } = node.attrs as { readonly rule: CustomRule }; // custom's own attributes
    return graph.record("custom", wide, { rule: batchRule(rule) });
  }
}

/** A custom derivative rule for a stack of entries. */
function batchRule(rule: CustomRule): CustomRule {
  return (inputs, output, cotangent) => {
    const missing: boolean[] = [];
    const present = vmap((stack: readonly Tensor[]) => {
      const given = rule(stack.slice(0, -2), stack[stack.length - 2]!, stack[stack.length - 1]!);
      return given.flatMap((value, i) => {
        missing[i] = value === undefined;
        return value === undefined ? [] : [value];
      });
    })([...inputs, output, cotangent]);
    let next = 0;
    return inputs.map((_, i) => (missing[i] ? undefined : present[next++]));
  };
}
