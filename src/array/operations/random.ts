import { NadirError } from "../../base/errors.ts";
import { isFloat } from "../dtype.ts";
import { currentGraph, isTensor } from "../graph.ts";
import { NDArray } from "../ndarray.ts";
import { formatShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add, cos, less, log, mul, neg, sqrt, sub } from "./elementwise.ts";
import { argSort } from "./indexing.ts";
import { asFloat, isWhole, lift, type Operand, tensor } from "./operand.ts";
import { argMax } from "./reduction.ts";

/**
 * The seed of random draws: `i32`, shape `[2]`. A key gives the same numbers each time it is used, so
 * take a new one for each draw with `split` or `foldIn`.
 */
export type Key = Tensor;

/** A key from a whole number, as plain data: what programs take as input. */
export function keyData(seed: number): NDArray {
  if (!Number.isSafeInteger(seed)) {
    throw new NadirError("random/seed", `seed is ${String(seed)}`, { expected: "a whole number" });
  }
  return new NDArray(new Int32Array([Math.floor(seed / 2 ** 32) | 0, seed | 0]), [2], "i32");
}

/** A key from a whole number. @throws NadirError `random/seed` */
export const key = (seed: number): Key => currentGraph("key").constant(keyData(seed));

/** @throws NadirError `${operation}/key` for anything but two integers */
function requireKey(operation: string, { dtype, shape }: Key): void {
  if (dtype === "i32" && shape.length === 1 && shape[0] === 2) return;
  throw new NadirError(
    `${operation}/key`,
    `${operation}: the key has dtype ${dtype} and shape ${formatShape(shape)}`,
    { expected: "i32 and [2]", hint: "make one with key(seed), splitKey or foldIn" },
  );
}

/**
 * A new key for each whole number, independent of the others: a step, a layer's place, an index.
 *
 * @throws NadirError `foldIn/datum` for anything but one integer
 */
export function foldIn(from: Key, datum: Operand): Key {
  requireKey("foldIn", from);
  const number = typeof datum === "number";
  const value = number && !isWhole(datum) ? undefined : lift(datum, from.graph, "i32");
  if (value?.dtype === "i32" && value.size === 1)
    return from.graph.ops.foldIn(from, from.graph.ops.reshape(value, { shape: [] }));
  const what = number
    ? datum
    : `of dtype ${value?.dtype} and shape ${formatShape(value?.shape ?? [])}`;
  throw new NadirError("foldIn/datum", `foldIn: the datum is ${what}`, {
    expected: "one whole number (i32)",
  });
}

/** `count` new keys, independent of each other. */
export const splitKey = (from: Key, count = 2): Key[] =>
  Array.from({ length: count }, (_, i) => foldIn(from, i));

/** Limits and dtype of uniform draws. */
export interface UniformOptions {
  /** The least number that may be drawn. Default 0. */
  readonly low?: number;
  /** Above all that are drawn. Default 1. */
  readonly high?: number;
  /** Default: the float type of the traced function. */
  readonly dtype?: "f32" | "f64";
}

/** Uniform draws in [low, high), [0, 1) unless said. @throws NadirError `uniform/key` for what is no key */
export function uniform(
  from: Key,
  shape: Shape,
  { low = 0, high = 1, dtype }: UniformOptions = {},
): Tensor {
  requireKey("uniform", from);
  const draws = from.graph.ops.randomUniform(from, { shape, dtype: dtype ?? from.graph.floatType });
  return add(mul(draws, high - low), low);
}

/**
 * Normal draws with mean 0 and variance 1.
 *
 * @see Box & Muller (1958), A note on the generation of random normal deviates
 */
export function normal(
  from: Key,
  shape: Shape,
  { dtype }: { readonly dtype?: "f32" | "f64" } = {},
): Tensor {
  const options = dtype === undefined ? {} : { dtype };
  // 1 − u lies in (0, 1], where the logarithm is finite.
  const radius = sqrt(mul(log(sub(1, uniform(foldIn(from, 0), shape, options))), -2));
  return mul(radius, cos(mul(uniform(foldIn(from, 1), shape, options), 2 * Math.PI)));
}

/** Draws that are true with probability p, as `bool`. */
export function bernoulli(from: Key, p: Operand, shape: Shape): Tensor {
  const dtype = isTensor(p) && isFloat(p.dtype) ? p.dtype : "f32";
  return less(uniform(from, shape, { dtype }), p);
}

/**
 * One class for each row of logits, with the probabilities softmax(logits): `i32` `[...rows]` from `[...rows, classes]`.
 *
 * @see Gumbel (1954): the largest of logits less log(−log u) is such a draw
 */
export function categorical(from: Key, logits: Operand): Tensor {
  const scores = asFloat(tensor("categorical", logits));
  const dtype = scores.dtype === "f32" ? "f32" : "f64";
  // 1 − u lies in (0, 1], and so does its exponential draw, but for 0, of which the logarithm is −∞: that class wins.
  const draws = neg(log(sub(1, uniform(from, scores.shape, { dtype }))));
  return argMax(sub(scores, log(draws)), scores.shape.length - 1);
}

/** The numbers 0 … count − 1 in random order, `i32`. */
export const permutation = (from: Key, count: number): Tensor =>
  argSort(uniform(from, [count], { dtype: "f64" }));

/** Draws from the standard exponential distribution. */
export const exponential = (from: Key, shape: Shape): Tensor =>
  neg(log(sub(1, uniform(from, shape))));
