import type { Tensor } from "../array/tensor.ts";
import { grad, pushforward } from "./grad.ts";
import { pullback } from "./pullback.ts";
import { close, findGraph, identify, open } from "./variables.ts";
import { vmap } from "./vmap.ts";

/** The identity matrix, its rows shaped like a value: `[size, ...shape]`. */
function basis(like: Tensor): Tensor {
  const { graph, size, shape, dtype } = like;
  const ops = graph.ops;
  const along = (axis: number): Tensor =>
    graph.record("iota", [], { shape: [size, size], axis, dtype: "i32" });
  return ops.reshape(ops.cast(ops.equal(along(0), along(1)), { dtype }), {
    shape: [size, ...shape],
  });
}

/** Type of a Jacobian: for each leaf of the result, a tree like the argument. */
export type Jacobian<Q, P> = Q extends Tensor ? P : { readonly [K in keyof Q]: Jacobian<Q[K], P> };

/**
 * All first derivatives of f: for each leaf of the result, a tree like x whose leaves have shape
 * `[...result, ...argument]`. Goes backward or forward, whichever needs fewer sweeps.
 */
export function jacobian<P, Q>(f: (x: P) => Q): (x: P) => Jacobian<Q, P> {
  return (x) => {
    const graph = findGraph("jacobian", [x]);
    const { tensors, structure } = open(x, graph, "x");
    const variables = identify(tensors);
    const result = open(f(close<P>(structure, variables)), graph, "the result");
    const ops = graph.ops;
    const [inSize, outSize] = [tensors, result.tensors].map((list) =>
      list.reduce((sum, { size }) => sum + size, 0),
    );
    const backward = outSize! <= inSize!;
    const rows = result.tensors.map((output) => {
      if (backward) {
        const pull = (cotangent: Tensor): readonly Tensor[] =>
          pullback([output], [cotangent], variables).map(
            (leaf, i) => leaf ?? graph.full(tensors[i]!.shape, 0, tensors[i]!.dtype),
          );
        const stacked = vmap(pull)(basis(output));
        const leaves = stacked.map((leaf, i) =>
          ops.reshape(leaf, { shape: [...output.shape, ...tensors[i]!.shape] }),
        );
        return close<P>(structure, leaves);
      }
      const leaves = variables.map((variable) => {
        const push = (tangent: Tensor): Tensor => pushforward([variable], [tangent], [output])[0]!;
        const columns = vmap(push)(basis(variable)); // [in, ...out]
        const order = [...output.shape.map((_, axis) => axis + 1), 0];
        return ops.reshape(ops.transpose(columns, { order }), {
          shape: [...output.shape, ...variable.shape],
        });
      });
      return close<P>(structure, leaves);
    });
    // One tree of the argument's type for each leaf of the result: the definition of Jacobian.
    return close<Jacobian<Q, P>>(result.structure, rows);
  };
}

/** All second derivatives of a scalar function: the Jacobian of its gradient, `[...x, ...x]` for an array x. */
export const hessian = <P>(f: (x: P) => Tensor): ((x: P) => Jacobian<P, P>) => jacobian(grad(f));
