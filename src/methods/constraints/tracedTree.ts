import { isTensor } from "../../array/graph.ts";
import { concat, reshape, slice } from "../../array/operations/shaping.ts";
import type { Tensor } from "../../array/tensor.ts";
import { flatten, type Tree, unflatten } from "../../array/tree.ts";
import { NadirError } from "../../base/errors.ts";
import { ownersOf } from "../paths.ts";
import type { Constraint } from "./constraint.ts";
import { type ConstraintOption, holdParams } from "./held.ts";

/**
 * The nearest params of a constraint's set, traced into a training step: all tensors together for a bare constraint, each
 * by itself for one by path.
 *
 * @throws NadirError `constraints/traced` for a set whose projection cannot be written in the array language; what
 *   `holdParams` throws
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
  if (traced !== undefined) return traced(x);
  throw new NadirError(
    "constraints/traced",
    `${constraint.name}: its projection is no formula, and cannot stand in a training step`,
    {
      expected: "box, nonnegative, linfBall, l1Ball, l2Ball, simplex, sphere, affine or halfspace",
      hint: "minimize(f, { constraint }) projects between its steps, and takes any set",
    },
  );
}
