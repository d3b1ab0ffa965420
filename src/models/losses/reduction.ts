import { isFloat } from "../../array/dtype.ts";
import { convert, graphOf, lift, type Operand, stretch } from "../../array/operations/operand.ts";
import { formatShape, sameShapes } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";

/** What becomes of the losses of single examples: their mean, their sum, or nothing. */
export type Reduction = "mean" | "sum" | "none";

/** Options of every loss. */
export interface LossOptions {
  /** `mean` unless said. */
  readonly reduction?: Reduction;
}

/** Applies a reduction. @throws NadirError `loss/reduction` */
export function reduce(losses: Tensor, { reduction = "mean" }: LossOptions): Tensor {
  switch (reduction) {
    case "mean":
      return losses.mean();
    case "sum":
      return losses.sum();
    case "none":
      return losses;
    default:
      throw new NadirError("loss/reduction", `reduction is ${String(reduction)}`, {
        expected: '"mean", "sum" or "none"',
      });
  }
}

/** What a model gives, as floats. @throws NadirError with `code` */
export function predictions(name: string, x: Operand, partner: Operand): Tensor {
  const value = lift(x, graphOf(name, x, partner));
  if (isFloat(value.dtype)) return value;
  throw new NadirError(`${name}/dtype`, `${name}: the predictions have dtype ${value.dtype}`, {
    expected: "f32 or f64",
    hint: "predictions come first, targets second",
  });
}

/**
 * Predictions and targets of one shape and dtype. A single number is a target for all.
 *
 * @throws NadirError `${name}/shape`, `${name}/dtype`: nothing broadcasts, since `[n, 1]` less `[n]` would
 *   silently compare everything with everything
 */
export function pair(name: string, x: Operand, y: Operand): readonly [Tensor, Tensor] {
  const value = predictions(name, x, y);
  const target = lift(y, value.graph, value.dtype);
  if (isFloat(target.dtype) && target.dtype !== value.dtype) {
    throw new NadirError(
      `${name}/dtype`,
      `${name}: predictions are ${value.dtype}, targets ${target.dtype}`,
      { expected: "one dtype", hint: `convert the targets with cast("${value.dtype}")` },
    );
  }
  if (target.shape.length > 0 && !sameShapes(value.shape, target.shape)) {
    throw new NadirError(
      `${name}/shape`,
      `${name}: predictions ${formatShape(value.shape)} for targets ${formatShape(target.shape)}`,
      {
        expected: "one shape",
        hint:
          value.size === target.size
            ? `reshape one of them: predictions.reshape(${formatShape(target.shape)})`
            : undefined,
      },
    );
  }
  return [value, stretch(convert(target, value.dtype), value.shape)];
}
