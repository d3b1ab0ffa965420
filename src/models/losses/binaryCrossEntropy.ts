import { customDerivative } from "../../array/operations/derivative.ts";
import type { Operand } from "../../array/operations/operand.ts";
import type { Tensor } from "../../array/tensor.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { type LossOptions, pair, reduce } from "./reduction.ts";

/**
 * −t log p − (1 − t) log(1 − p) with p = sigmoid(logits), stable for logits of any size. Its gradient
 * is p − t.
 *
 * @param logits - any shape
 * @param targets - the same shape: 0 or 1, or probabilities
 * @throws NadirError `binaryCrossEntropy/shape`, `binaryCrossEntropy/dtype`
 */
export function binaryCrossEntropy(
  logits: Operand,
  targets: Operand,
  options: LossOptions = {},
): Tensor {
  requireKnownOptions("binaryCrossEntropy", options, ["reduction"]);
  const [z, t] = pair("binaryCrossEntropy", logits, targets);
  return reduce(perElement(z, t), options);
}

const perElement = customDerivative(
  (z, t) => z!.softplus().sub(z!.mul(t!)),
  ([z, t], _loss, cotangent) => [z!.sigmoid().sub(t!).mul(cotangent), z!.mul(cotangent).neg()],
);
