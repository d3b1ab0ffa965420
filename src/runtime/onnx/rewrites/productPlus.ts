import type { DotAttrs } from "../../../array/primitives/dot.ts";
import { splat } from "../../../array/simplify.ts";
import type { Tensor } from "../../../array/tensor.ts";
import type { Lowering, Rewrite } from "../lower.ts";

/**
 * α·xy ± β·c, for matrices x and y, as one `Gemm`: a layer with its bias, and the updates of most rules:
 * v ← βv − α·xᵀd, w ← w − α·xᵀd. The sum of a small matrix's rows counts as a product with ones, so
 * biases are updated the same way. A node costs 0.6 µs, which is most of the price of a small step.
 */
export const productPlus: Rewrite = (node, lowering) => {
  if (node.op !== "add" && node.op !== "sub") return undefined;
  if (node.dtype !== "f32" && node.dtype !== "f64") return undefined;
  for (const at of [1, 0] as const) {
    const product = scaled(node.inputs[at]!, node.op === "sub" && at === 1 ? -1 : 1, lowering);
    const addend = scaled(node.inputs[1 - at]!, node.op === "sub" && at === 0 ? -1 : 1, lowering);
    if (!exact(product.factor, node) || !exact(addend.factor, node)) continue;
    if (!swallows(product.of, lowering)) continue;
    const attributes = { alpha: { float: product.factor }, beta: { float: addend.factor } };
    if (isMatrixProduct(product.of) && !lowering.swapped.has(product.of)) {
      if (lowering.shapeOf(addend.of).length > 2) continue;
      const { lhsContract, rhsContract } = attrsOf(product.of);
      const [x, y] = product.of.inputs.map((input) => lowering.whole(input));
      const first = lowering.node("Gemm", [x!, y!, lowering.small(addend.of)], {
        transA: lhsContract[0] === 0 ? 1 : 0,
        transB: rhsContract[0] === 1 ? 1 : 0,
        ...attributes,
      });
      return { first };
    }
    if (isSmallSumOfRows(product.of) && node.dtype === "f32") {
      const rows = product.of.inputs[0]!;
      const given = [lowering.ones([1, rows.shape[0]!]), lowering.whole(rows)];
      const row = lowering.node("Gemm", [...given, lowering.small(addend.of)], attributes);
      return { first: lowering.node("Reshape", [row, lowering.ints(node.shape)]) };
    }
  }
  return undefined;
};

interface Scaled {
  readonly of: Tensor;
  readonly factor: number;
}

/** Looks through a product with a number, if nobody else reads it. */
function scaled(x: Tensor, sign: 1 | -1, lowering: Lowering): Scaled {
  const factor = x.op === "mul" && swallows(x, lowering) ? splat(x.inputs[1]) : undefined;
  return factor === undefined
    ? { of: x, factor: sign }
    : { of: x.inputs[0]!, factor: sign * factor };
}

const swallows = (x: Tensor, lowering: Lowering): boolean =>
  lowering.usesOf(x) === 1 && !lowering.isWritten(x) && x.inputs.every(({ size }) => size > 0);

/** ONNX keeps these factors in single precision. */
const exact = (factor: number, { dtype }: Tensor): boolean =>
  dtype === "f32" || Math.fround(factor) === factor;

/** An operation's own attributes, which it was recorded with. */
const attrsOf = (x: Tensor): DotAttrs => x.attrs as object as DotAttrs;

const isMatrixProduct = (x: Tensor): boolean =>
  x.op === "dot" &&
  x.inputs.every(({ shape }) => shape.length === 2) &&
  attrsOf(x).lhsBatch.length === 0 &&
  attrsOf(x).lhsContract.length === 1;

// Beyond a few thousand elements the sum itself is what takes time, and Gemm is slow at one row.
const isSmallSumOfRows = (x: Tensor): boolean =>
  x.op === "reduceSum" &&
  x.inputs[0]!.shape.length === 2 &&
  x.inputs[0]!.size <= 8192 &&
  String(x.attrs["axes"]) === "0";
