import type { Tensor } from "../tensor.ts";
import { movesOnly } from "./cost.ts";
import type { Primitive } from "./primitive.ts";

/** The user's derivative of a function: cotangents of its arguments from that of its result. */
export type CustomRule = (
  inputs: readonly Tensor[],
  output: Tensor,
  cotangent: Tensor,
) => readonly (Tensor | undefined)[];

/**
 * The last input, with a derivative given by the user in place of its own: the cotangent goes to
 * the other inputs by `rule`. Removed before anything is compiled.
 */
export const custom: Primitive<number, { readonly rule: CustomRule }> = {
  arity: "any",
  shape: (inputs) => inputs[inputs.length - 1]!.shape,
  dtype: (inputs) => inputs[inputs.length - 1]!.dtype,
  vjp: (_ops, inputs, cotangent, { attrs }) => {
    const last = inputs.length - 1;
    const given = attrs.rule(inputs.slice(0, last), inputs[last]!, cotangent);
    return inputs.map((_, i) => (i < last ? given[i] : undefined));
  },
  emitJs: (operands) => operands[operands.length - 1]!,
  emitOnnx: (graph, inputs) => graph.node("Identity", [inputs[inputs.length - 1]!]),
  cost: movesOnly,
  curvature: "unknown",
};
