import { activeGraph, isTensor } from "../array/graph.ts";
import { programKey } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Tree } from "../array/tree.ts";
import * as core from "../autodiff/grad.ts";
import * as whole from "../autodiff/jacobian.ts";
import { flattenArguments, type Traced } from "../autodiff/variables.ts";
import { vmap as vectorize } from "../autodiff/vmap.ts";
import { NadirError } from "../base/errors.ts";
import { type Concrete, call, type Given, readArguments, traceCall } from "./jit.ts";
import { compileKernel, type Kernel } from "./js/compile.ts";

/** A function of tensors that may be called with arrays as well. */
export interface Derivative<A extends readonly unknown[], R> {
  /** With arrays: computed at once. */
  (...args: Given<A>): Concrete<R>;
  /** With tensors, inside a traced function: recorded there. */
  (...args: A): R;
}

/** What comes of a tree: tensors from tensors, `NDArray`s from arrays. */
export type Evaluated<X, R> = X extends Tree<Tensor> ? R : Concrete<R>;

// Each call traces the function again, so that nothing it reads from outside is stale, and compiles
// only programs it has not met.
const kernels = new Map<string, Kernel>();
const kernelLimit = 256;

/** Evaluates a function of tensors on arrays, now. Plain numbers are read as f64. */
function evaluate<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  args: readonly unknown[],
): Concrete<R> {
  const { arrays, structure } = readArguments(args, "f64");
  const { program, result } = traceCall(f, arrays, structure);
  const key = programKey(program);
  const kernel = kernels.get(key) ?? compileKernel(program);
  kernels.delete(key);
  kernels.set(key, kernel);
  if (kernels.size > kernelLimit) kernels.delete(kernels.keys().next().value ?? "");
  const compiled = { kernel, outputs: program.outputs, structure: result };
  return call(compiled, arrays) as Concrete<R>; // the structure is that of what f returned
}

/**
 * Are these arrays, to be computed with now, rather than tensors to record?
 *
 * @throws NadirError `${operation}/arrays` inside a traced function, whose result would be no array
 */
function areArrays(operation: string, args: readonly unknown[]): boolean {
  if (flattenArguments(args).leaves.some(isTensor)) return false;
  if (activeGraph() === undefined) return true;
  throw new NadirError(
    `${operation}/arrays`,
    `${operation}: called with numbers inside a traced function`,
    { expected: "tensors", hint: `make them one: ${operation}(f)(array([1, 2]))` },
  );
}

const onBoth = <A extends readonly unknown[], R>(
  operation: string,
  f: (...args: A) => R,
): Derivative<A, R> =>
  // The two signatures differ in what they are given, and areArrays tells which it is.
  ((...args: A) => (areArrays(operation, args) ? evaluate(f, args) : f(...args))) as Derivative<
    A,
    R
  >;

/**
 * The gradient of f with respect to its first argument: a tree of the same structure and shapes.
 * Called with arrays it answers at once; `jit(grad(f))` is faster where it is called often.
 *
 * @throws NadirError `grad/scalar` unless f returns one float, `grad/dtype` for integers
 */
export const grad = <P, R extends readonly unknown[]>(
  f: core.ScalarFunction<P, R>,
): Derivative<[P, ...R], P> => onBoth<[P, ...R], P>("grad", core.grad(f));

/**
 * f and its gradient with respect to the first argument, from one forward and one backward sweep.
 *
 * @throws NadirError as `grad`
 */
export const valueAndGrad = <P, R extends readonly unknown[]>(
  f: core.ScalarFunction<P, R>,
): Derivative<[P, ...R], core.ValueAndGradient<P>> =>
  onBoth<[P, ...R], core.ValueAndGradient<P>>("valueAndGrad", core.valueAndGrad(f));

/**
 * All first derivatives of f: for each leaf of the result, a tree like x whose leaves have shape
 * `[...result, ...argument]`.
 */
export const jacobian = <P, Q>(f: (x: P) => Q): Derivative<[P], whole.Jacobian<Q, P>> =>
  onBoth<[P], whole.Jacobian<Q, P>>("jacobian", whole.jacobian(f));

/** All second derivatives of a scalar function: `[...x, ...x]` for an array x. */
export const hessian = <P>(f: (x: P) => Tensor): Derivative<[P], whole.Jacobian<P, P>> =>
  onBoth<[P], whole.Jacobian<P, P>>("hessian", whole.hessian(f));

/** The function applied along the first axis of every leaf of its arguments, as one computation. */
export const vmap = <A extends readonly unknown[], Q>(f: (...args: A) => Q): Derivative<A, Q> =>
  onBoth<A, Q>("vmap", vectorize(f));

/** Reverse mode: f(x), and the function from a cotangent of the result to one of x. */
export function vjp<X, Q>(
  f: (x: Traced<X>) => Q,
  x: X,
): {
  readonly value: Evaluated<X, Q>;
  readonly pull: (cotangent: Evaluated<X, Q> | Given<Q>) => Evaluated<X, Traced<X>>;
} {
  type Result = ReturnType<typeof vjp<X, Q>>;
  if (!areArrays("vjp", [x])) return core.vjp(f, x as Traced<X>) as Result; // tensors are their own trace
  const pull = (at: Traced<X>, cotangent: Q): Traced<X> => core.vjp(f, at).pull(cotangent);
  return {
    value: evaluate(f, [x]),
    pull: (cotangent: unknown) => evaluate(pull, [x, cotangent]),
  } as Result;
}

/** Forward mode: f(x) and the derivative of f at x along `tangent`. */
export function jvp<X, Q>(
  f: (x: Traced<X>) => Q,
  x: X,
  tangent: X,
): Evaluated<X, { readonly value: Q; readonly tangent: Q }> {
  return onBoth("jvp", (at: Traced<X>, along: Traced<X>) => core.jvp(f, at, along))(
    x as Traced<X>,
    tangent as Traced<X>,
  ) as Evaluated<X, { value: Q; tangent: Q }>;
}

/** The Hessian of f at x times a direction, for about the price of two gradients. */
export function hvp<X>(f: (x: Traced<X>) => Tensor, x: X, direction: X): Evaluated<X, Traced<X>> {
  return onBoth("hvp", (at: Traced<X>, along: Traced<X>) => core.hvp(f, at, along))(
    x as Traced<X>,
    direction as Traced<X>,
  ) as Evaluated<X, Traced<X>>;
}

/**
 * The Gauss–Newton matrix times a direction, Jᵀ·H·J·v, with J the derivative of `model` at x and H the
 * Hessian of `loss` at the model's output. Positive semidefinite where the loss is convex.
 *
 * @see Schraudolph (2002), Fast curvature matrix-vector products for second-order gradient descent
 */
export function gnvp<X, Q>(
  model: (x: Traced<X>) => Q,
  loss: (output: Q) => Tensor,
  x: X,
  direction: X,
): Evaluated<X, Traced<X>> {
  return onBoth("gnvp", (at: Traced<X>, along: Traced<X>) => core.gnvp(model, loss, at, along))(
    x as Traced<X>,
    direction as Traced<X>,
  ) as Evaluated<X, Traced<X>>;
}
