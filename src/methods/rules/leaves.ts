import { currentGraph } from "../../array/graph.ts";
import { abs, maximum, mul, sqrt, square } from "../../array/operations/elementwise.ts";
import { max, sum } from "../../array/operations/reduction.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, tensorsOf } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";

/**
 * f applied to leaves at the same place of trees nested alike, where f gives several tensors: a tree
 * of each.
 */
export function mapTrees<K extends string>(
  f: (...leaves: readonly Tensor[]) => Readonly<Record<K, Tensor>>,
  first: Tree<Tensor>,
  ...others: readonly Tree<Tensor>[]
): Readonly<Record<K, Tree<Tensor>>> {
  const results: Readonly<Record<K, Tensor>>[] = [];
  mapTree(
    (...leaves) => {
      results.push(f(...leaves));
      return leaves[0]!;
    },
    first,
    ...others,
  );
  const names = Object.keys(results[0] ?? {}) as K[]; // f gives just these
  const trees = names.map((name) => {
    let next = 0;
    return [name, mapTree(() => results[next++]![name], first)] as const;
  });
  return Object.fromEntries(trees) as Record<K, Tree<Tensor>>; // one entry for each of f's names
}

/** A scalar in the dtype of the leaf it is to meet: a tree may hold f32 and f64. */
export const like = (scalar: Tensor, leaf: Tensor): Tensor => scalar.cast(leaf.dtype);

/** leaf · scalar. */
export const times = (leaf: Tensor, scalar: Tensor): Tensor => mul(leaf, like(scalar, leaf));

/** A scalar of the trace's float dtype. */
export function scalar(value: number): Tensor {
  const graph = currentGraph("rule");
  return graph.full([], value, graph.floatType);
}

/** Σ of a scalar of each leaf, in the trace's float dtype. */
export function sumOver(f: (leaf: Tensor) => Tensor, tree: Tree<Tensor>): Tensor {
  return tensorsOf(tree)
    .map((leaf) => f(leaf).cast(leaf.graph.floatType))
    .reduce((total, part) => total.add(part));
}

/** Which norm: Σ|x|, √Σx², or max|x|. */
export type NormOrder = 1 | 2 | typeof Number.POSITIVE_INFINITY;

/** The norm of all leaves together, as one vector. */
export function normOver(tree: Tree<Tensor>, order: NormOrder = 2): Tensor {
  if (order === 1) return sumOver((leaf) => sum(abs(leaf)), tree);
  if (order === 2) return sqrt(sumOver((leaf) => sum(square(leaf)), tree));
  return tensorsOf(tree)
    .map((leaf) => max(abs(leaf)).cast(leaf.graph.floatType))
    .reduce((largest, part) => maximum(largest, part));
}
