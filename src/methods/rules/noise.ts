import { sqrt, square } from "../../array/operations/elementwise.ts";
import { foldIn, type Key, normal, uniform } from "../../array/operations/random.ts";
import { sum } from "../../array/operations/reduction.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, tensorsOf } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { sumOver, times } from "./leaves.ts";

/** Independent standard normal draws, like a tree. */
export function normalLike(key: Key, tree: Tree<Tensor>): Tree<Tensor> {
  let place = 0;
  return mapTree((leaf) => {
    const dtype = leaf.dtype === "f32" ? "f32" : "f64"; // params are floats
    return normal(foldIn(key, place++), leaf.shape, { dtype });
  }, tree);
}

/**
 * A draw uniform in the ball of radius 1 over all leaves together: a uniform direction, and a
 * distance U^(1/d) whose distribution is that of the ball's volume.
 */
export function ballLike(key: Key, tree: Tree<Tensor>): Tree<Tensor> {
  const draws = normalLike(foldIn(key, 0), tree);
  const dimension = tensorsOf(tree).reduce((d, { size }) => d + size, 0);
  const length = sqrt(sumOver((leaf) => sum(square(leaf)), draws));
  const distance = uniform(foldIn(key, 1), []).pow(1 / dimension);
  return mapTree((leaf) => times(leaf, distance.div(length)), draws);
}
