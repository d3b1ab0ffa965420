import { internal, NadirError } from "../../base/errors.ts";
import type { DType } from "../dtype.ts";
import { isFloat } from "../dtype.ts";
import { formatShape, type Shape, sameShapes } from "../shape.ts";
import type { Aval } from "./primitive.ts";

/** Shape rule of elementwise primitives. Operands arrive broadcast: `operations/` sees to it. */
export function sameShape(inputs: readonly Aval[]): Shape {
  const first = inputs[0];
  if (first === undefined) throw internal("an elementwise primitive without operands");
  for (const other of inputs) {
    if (!sameShapes(first.shape, other.shape)) {
      throw internal(
        `elementwise operands ${formatShape(first.shape)} and ${formatShape(other.shape)} were not broadcast`,
      );
    }
  }
  return first.shape;
}

/** Dtype rule of comparisons and logic. */
export const toBool = (): DType => "bool";

/**
 * Refuses anything but floats.
 *
 * @throws NadirError `${operation}/dtype`
 */
export function requireFloat(operation: string, ...values: readonly Aval[]): void {
  for (const { dtype } of values) {
    if (isFloat(dtype)) continue;
    throw new NadirError(`${operation}/dtype`, `${operation}: the array has dtype ${dtype}`, {
      expected: "f32 or f64",
      hint: 'convert it first, as in x.cast("f32")',
    });
  }
}
