import type { DotAttrs } from "../../../array/primitives/dot.ts";
import type { Rewrite } from "../lower.ts";

/**
 * xy as (yᵀxᵀ)ᵀ, for products that would else not give the same bits on any number of threads
 * (`sameBits.ts`); for one column that is no more than another view. The reshapes keep ONNX Runtime from undoing it.
 */
export const swappedProducts: Rewrite = (node, lowering) => {
  if (!lowering.swapped.has(node)) return undefined;
  const [m, n] = node.shape;
  const [x, y] = node.inputs.map((input) => lowering.whole(input));
  const { lhsContract, rhsContract } = node.attrs as object as DotAttrs; // only products are marked
  const columns = lowering.node("Gemm", [y!, x!], {
    transA: rhsContract[0] === 0 ? 1 : 0,
    transB: lhsContract[0] === 1 ? 1 : 0,
  });
  if (n === 1) return { first: lowering.node("Reshape", [columns, lowering.ints([m!, 1])]) };
  const apart = lowering.node("Reshape", [columns, lowering.ints([n!, 1, m!])]);
  const rows = lowering.node("Transpose", [apart], { perm: [2, 1, 0] });
  return { first: lowering.node("Reshape", [rows, lowering.ints([m!, n!])]) };
};
