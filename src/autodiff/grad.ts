import { sum } from "../array/operations/reduction.ts";
import type { Tensor } from "../array/tensor.ts";
import { NadirError } from "../base/errors.ts";
import { pullback } from "./pullback.ts";
import { close, findGraph, identify, open, requireScalar } from "./variables.ts";

/** A scalar function of a tree of arrays, and of anything else. */
export type ScalarFunction<P, R extends readonly unknown[]> = (params: P, ...rest: R) => Tensor;

/** A value and its gradient, which is a tree like the params. */
export interface ValueAndGradient<P> {
  readonly value: Tensor;
  readonly gradient: P;
}

/**
 * f and its gradient with respect to the first argument, from one forward and one backward sweep.
 * Works on tensors inside a traced function; `jit` compiles it for arrays. May be nested to any order.
 *
 * @throws NadirError `grad/scalar` unless f returns one float
 */
export function valueAndGrad<P, R extends readonly unknown[]>(
  f: ScalarFunction<P, R>,
): (params: P, ...rest: R) => ValueAndGradient<P> {
  return (params, ...rest) => {
    const { value, gradient } = differentiate(
      params,
      (at) => ({ value: f(at, ...rest), aux: undefined }),
      "grad",
      rest,
    );
    return { value, gradient };
  };
}

/** The gradient of f with respect to its first argument: a tree of the same structure and shapes. */
export function grad<P, R extends readonly unknown[]>(
  f: ScalarFunction<P, R>,
): (params: P, ...rest: R) => P {
  const both = valueAndGrad(f);
  return (params, ...rest) => both(params, ...rest).gradient;
}

/** Value, gradient, and whatever else the function computed on the way. */
export function differentiate<P, A>(
  params: P,
  f: (params: P) => { readonly value: Tensor; readonly aux: A },
  operation = "grad",
  others: readonly unknown[] = [],
): { readonly value: Tensor; readonly gradient: P; readonly aux: A } {
  const graph = findGraph(operation, [params, others]);
  const { tensors, paths, structure } = open(params, graph, "params");
  tensors.forEach(({ dtype }, i) => {
    if (dtype === "f32" || dtype === "f64") return;
    throw new NadirError(
      `${operation}/dtype`,
      `${operation}: params${paths[i] === "" ? "" : `.${paths[i]}`} has dtype ${dtype}`,
      {
        expected: "f32 or f64: integers and booleans have no derivative",
      },
    );
  });
  const variables = identify(tensors);
  const { value: result, aux } = f(close<P>(structure, variables));
  const value = requireScalar(operation, result);
  const gradients = pullback([value], [graph.full([], 1, value.dtype)], variables);
  const leaves = gradients.map(
    (gradient, i) => gradient ?? graph.full(tensors[i]!.shape, 0, tensors[i]!.dtype),
  );
  return { value, gradient: close<P>(structure, leaves), aux };
}

/**
 * Reverse mode: f(x), and the function from a cotangent of the result to one of x. Trees go in and out.
 */
export function vjp<P, Q>(
  f: (x: P) => Q,
  x: P,
): { readonly value: Q; readonly pull: (cotangent: Q) => P } {
  const graph = findGraph("vjp", [x]);
  const { tensors, structure } = open(x, graph, "x");
  const variables = identify(tensors);
  const value = f(close<P>(structure, variables));
  const outputs = open(value, graph, "the result").tensors;
  return {
    value,
    pull: (cotangent) => {
      const given = matching("vjp", cotangent, outputs);
      const leaves = pullback(outputs, given, variables);
      return close<P>(
        structure,
        leaves.map((leaf, i) => leaf ?? graph.full(tensors[i]!.shape, 0, tensors[i]!.dtype)),
      );
    },
  };
}

/** Forward mode: f(x) and the derivative of f at x along `tangent`. Trees go in and out. */
export function jvp<P, Q>(
  f: (x: P) => Q,
  x: P,
  tangent: P,
): { readonly value: Q; readonly tangent: Q } {
  const graph = findGraph("jvp", [x, tangent]);
  const { tensors, structure } = open(x, graph, "x");
  const along = matching("jvp", tangent, tensors);
  const variables = identify(tensors);
  const value = f(close<P>(structure, variables));
  const result = open(value, graph, "the result");
  return {
    value,
    tangent: close<Q>(result.structure, pushforward(variables, along, result.tensors)),
  };
}

/**
 * Tangents of `outputs` from tangents of `variables`: reverse mode is linear in the cotangent, and the
 * transpose of a transpose is forward mode. The stand-ins for cotangents vanish from the result.
 */
export function pushforward(
  variables: readonly Tensor[],
  tangents: readonly Tensor[],
  outputs: readonly Tensor[],
): Tensor[] {
  const standIns = identify(
    outputs.map((output) => output.graph.full(output.shape, 0, output.dtype)),
  );
  const linear = pullback(outputs, standIns, variables);
  const reached = linear.flatMap((value, i) =>
    value === undefined ? [] : [{ value, tangent: tangents[i]! }],
  );
  const pushed = pullback(
    reached.map(({ value }) => value),
    reached.map(({ tangent }) => tangent),
    standIns,
  );
  return pushed.map(
    (value, i) => value ?? outputs[i]!.graph.full(outputs[i]!.shape, 0, outputs[i]!.dtype),
  );
}

/** The Hessian of f at x times a direction: the gradient of ⟨∇f(x), direction⟩. Trees go in and out. */
export function hvp<P>(f: (x: P) => Tensor, x: P, direction: P): P {
  return grad((at: P) => inner(grad(f)(at), direction))(x);
}

/**
 * The Gauss–Newton matrix times a direction, Jᵀ·H·J·v, with J the derivative of `model` at x and H the
 * Hessian of `loss` at the model's output. Positive semidefinite where the loss is convex.
 *
 * @see Schraudolph (2002), Fast curvature matrix-vector products for second-order gradient descent
 */
export function gnvp<P, Q>(model: (x: P) => Q, loss: (output: Q) => Tensor, x: P, direction: P): P {
  const { value, pull } = vjp(model, x);
  const { tangent } = jvp(model, x, direction);
  return pull(hvp(loss, value, tangent));
}

/** ⟨a, b⟩ over all leaves of two trees. */
export function inner<P>(a: P, b: P): Tensor {
  const graph = findGraph("inner", [a, b]);
  const left = open(a, graph, "a").tensors;
  const right = open(b, graph, "b").tensors;
  const products = left.map((leaf, i) => sum(leaf.mul(right[i]!)));
  return products.reduce((total, product) => total.add(product));
}

/** A tree's leaves, one for each of `like` and of the same shape; a single tensor may be a single leaf. */
function matching(operation: string, tree: unknown, like: readonly Tensor[]): readonly Tensor[] {
  const { tensors } = open(tree, like[0]!.graph, "the tree");
  const fits =
    tensors.length === like.length &&
    tensors.every((leaf, i) => leaf.shape.join() === like[i]!.shape.join());
  if (fits) return tensors;
  const shapes = (list: readonly Tensor[]): string =>
    list.map(({ shape }) => `[${shape.join(", ")}]`).join(", ");
  throw new NadirError(
    `${operation}/shape`,
    `${operation}: given leaves of shapes ${shapes(tensors)}`,
    {
      expected: `the structure it goes with: ${shapes(like)}`,
    },
  );
}
