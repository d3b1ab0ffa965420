import { internal } from "../base/errors.ts";
import { isTensor } from "./graph.ts";
import type { Tensor } from "./tensor.ts";
import { flatten, sameStructure, type Tree, unflatten } from "./tree.ts";

/** The tensors of a tree, in the order of its sorted keys. */
export const tensorsOf = (tree: unknown): readonly Tensor[] => flatten(tree, isTensor).leaves;

/** f applied to leaves at the same place of trees nested alike. */
export function mapTree(
  f: (...leaves: readonly Tensor[]) => Tensor,
  first: Tree<Tensor>,
  ...others: readonly Tree<Tensor>[]
): Tree<Tensor> {
  const { leaves, structure } = flatten(first, isTensor);
  const rest = others.map((tree) => flatten(tree, isTensor));
  if (rest.some((other) => !sameStructure(other.structure, structure)))
    throw internal("mapTree of trees that are nested differently");
  return unflatten(
    structure,
    leaves.map((leaf, i) => f(leaf, ...rest.map((other) => other.leaves[i]!))),
  );
}

/** Zeros of the same structure, shapes and dtypes. */
export const zerosLike = (tree: Tree<Tensor>): Tree<Tensor> =>
  mapTree((leaf) => leaf.graph.full(leaf.shape, 0, leaf.dtype), tree);
