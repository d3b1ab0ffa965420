import { allocate, type DType, type TypedArray } from "../../array/dtype.ts";
import { primitiveOf } from "../../array/graph.ts";
import type { ConstantAttrs } from "../../array/primitives/constant.ts";
import type { PadAttrs } from "../../array/primitives/pad.ts";
import type { OnnxAttribute, OnnxWriter } from "../../array/primitives/primitive.ts";
import type { Program } from "../../array/program.ts";
import { broadcastShapes, type Shape, sameShapes, sizeOf } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { present } from "../../base/assert.ts";
import { onnxDtypes } from "./dtypes.ts";
import type { GraphBuilder } from "./graphBuilder.ts";

/** Values are written at the latest when this many that wait for them lie above one another. */
const waitingLimit = 300;

/** Primitives whose ONNX operators broadcast by themselves. */
const broadcasting: ReadonlySet<string> = new Set([
  "add",
  "sub",
  "mul",
  "div",
  "pow",
  "maximum",
  "minimum",
  "equal",
  "less",
  "lessEqual",
  "and",
  "or",
  "where",
]);

/**
 * A value in the ONNX graph, which may be smaller than what it stands for: repeated along axes only when
 * someone needs it whole. It is written in one of two orders, or both: with its axes in the program's
 * order, or, images only, with channels last, `[batch, height, width, channels]`.
 */
interface Written {
  /** In the program's order of axes, whichever way it is written. */
  readonly shape: Shape;
  first?: string;
  last?: string;
}

/** A value written by a rewrite: whole, in either order of axes. */
export type Rewritten = { readonly first: string } | { readonly last: string };

/** Rewrites a group of nodes as fewer or faster ONNX nodes. Gives the value of `node`, or undefined to leave it to its primitive. */
export type Rewrite = (node: Tensor, lowering: Lowering) => Rewritten | undefined;

/** How a program is lowered. */
export interface LoweringOptions {
  readonly rewrites?: readonly Rewrite[];
  /** Channels that ONNX Runtime's blocked kernels compute at once; undefined if it has none. */
  readonly block?: number | undefined;
  /** Products to compute with their operands swapped. */
  readonly swapped?: ReadonlySet<Tensor>;
}

/** Writes the nodes of one program into a graph. */
export class Lowering implements OnnxWriter {
  readonly #graph: GraphBuilder;
  readonly #program: Program;
  readonly #values = new Map<Tensor, Written>();
  readonly #uses = new Map<Tensor, number>();
  readonly #rewrites: readonly Rewrite[];
  /** Channels that ONNX Runtime's blocked kernels compute at once; undefined if it has none. */
  readonly block: number | undefined;
  /** Products to compute with their operands swapped. */
  readonly swapped: ReadonlySet<Tensor>;
  /** Numbers of channels, repeated over an image. */
  readonly #repeated = new Map<string, string>();
  /** The operation whose nodes are being written, after which they are named. */
  #label = "";

  constructor(
    graph: GraphBuilder,
    program: Program,
    inputNames: readonly string[],
    { rewrites = [], block, swapped = new Set() }: LoweringOptions = {},
  ) {
    this.#graph = graph;
    this.#program = program;
    this.#rewrites = rewrites;
    this.block = block;
    this.swapped = swapped;
    program.inputs.forEach((input, i) => {
      this.#values.set(input, { first: inputNames[i]!, shape: input.shape });
    });
    for (const node of program.nodes) for (const input of node.inputs) this.#use(input);
    for (const output of program.outputs) this.#use(output);
  }

  /** Writes the program and names its outputs. */
  outputs(): readonly string[] {
    // Values are made when first read, so that what a rewrite swallows is never written. That recurs
    // along operands: in a chain of thousands, every so often one is made early. At worst a rewrite
    // would have swallowed it, and it was written for nothing.
    const waiting = new Map<Tensor, number>();
    for (const node of this.#program.nodes) {
      let depth = 0;
      for (const input of node.inputs)
        if (!this.#values.has(input)) depth = Math.max(depth, waiting.get(input) ?? 0);
      if (depth >= waitingLimit) this.#emitted(node);
      waiting.set(node, depth + 1);
    }
    return this.#program.outputs.map((output) => this.whole(output));
  }

  #use(node: Tensor): void {
    this.#uses.set(node, (this.#uses.get(node) ?? 0) + 1);
  }

  /** How many nodes and outputs read a value. */
  usesOf(node: Tensor): number {
    return this.#uses.get(node) ?? 0;
  }

  /** True once a value is in the graph: too late for a rewrite to swallow it. */
  isWritten(node: Tensor): boolean {
    return this.#values.has(node);
  }

  /** The shape a value has in the graph, which broadcasts to the node's. */
  shapeOf(node: Tensor): Shape {
    return this.#emitted(node).shape;
  }

  /** The name of a value with all its elements, emitting what it is made of if that has not happened. */
  whole(node: Tensor): string {
    const { shape } = this.#emitted(node);
    const name = this.small(node);
    if (sameShapes(shape, node.shape)) return name;
    const expanded = this.node("Expand", [name, this.ints(node.shape)]);
    this.#values.set(node, { first: expanded, shape: node.shape });
    return expanded;
  }

  /** The name of a value that broadcasts to its shape. */
  small(node: Tensor): string {
    const written = this.#emitted(node);
    written.first ??= this.#channelsFirst(present(written.last), written.shape);
    return written.first;
  }

  /** The name of an image with all its elements, channels last. */
  last(node: Tensor): string {
    const written = this.#emitted(node);
    if (written.last !== undefined && sameShapes(written.shape, node.shape)) return written.last;
    const name = this.#channelsLast(this.whole(node), node.shape);
    this.#emitted(node).last = name;
    return name;
  }

  /** True for an image that is in the graph with all its elements and channels last. */
  isLast(node: Tensor): boolean {
    const { last, shape } = this.#emitted(node);
    return last !== undefined && sameShapes(shape, node.shape);
  }

  /** A constant of ones. */
  ones(shape: Shape): string {
    return this.#graph.constant(new Float32Array(sizeOf(shape)).fill(1), "f32", shape);
  }

  /** A constant of zeros. */
  zeros(shape: Shape): string {
    return this.#graph.constant(new Float32Array(sizeOf(shape)), "f32", shape);
  }

  #emitted(node: Tensor): Written {
    const known = this.#values.get(node);
    if (known !== undefined) return known;
    const made = this.#make(node);
    this.#values.set(node, made);
    return made;
  }

  #make(node: Tensor): Written {
    if (node.op === "constant" || node.size === 0) return this.#constant(node);
    if (node.inputs.some(({ size }) => size === 0)) return this.#ofNothing(node);
    const outer = this.#label;
    for (const rewrite of this.#rewrites) {
      this.#label = node.op;
      const rewritten = rewrite(node, this);
      this.#label = outer;
      if (rewritten !== undefined) return { ...rewritten, shape: node.shape };
    }
    if (node.op === "broadcastTo") return this.#emitted(node.inputs[0]!);
    const primitive = primitiveOf(node.op);
    const broadcasts =
      node.inputs.length > 0 &&
      primitive.emitJs !== undefined &&
      (node.inputs.length === 1 || broadcasting.has(node.op));
    if (!broadcasts) {
      const names = node.inputs.map((input) => this.whole(input));
      this.#label = node.op;
      const first = primitive.emitOnnx(this, names, node);
      this.#label = outer;
      return { first, shape: node.shape };
    }
    const shape = node.inputs
      .map((input) => this.#emitted(input).shape)
      .reduce((a, b) => broadcastShapes(node.op, a, b));
    this.#label = node.op;
    const names = this.#operandsLast(node.inputs, shape);
    const written =
      names === undefined
        ? {
            first: primitive.emitOnnx(
              this,
              node.inputs.map((input) => this.small(input)),
              node,
            ),
          }
        : { last: primitive.emitOnnx(this, names, node) };
    this.#label = outer;
    return { ...written, shape };
  }

  /**
   * The operands of an elementwise operation with channels last, if images that have only that order
   * are among them, or all images have it: an order is kept until someone needs the other.
   */
  #operandsLast(inputs: readonly Tensor[], shape: Shape): readonly string[] | undefined {
    if (shape.length !== 4) return undefined;
    const images = inputs
      .map((input) => this.#emitted(input))
      .filter((written) => sameShapes(written.shape, shape));
    const onlyLast = images.some(({ first, last }) => first === undefined && last !== undefined);
    const allLast = images.length > 0 && images.every(({ last }) => last !== undefined);
    if (!onlyLast && !allLast) return undefined;
    const names: string[] = [];
    for (const input of inputs) {
      const name = this.#operandLast(input, shape);
      if (name === undefined) return undefined;
      names.push(name);
    }
    return names;
  }

  #operandLast(input: Tensor, image: Shape): string | undefined {
    const written = this.#emitted(input);
    if (sizeOf(written.shape) === 1) return this.small(input);
    if (sameShapes(written.shape, image)) {
      written.last ??= this.#channelsLast(present(written.first), image);
      return written.last;
    }
    const [, channels, height, width] = image;
    const [batch, own, rows, columns] = [1, 1, 1, 1, ...written.shape].slice(-4);
    if (own !== channels || rows !== 1 || columns !== 1) return undefined;
    const name = this.small(input);
    if (batch !== 1) return this.node("Reshape", [name, this.ints([batch!, 1, 1, channels!])]);
    // One number a channel: repeated over a whole image, because ONNX Runtime broadcasts along a short
    // last axis five times slower.
    const key = `${name} ${height} ${width}`;
    let repeated = this.#repeated.get(key);
    if (repeated === undefined) {
      const row = this.node("Reshape", [name, this.ints([1, 1, channels!])]);
      repeated = this.node("Expand", [row, this.ints([height!, width!, channels!])]);
      this.#repeated.set(key, repeated);
    }
    return repeated;
  }

  #channelsLast(name: string, [batch, channels, height, width]: Shape): string {
    // With one channel, or one pixel, both orders are the same in memory.
    if (channels === 1 || height! * width! === 1)
      return this.node("Reshape", [name, this.ints([batch!, height!, width!, channels!])]);
    return this.node("Transpose", [name], { perm: [0, 2, 3, 1] });
  }

  #channelsFirst(name: string, shape: Shape): string {
    const [, channels, height, width] = shape;
    if (channels === 1 || height! * width! === 1)
      return this.node("Reshape", [name, this.ints(shape)]);
    return this.node("Transpose", [name], { perm: [0, 3, 1, 2] });
  }

  #constant(node: Tensor): Written {
    // A constant's own attributes; any other empty array is a constant too.
    const { value, data } = node.attrs as object as Partial<ConstantAttrs>;
    if (value !== undefined && node.size > 0) return this.#full(node, value);
    const elements = node.size === 0 ? allocate(node.dtype, 0) : data!;
    return { first: this.#graph.constant(elements, node.dtype, node.shape), shape: node.shape };
  }

  #full({ dtype }: Tensor, value: number): Written {
    return { first: this.#graph.scalar(value, dtype), shape: [] };
  }

  /** Sums over no element, padding around none. Kernels of ONNX Runtime crash on some empty arrays, so they get none. */
  #ofNothing(node: Tensor): Written {
    const full = node.inputs.filter(({ size }) => size > 0);
    if (node.op === "pad") return this.#full(node, (node.attrs as object as PadAttrs).value);
    if (node.op !== "concat") return this.#full(node, 0);
    const names = full.map((input) => this.whole(input));
    if (full.length === 1) return { first: names[0]!, shape: node.shape };
    return { first: primitiveOf(node.op).emitOnnx(this, names, node), shape: node.shape };
  }

  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    domain = "",
  ): string {
    return this.#graph.node(
      op,
      inputs.map((name) => name || undefined),
      plain(attributes),
      { domain, label: this.#label || op },
    );
  }

  nodes(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    outputs: number,
  ): readonly string[] {
    return this.#graph.nodeWithOutputs(op, inputs, outputs, plain(attributes), {
      label: this.#label || op,
    });
  }

  constant(data: TypedArray, shape: Shape, dtype: DType): string {
    return this.#graph.constant(data, dtype, shape);
  }

  ints(values: readonly number[]): string {
    return this.#graph.integers(values);
  }

  uint32(value: number): string {
    return this.#graph.scalar(value, "u32");
  }

  cast(value: string, to: DType | "u32" | "i64"): string {
    return this.node("Cast", [value], { to: onnxDtypes[to].code });
  }
}

function plain(
  attributes: Readonly<Record<string, OnnxAttribute>>,
): Record<string, number | string | readonly number[]> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      typeof value === "object" && "float" in value ? value.float : value,
    ]),
  );
}
