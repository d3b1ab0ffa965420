import { lift, type Operand } from "../array/operations/operand.ts";
import { argMax } from "../array/operations/reduction.ts";
import { formatShape, sameShapes } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import { NadirError } from "../base/errors.ts";
import { predictions } from "./losses/reduction.ts";

/**
 * The part of examples whose largest score is that of their own class, in [0, 1]. Of equal scores
 * the first counts. Constant to derivatives.
 *
 * @param scores - `[...batch, classes]`, logits or probabilities
 * @param labels - `i32` `[...batch]`, or one-hot rows `[...batch, classes]`
 * @throws NadirError `accuracy/shape`
 */
export function accuracy(scores: Operand, labels: Operand): Tensor {
  const z = predictions("accuracy", scores, labels);
  const given = lift(labels, z.graph, "i32");
  const rows = z.shape.slice(0, -1);
  const known = sameShapes(given.shape, rows);
  if (z.shape.length === 0 || !(known || sameShapes(given.shape, z.shape))) {
    throw new NadirError(
      "accuracy/shape",
      `accuracy: scores ${formatShape(z.shape)} for labels ${formatShape(given.shape)}`,
      {
        expected: `labels ${formatShape(rows)}, one class each`,
        hint: "for one score an example, use binaryAccuracy",
      },
    );
  }
  return argMax(z, -1)
    .equal(known ? given : argMax(given, -1))
    .cast(z.dtype)
    .mean();
}

/**
 * The part of examples whose score has the right sign, in [0, 1]; a score of 0 counts as negative.
 *
 * @param scores - logits of any shape
 * @param labels - the same shape: positive for one class, 0 or negative for the other
 * @throws NadirError `binaryAccuracy/shape`
 */
export function binaryAccuracy(scores: Operand, labels: Operand): Tensor {
  const z = predictions("binaryAccuracy", scores, labels);
  const given = lift(labels, z.graph, z.dtype);
  if (!sameShapes(given.shape, z.shape)) {
    throw new NadirError(
      "binaryAccuracy/shape",
      `binaryAccuracy: scores ${formatShape(z.shape)} for labels ${formatShape(given.shape)}`,
      { expected: "one shape" },
    );
  }
  return z.greater(0).equal(given.greater(0)).cast(z.dtype).mean();
}
