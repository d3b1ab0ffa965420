import type { Rewrite } from "../lower.ts";

const largestFloat = 3.4028234663852886e38;

/**
 * step(relu(x)), the derivative of a relu, as one `HardSigmoid`, clip(α·y, 0, 1), with α the largest float:
 * that is 0 at 0 and 1 from the smallest normal number on. It takes half the time of a comparison and a
 * cast. Where y is below the smallest normal number, 1.2e-38, the derivative comes out between 0 and 1;
 * where it is NaN, NaN.
 */
export const reluStep: Rewrite = (node, lowering) => {
  const x = node.inputs[0];
  if (node.op !== "step" || node.dtype !== "f32" || x?.op !== "relu") return undefined;
  const attributes = { alpha: { float: largestFloat }, beta: { float: 0 } };
  if (lowering.isLast(x))
    return { last: lowering.node("HardSigmoid", [lowering.last(x)], attributes) };
  return { first: lowering.node("HardSigmoid", [lowering.whole(x)], attributes) };
};
