import type { DType } from "./dtype.ts";
import { Graph, Value } from "./graph.ts";
import { matmul } from "./operations/contraction.ts";
import * as e from "./operations/elementwise.ts";
import { take } from "./operations/indexing.ts";
import type { Operand } from "./operations/operand.ts";
import * as r from "./operations/reduction.ts";
import * as s from "./operations/shaping.ts";
import type { Shape } from "./shape.ts";

/**
 * A symbolic array inside a traced function: a static shape and dtype, and the operation that makes
 * it. Methods record operations and change nothing. Numbers, nested numbers and typed arrays may
 * stand wherever another tensor may; binary operations broadcast as in NumPy.
 */
export class Tensor extends Value {
  /** The parts along the first axis, so that `([x, y]) => …` takes a vector apart. */
  *[Symbol.iterator](): Generator<Tensor, void> {
    // The first part of a scalar does not exist, and `at` says so.
    const length = this.shape[0] ?? 1;
    for (let i = 0; i < length; i++) yield s.at(this, i);
  }
  /** Elementwise sum. */
  add(other: Operand): Tensor {
    return e.add(this, other);
  }
  /** Elementwise difference. */
  sub(other: Operand): Tensor {
    return e.sub(this, other);
  }
  /** Elementwise product. */
  mul(other: Operand): Tensor {
    return e.mul(this, other);
  }
  /** Elementwise quotient. */
  div(other: Operand): Tensor {
    return e.div(this, other);
  }
  /** Elementwise power. */
  pow(exponent: Operand): Tensor {
    return e.pow(this, exponent);
  }
  /** Elementwise larger of two. */
  maximum(other: Operand): Tensor {
    return e.maximum(this, other);
  }
  /** Elementwise smaller of two. */
  minimum(other: Operand): Tensor {
    return e.minimum(this, other);
  }
  /** −x. */
  neg(): Tensor {
    return e.neg(this);
  }
  /** |x|. */
  abs(): Tensor {
    return e.abs(this);
  }
  /** −1, 0 or 1. */
  sign(): Tensor {
    return e.sign(this);
  }
  /** eˣ. */
  exp(): Tensor {
    return e.exp(this);
  }
  /** eˣ − 1. */
  expm1(): Tensor {
    return e.expm1(this);
  }
  /** Natural logarithm. */
  log(): Tensor {
    return e.log(this);
  }
  /** log(1 + x). */
  log1p(): Tensor {
    return e.log1p(this);
  }
  /** √x. */
  sqrt(): Tensor {
    return e.sqrt(this);
  }
  /** x². */
  square(): Tensor {
    return e.square(this);
  }
  /** 1/x. */
  reciprocal(): Tensor {
    return e.reciprocal(this);
  }
  /** Sine of radians. */
  sin(): Tensor {
    return e.sin(this);
  }
  /** Cosine of radians. */
  cos(): Tensor {
    return e.cos(this);
  }
  /** Tangent of radians. */
  tan(): Tensor {
    return e.tan(this);
  }
  /** Arctangent. */
  atan(): Tensor {
    return e.atan(this);
  }
  /** Hyperbolic tangent. */
  tanh(): Tensor {
    return e.tanh(this);
  }
  /** 1/(1 + e⁻ˣ). */
  sigmoid(): Tensor {
    return e.sigmoid(this);
  }
  /** log(1 + eˣ). */
  softplus(): Tensor {
    return e.softplus(this);
  }
  /** Error function. */
  erf(): Tensor {
    return e.erf(this);
  }
  /** max(x, 0). */
  relu(): Tensor {
    return e.relu(this);
  }
  /** Nearest value in [low, high]. */
  clip(low?: Operand, high?: Operand): Tensor {
    return e.clip(this, low, high);
  }
  /** Largest whole number not above. */
  floor(): Tensor {
    return e.floor(this);
  }
  /** Smallest whole number not below. */
  ceil(): Tensor {
    return e.ceil(this);
  }
  /** Nearest whole number, halves to even. */
  round(): Tensor {
    return e.round(this);
  }
  /** Elementwise =. */
  equal(other: Operand): Tensor {
    return e.equal(this, other);
  }
  /** Elementwise ≠. */
  notEqual(other: Operand): Tensor {
    return e.notEqual(this, other);
  }
  /** Elementwise <. */
  less(other: Operand): Tensor {
    return e.less(this, other);
  }
  /** Elementwise ≤. */
  lessEqual(other: Operand): Tensor {
    return e.lessEqual(this, other);
  }
  /** Elementwise >. */
  greater(other: Operand): Tensor {
    return e.greater(this, other);
  }
  /** Elementwise ≥. */
  greaterEqual(other: Operand): Tensor {
    return e.greaterEqual(this, other);
  }
  /** Elementwise and. */
  and(other: Operand): Tensor {
    return e.logicalAnd(this, other);
  }
  /** Elementwise or. */
  or(other: Operand): Tensor {
    return e.logicalOr(this, other);
  }
  /** Elementwise not. */
  not(): Tensor {
    return e.logicalNot(this);
  }
  /** Conversion to another dtype. */
  cast(dtype: DType): Tensor {
    return e.cast(this, dtype);
  }
  /** Sum over axes, all unless said. */
  sum(options?: r.ReduceOptions): Tensor {
    return r.sum(this, options);
  }
  /** Mean over axes, all unless said. */
  mean(options?: r.ReduceOptions): Tensor {
    return r.mean(this, options);
  }
  /** Biased variance over axes, all unless said. */
  var(options?: r.ReduceOptions & { readonly correction?: number }): Tensor {
    return r.variance(this, options);
  }
  /** Root of the biased variance. */
  std(options?: r.ReduceOptions & { readonly correction?: number }): Tensor {
    return r.std(this, options);
  }
  /** Largest over axes, all unless said. */
  max(options?: r.ReduceOptions): Tensor {
    return r.max(this, options);
  }
  /** Smallest over axes, all unless said. */
  min(options?: r.ReduceOptions): Tensor {
    return r.min(this, options);
  }
  /** Product along an axis, or of all elements. */
  prod(options?: { readonly axis?: number }): Tensor {
    return r.prod(this, options);
  }
  /** log Σ eˣ over axes, all unless said. */
  logSumExp(options?: r.ReduceOptions): Tensor {
    return r.logSumExp(this, options);
  }
  /** Position of the largest along an axis, or of all elements. */
  argMax(axis?: number): Tensor {
    return r.argMax(this, axis);
  }
  /** Running sums along an axis. */
  cumSum(axis?: number): Tensor {
    return r.cumSum(this, axis);
  }
  /** Matrix product. */
  matmul(other: Operand): Tensor {
    return matmul(this, other);
  }
  /** The part at fixed positions of the leading axes. */
  at(...positions: readonly number[]): Tensor {
    return s.at(this, ...positions);
  }
  /** A regular part: `[start, stop, step]` for each leading axis, `null` for all of it. */
  slice(...ranges: readonly s.Range[]): Tensor {
    return s.slice(this, ...ranges);
  }
  /** Elements at the positions of an axis. */
  take(indices: Operand, axis?: number): Tensor {
    return take(this, indices, axis);
  }
  /** Same elements, another shape; one length may be −1. */
  reshape(shape: Shape): Tensor {
    return s.reshape(this, shape);
  }
  /** Axes reordered, reversed unless said. */
  transpose(order?: readonly number[]): Tensor {
    return s.transpose(this, order);
  }
  /** Repeated along missing axes and axes of length 1. */
  broadcastTo(shape: Shape): Tensor {
    return s.broadcastTo(this, shape);
  }
  /** New axes of length 1 at these places. */
  expandDims(axis: number | readonly number[]): Tensor {
    return s.expandDims(this, axis);
  }
  /** Axes of length 1 dropped. */
  squeeze(axis?: number | readonly number[]): Tensor {
    return s.squeeze(this, axis);
  }
}

/** An empty graph. `floatType` is the dtype of numbers that meet no array. */
export const newGraph = (floatType: "f32" | "f64"): Graph =>
  new Graph(
    (graph, id, op, inputs, attrs, aval) => new Tensor(graph, id, op, inputs, attrs, aval),
    floatType,
  );
