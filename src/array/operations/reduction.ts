import { isFloat } from "../dtype.ts";
import { requireSome } from "../primitives/reduction.ts";
import { normalizeAxes, normalizeAxis, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { abs, add, equal, exp, log, mul, neg, sqrt, square, sub, where } from "./elementwise.ts";
import { asFloat, convert, type Operand, tensor } from "./operand.ts";
import { reshape, slice } from "./shaping.ts";

/** One axis or several, negative counted from the back; all if left out. */
export type Axes = number | readonly number[];

/** Which axes to reduce, and whether to keep them with length 1. */
export interface ReduceOptions {
  /** What is reduced; negative axes count from the end. Default: all. */
  readonly axis?: Axes | undefined;
  /** Whether reduced axes stay, of length 1. Default false. */
  readonly keepDims?: boolean | undefined;
}

function reduce(
  op: "reduceSum" | "reduceMax",
  name: string,
  x: Operand,
  { axis, keepDims }: ReduceOptions,
): Tensor {
  const given = tensor(name, x);
  const value = given.dtype === "bool" ? convert(given, "i32") : given;
  const axes = normalizeAxes(name, axis, value.shape.length);
  if (op === "reduceMax") requireSome(name, value.shape, axes);
  const reduced = axes.length === 0 ? value : value.graph.record(op, [value], { axes });
  return keepDims
    ? reshape(
        reduced,
        value.shape.map((n, i) => (axes.includes(i) ? 1 : n)),
      )
    : reduced;
}

/** Sum. Booleans count as 0 and 1. */
export const sum = (x: Operand, options: ReduceOptions = {}): Tensor =>
  reduce("reduceSum", "sum", x, options);

/** Largest element. @throws NadirError `max/empty` */
export const max = (x: Operand, options: ReduceOptions = {}): Tensor =>
  reduce("reduceMax", "max", x, options);

/** Smallest element. @throws NadirError `max/empty` */
export const min = (x: Operand, options: ReduceOptions = {}): Tensor =>
  neg(reduce("reduceMax", "min", neg(x), options));

/** Arithmetic mean, as a float. */
export function mean(x: Operand, options: ReduceOptions = {}): Tensor {
  const value = asFloat(tensor("mean", x));
  const count = sizeOf(
    normalizeAxes("mean", options.axis, value.shape.length).map((axis) => value.shape[axis]!),
  );
  return mul(sum(value, options), 1 / count);
}

/** Mean squared distance from the mean: the biased variance, or with `correction: 1` the unbiased one. */
export const variance = (x: Operand, options: VarianceOptions = {}): Tensor =>
  varianceOf("variance", x, options);

/** Which axes, and how many degrees of freedom are taken off the count: none unless said. */
export type VarianceOptions = ReduceOptions & { readonly correction?: number };

function varianceOf(operation: string, x: Operand, options: VarianceOptions): Tensor {
  const value = asFloat(tensor(operation, x));
  const axes = normalizeAxes(operation, options.axis, value.shape.length);
  const count = sizeOf(axes.map((axis) => value.shape[axis]!));
  const centred = sub(value, mean(value, { axis: axes, keepDims: true }));
  return mul(sum(square(centred), options), 1 / (count - (options.correction ?? 0)));
}

/** Square root of the variance. */
export const std = (x: Operand, options: VarianceOptions = {}): Tensor =>
  sqrt(varianceOf("std", x, options));

/** Product of the elements along one axis (of all, if none is given), by halves, so that zeros have right derivatives. */
export function prod(x: Operand, options: { readonly axis?: number } = {}): Tensor {
  const given = tensor("prod", x);
  let value = given.dtype === "bool" ? convert(given, "i32") : given;
  if (options.axis === undefined) value = reshape(value, [value.size]);
  const axis = normalizeAxis("prod", options.axis ?? 0, value.shape.length);
  const part = (from: number, to: number): Tensor =>
    slice(value, ...value.shape.map((_, i) => (i === axis ? ([from, to] as const) : null)));
  while (value.shape[axis]! > 1) {
    const length = value.shape[axis]!;
    const half = length >> 1;
    const product = mul(part(0, half), part(half, 2 * half));
    if (length % 2 === 0) value = product;
    else {
      const last = part(length - 1, length);
      value = product.graph.record("concat", [product, last], { axis });
    }
  }
  if (value.shape[axis] === 0)
    value = value.graph.full(
      value.shape.map((n, i) => (i === axis ? 1 : n)),
      1,
      value.dtype,
    );
  return reshape(
    value,
    value.shape.filter((_, i) => i !== axis),
  );
}

/** log Σ eˣ, without overflow. */
export function logSumExp(x: Operand, options: ReduceOptions = {}): Tensor {
  const value = asFloat(tensor("logSumExp", x));
  const axes = normalizeAxes("logSumExp", options.axis, value.shape.length);
  const top = value.graph.record("stopGradient", [max(value, { axis: axes, keepDims: true })], {});
  // Rows of −∞ alone have no finite shift; theirs is 0 and their result −∞.
  const shift = where(equal(abs(top), Number.POSITIVE_INFINITY), 0, top);
  const total = log(sum(exp(sub(value, shift)), { axis: axes, keepDims: true }));
  const result = add(total, shift);
  return options.keepDims
    ? result
    : reshape(
        result,
        value.shape.filter((_, axis) => !axes.includes(axis)),
      );
}

/** Position of the largest element along an axis (of the flat array if none is given), the first of equals; `i32`. */
export const argMax = (x: Operand, axis?: number): Tensor =>
  largest("argMax", tensor("argMax", x), axis);

/** Position of the smallest element along an axis (of the flat array if none is given), the first of equals; `i32`. */
export const argMin = (x: Operand, axis?: number): Tensor => largest("argMin", neg(x), axis);

function largest(operation: string, x: Tensor, axis: number | undefined): Tensor {
  const flat = axis === undefined ? reshape(x, [x.size]) : x;
  const at = normalizeAxis(operation, axis ?? 0, flat.shape.length);
  requireSome(operation, flat.shape, [at]);
  return flat.graph.record("argMax", [flat], { axis: at });
}

/** Euclidean length, √Σx². Its derivative at 0 is undefined. */
export const norm = (x: Operand, options: ReduceOptions = {}): Tensor =>
  sqrt(reduce("reduceSum", "norm", square(x), options));

/** x − log Σ eˣ along an axis, the last unless said. */
export const logSoftmax = (x: Operand, axis = -1): Tensor => logSoftmaxOf("logSoftmax", x, axis);

function logSoftmaxOf(operation: string, x: Operand, axis: number): Tensor {
  const value = asFloat(tensor(operation, x));
  const at = normalizeAxis(operation, axis, value.shape.length);
  if (at === value.shape.length - 1) return value.graph.record("logSoftmax", [value], {});
  const order = value.shape.map((_, i) => i);
  order.push(...order.splice(at, 1));
  const moved = value.graph.record("transpose", [value], { order });
  const inverse = order.map((_, i) => order.indexOf(i));
  return value.graph.record("transpose", [value.graph.record("logSoftmax", [moved], {})], {
    order: inverse,
  });
}

/** eˣ / Σ eˣ along an axis, the last unless said. */
export const softmax = (x: Operand, axis = -1): Tensor => exp(logSoftmaxOf("softmax", x, axis));

/** Running sums along an axis. */
export function cumSum(x: Operand, axis = 0, options: { readonly reverse?: boolean } = {}): Tensor {
  const value = tensor("cumSum", x);
  const at = normalizeAxis("cumSum", axis, value.shape.length);
  const summable = isFloat(value.dtype) || value.dtype === "i32" ? value : convert(value, "i32");
  return summable.graph.record("cumSum", [summable], {
    axis: at,
    reverse: options.reverse ?? false,
  });
}
