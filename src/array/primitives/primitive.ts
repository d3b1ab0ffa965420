import type { DType, TypedArray } from "../dtype.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { Ops } from "./registry.ts";

/** What an operation is told besides its inputs: static, part of the node's identity. */
export type Attrs = Readonly<
  Record<
    string,
    | number
    | string
    | boolean
    | readonly number[]
    | readonly (readonly number[])[]
    | TypedArray
    | object
  >
>;
/** For operations that need no attributes. */
export type NoAttrs = Readonly<Record<never, never>>;

/** Shape and dtype: what is known of a value before it exists. */
export interface Aval {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A recorded operation with its attributes typed. */
export type NodeOf<A> = Tensor & { readonly attrs: A };

/** One position in an array: a number where it is known while code is generated, else an expression. */
export type Index = readonly (number | string)[];

/** Writes expressions that read one element of an operand. */
export interface JsReader {
  read(input: Tensor, index: Index): string;
}

/** Writes the statements of one kernel, which fills `out` in row-major order. */
export interface JsWriter extends JsReader {
  /** Name of the flat output array. */
  readonly out: string;
  /** Adds a line of code. */
  line(code: string): void;
  /** Name of an operand's flat row-major array. */
  buffer(input: Tensor): string;
  /** A variable name not used before. */
  fresh(prefix: string): string;
  /** Nested loops over a shape; small ones are unrolled, and the index is then made of numbers. */
  loops(shape: Shape, body: (index: Index) => void): void;
  /** Loops around others, of `inside` turns: unrolled only if those are, lest the code be long and no faster. */
  loopsAround(inside: number, shape: Shape, body: (index: Index) => void): void;
  /** A loop over positions, `by` of them in each turn as long as so many are left, then one in each. */
  chunks(length: number, by: number, body: (positions: Index) => void): void;
  /** Name of an array of doubles for use within the kernel. */
  scratch(size: number): string;
}

/** An ONNX attribute: whole numbers become ints, `{ float }` a float. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** Where a primitive writes its ONNX nodes. Values are names. */
export interface OnnxWriter {
  node(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string;
  /** A node with several outputs. */
  nodes(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    outputs: number,
  ): readonly string[];
  /** A constant of one of nadir's dtypes. */
  constant(data: TypedArray, shape: Shape, dtype: DType): string;
  /** A one-dimensional int64 constant, which shapes, axes and pads are. */
  ints(values: readonly number[]): string;
  /** An unsigned 32-bit scalar constant, for hashing. */
  uint32(value: number): string;
  cast(value: string, to: DType | "u32" | "i64"): string;
}

/** Work of one evaluation. */
export interface Cost {
  /** Additions and multiplications, transcendental functions counted as one. */
  readonly flops: number;
  /** Bytes read and written if nothing is fused. */
  readonly bytes: number;
}

/** How a scalar function bends where it is defined: the rule of disciplined convex programming. */
export type Curvature = "affine" | "convex" | "concave" | "unknown";
export type Monotonicity = "increasing" | "decreasing" | "none";

/**
 * Everything nadir knows of one operation. `Arity` is its number of inputs (`number` for any), `A`
 * its attributes.
 */
export interface Primitive<Arity extends number = number, A = NoAttrs> {
  readonly arity: Arity | "any";
  /** Shape of the result. @throws NadirError that names the operation, the shapes and what was expected */
  shape(inputs: readonly Aval[], attrs: A): Shape;
  /** Dtype of the result; that of the first input unless said. */
  dtype?(inputs: readonly Aval[], attrs: A): DType;
  /**
   * Cotangents of the inputs, given that of the result; undefined where the derivative is zero
   * everywhere or does not exist (integers, booleans). Written in the array language.
   */
  vjp(
    ops: Ops,
    inputs: Inputs<Arity>,
    cotangent: Tensor,
    node: NodeOf<A>,
  ): readonly (Tensor | undefined)[];
  /**
   * The operation on inputs of which some have an extra leading axis of length `size`. The result
   * has it. Elementwise operations need none.
   */
  batch?(
    ops: Ops,
    inputs: Inputs<Arity>,
    batched: readonly boolean[],
    node: NodeOf<A>,
    size: number,
  ): Tensor;
  /** Elementwise operations: the expression from the operands' expressions. */
  emitJs?(operands: readonly string[], node: NodeOf<A>): string;
  /** Operations that only rearrange: the expression of one element, read from the inputs. */
  pullJs?(js: JsReader, node: NodeOf<A>, index: Index): string;
  /** Operations with loops of their own. */
  kernelJs?(js: JsWriter, node: NodeOf<A>): void;
  emitOnnx(graph: OnnxWriter, inputs: readonly string[], node: NodeOf<A>): string;
  cost(node: NodeOf<A>): Cost;
  readonly curvature: Curvature;
  /** In each argument; "none" unless said. */
  readonly monotonicity?: Monotonicity;
}

/** A tuple of `N` tensors, or an array of any length. */
export type Inputs<N extends number> = number extends N
  ? readonly Tensor[]
  : N extends 0
    ? readonly []
    : N extends 1
      ? readonly [Tensor]
      : N extends 2
        ? readonly [Tensor, Tensor]
        : N extends 3
          ? readonly [Tensor, Tensor, Tensor]
          : readonly Tensor[];
