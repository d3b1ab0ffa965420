import { isTensor } from "../../array/graph.ts";
import { concat, reshape, slice } from "../../array/operations/shaping.ts";
import { sizeOf } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { flatten, type Tree, unflatten } from "../../array/tree.ts";
import { internal } from "../../base/errors.ts";
import { ownersOf } from "../paths.ts";
import type { Constraint } from "./constraint.ts";
import { type ConstraintOption, type HeldParams, holdParams, isConstraint } from "./held.ts";

/**
 * The nearest params of a constraint's set, traced into a training step: all tensors together for a bare constraint, each
 * by itself for one by path.
 *
 * @throws NadirError what `holdParams` throws
 */
export function projectTree(given: ConstraintOption, params: Tree<Tensor>): Tree<Tensor> {
  const { leaves, paths, structure } = flatten(params, isTensor, "params");
  holdParams(given, { shapes: leaves.map(({ shape }) => shape), paths }); // refuses what does not fit
  // `holdParams` has told the two forms apart.
  if (given.kind === "constraint") {
    const constraint = given as Constraint;
    if (leaves.length === 1)
      return unflatten(structure, [project(constraint, leaves[0]!, "params")]);
    const widest = leaves.some(({ dtype }) => dtype === "f64") ? "f64" : "f32";
    const flat = concat(leaves.map((leaf) => reshape(leaf.cast(widest), [leaf.size])));
    const inside = project(constraint, flat, "params");
    let offset = 0;
    const parts = leaves.map((leaf) => {
      const start = offset;
      offset += leaf.size;
      return reshape(slice(inside, [start, offset]), leaf.shape).cast(leaf.dtype);
    });
    return unflatten(structure, parts);
  }
  const byPath = given as Readonly<Record<string, Constraint>>;
  const owners = ownersOf("constraint", paths, Object.keys(byPath));
  const parts = leaves.map((leaf, i) => {
    const owner = owners[i];
    return owner === undefined ? leaf : project(byPath[owner]!, leaf, paths[i]!);
  });
  return unflatten(structure, parts);
}

function project(constraint: Constraint, x: Tensor, label: string): Tensor {
  const { traced } = constraint.within(x.shape, label);
  if (traced === undefined) throw internal(`${constraint.name} was traced without a formula`);
  return traced(x);
}

/** Whether the nearest point is a formula for each tensor that is held. */
export function isTraced(given: ConstraintOption, { shapes, paths }: HeldParams): boolean {
  if (isConstraint(given)) {
    const size = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
    const shape = shapes.length === 1 ? shapes[0]! : [size];
    return given.within(shape, "params").traced !== undefined;
  }
  const owners = ownersOf("constraint", paths, Object.keys(given));
  return shapes.every((shape, i) => {
    const owner = owners[i];
    return owner === undefined || given[owner]!.within(shape, paths[i]!).traced !== undefined;
  });
}
