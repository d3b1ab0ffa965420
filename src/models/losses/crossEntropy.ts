import { isFloat } from "../../array/dtype.ts";
import { customDerivative } from "../../array/operations/derivative.ts";
import { oneHot } from "../../array/operations/indexing.ts";
import { convert, graphOf, lift, type Operand } from "../../array/operations/operand.ts";
import { logSoftmax } from "../../array/operations/reduction.ts";
import { formatShape, sameShapes } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { type LossOptions, predictions, reduce } from "./reduction.ts";

/** How sure the targets are, and what becomes of the losses of single examples. */
export interface CrossEntropyOptions extends LossOptions {
  /** ε in [0, 1): the targets become (1 − ε)·target + ε / classes. 0 unless said. */
  readonly labelSmoothing?: number;
}

/**
 * −Σ tₖ log pₖ with p = softmax(logits), stable for logits of any size. Its gradient is p − t.
 *
 * @param logits - `[...batch, classes]`
 * @param labels - `i32` `[...batch]`, each a class from 0 to classes − 1 (one outside counts as no class);
 *   or `[...batch, classes]`: one-hot rows, or probabilities that add up to 1
 * @throws NadirError `crossEntropy/shape`, `crossEntropy/dtype`, `crossEntropy/label`, `crossEntropy/labelSmoothing`
 * @see Szegedy et al. (2016), Rethinking the inception architecture, §7 (label smoothing)
 */
export function crossEntropy(
  logits: Operand,
  labels: Operand,
  options: CrossEntropyOptions = {},
): Tensor {
  requireKnownOptions("crossEntropy", options, ["labelSmoothing", "reduction"]);
  const smoothing = requireInRange(
    "crossEntropy/labelSmoothing",
    options.labelSmoothing ?? 0,
    [0, 1],
  );
  const scores = predictions("crossEntropy", logits, labels);
  const { target, sumsToOne } = targets(scores, labels);
  const smooth =
    smoothing === 0 ? target : target.mul(1 - smoothing).add(smoothing / classesOf(scores));
  // Negated last, where it costs nothing: it joins the factor of the mean.
  return reduce((sumsToOne ? ofOneHot : ofAny)(scores, smooth), options).neg();
}

/**
 * Σ tₖ log pₖ of each row, with its derivative given: recorded that way the gradient takes three
 * operations (exp, sub, mul) instead of six, and can be differentiated again.
 */
const logLikelihood = (total: (t: Tensor) => Tensor | undefined) =>
  customDerivative(
    (z, t) => logSoftmax(z!).mul(t!).sum({ axis: -1 }),
    ([z, t], _value, cotangent) => {
      const logP = logSoftmax(z!);
      const sum = total(t!);
      const p = sum === undefined ? logP.exp() : logP.exp().mul(sum);
      return [p.sub(t!).mul(cotangent.neg().expandDims(-1)), logP.mul(cotangent.expandDims(-1))];
    },
  );

const ofOneHot = logLikelihood(() => undefined);
// Rows of targets may be weighted, or add up to something else by rounding: their sum counts.
const ofAny = logLikelihood((t) => t.sum({ axis: -1, keepDims: true }));

const classesOf = (scores: Tensor): number => scores.shape[scores.shape.length - 1]!;

/** Labels as rows of probabilities, in the dtype of the scores. */
function targets(
  scores: Tensor,
  labels: Operand,
): { readonly target: Tensor; readonly sumsToOne: boolean } {
  const { shape, dtype } = scores;
  const classes = shape[shape.length - 1];
  const given = lift(labels, graphOf("crossEntropy", scores), "i32");
  const rows = shape.slice(0, -1);
  if (classes !== undefined && sameShapes(given.shape, rows)) {
    if (given.dtype === "i32") {
      requireClasses(given, classes);
      return { target: oneHot(given, classes, dtype), sumsToOne: true };
    }
    throw new NadirError("crossEntropy/dtype", `crossEntropy: labels have dtype ${given.dtype}`, {
      expected: "whole numbers, i32",
      hint: 'give them as an Int32Array, or convert them with cast("i32")',
    });
  }
  if (classes === undefined || !sameShapes(given.shape, shape)) {
    throw new NadirError(
      "crossEntropy/shape",
      `crossEntropy: logits ${formatShape(shape)} for labels ${formatShape(given.shape)}`,
      {
        expected:
          classes === undefined
            ? "logits [...batch, classes]"
            : `labels ${formatShape(rows)}, one class each, or ${formatShape(shape)}, one row of probabilities each`,
      },
    );
  }
  const rowsOfTargets = lift(labels, scores.graph, dtype);
  if (isFloat(rowsOfTargets.dtype) && rowsOfTargets.dtype !== dtype) {
    throw new NadirError(
      "crossEntropy/dtype",
      `crossEntropy: logits are ${dtype}, labels ${rowsOfTargets.dtype}`,
      { expected: "one float dtype", hint: `convert the labels with cast("${dtype}")` },
    );
  }
  return { target: convert(rowsOfTargets, dtype), sumsToOne: false };
}

/** Labels known while tracing are checked; those of a data set are checked where it is given. */
function requireClasses(labels: Tensor, classes: number): void {
  if (labels.op !== "constant") return;
  const { value, data } = labels.attrs;
  const known = ArrayBuffer.isView(data) ? Array.from(data as Int32Array) : [Number(value)]; // i32 constants are stored as such
  const odd = known.find((label) => label < 0 || label >= classes);
  if (odd === undefined) return;
  throw new NadirError("crossEntropy/label", `crossEntropy: there is a label ${odd}`, {
    expected: `a class from 0 to ${classes - 1}`,
  });
}
