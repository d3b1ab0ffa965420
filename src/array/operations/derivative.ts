import { NadirError } from "../../base/errors.ts";
import { formatShape, sameShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { graphOf, lift, type Operand, tensor } from "./operand.ts";

/** The same value, held constant by every derivative. */
export function stopGradient(x: Operand): Tensor {
  const value = tensor("stopGradient", x);
  return value.graph.record("stopGradient", [value], {});
}

/**
 * A function with a derivative of the user's own, for gradients that are clipped, straight-through
 * or computed in a stabler way. `vjp` gives the cotangent of each argument from that of the result,
 * in the array language, so that it can be differentiated again.
 *
 * @throws NadirError `customDerivative/shape` if a cotangent has not its argument's shape
 */
export function customDerivative(
  f: (...inputs: readonly Tensor[]) => Tensor,
  vjp: (
    inputs: readonly Tensor[],
    output: Tensor,
    cotangent: Tensor,
  ) => readonly (Tensor | undefined)[],
): (...inputs: readonly Operand[]) => Tensor {
  return (...operands) => {
    const graph = graphOf("customDerivative", ...operands);
    const inputs = operands.map((operand) => lift(operand, graph));
    const output = f(...inputs);
    const rule: typeof vjp = (at, result, cotangent) => {
      const cotangents = vjp(at, result, cotangent);
      cotangents.forEach((given, i) => {
        if (given === undefined || sameShapes(given.shape, at[i]?.shape ?? [])) return;
        throw new NadirError(
          "customDerivative/shape",
          `customDerivative: cotangent ${i} has shape ${formatShape(given.shape)}`,
          {
            expected: `the shape of argument ${i}, ${formatShape(at[i]?.shape ?? [])}`,
          },
        );
      });
      return cotangents;
    };
    return graph.record("custom", [...inputs, output], { rule });
  };
}
