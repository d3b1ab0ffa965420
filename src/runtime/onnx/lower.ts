import { allocate, type DType, type TypedArray } from "../../array/dtype.ts";
import { primitiveOf } from "../../array/graph.ts";
import type { ConstantAttrs } from "../../array/primitives/constant.ts";
import type { PadAttrs } from "../../array/primitives/pad.ts";
import type { OnnxAttribute, OnnxWriter } from "../../array/primitives/primitive.ts";
import type { Program } from "../../array/program.ts";
import { broadcastShapes, type Shape, sameShapes } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
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

/** A value in the ONNX graph, which may be smaller than what it stands for: repeated along axes only when someone needs it whole. */
interface Emitted {
  readonly name: string;
  readonly shape: Shape;
}

/** Rewrites a group of nodes as fewer ONNX nodes. Gives the value of `node`, or undefined to leave it to its primitive. */
export type Rewrite = (node: Tensor, lowering: Lowering) => string | undefined;

/** Writes the nodes of one program into a graph. */
export class Lowering implements OnnxWriter {
  readonly #graph: GraphBuilder;
  readonly #program: Program;
  readonly #values = new Map<Tensor, Emitted>();
  readonly #uses = new Map<Tensor, number>();
  readonly #rewrites: readonly Rewrite[];
  /** The operation whose nodes are being written, after which they are named. */
  #label = "";

  constructor(
    graph: GraphBuilder,
    program: Program,
    inputNames: readonly string[],
    rewrites: readonly Rewrite[] = [],
  ) {
    this.#graph = graph;
    this.#program = program;
    this.#rewrites = rewrites;
    program.inputs.forEach((input, i) => {
      this.#values.set(input, { name: inputNames[i]!, shape: input.shape });
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

  /** The name of a value with all its elements, emitting what it is made of if that has not happened. */
  whole(node: Tensor): string {
    const { name, shape } = this.#emitted(node);
    if (sameShapes(shape, node.shape)) return name;
    const expanded = this.node("Expand", [name, this.ints(node.shape)]);
    this.#values.set(node, { name: expanded, shape: node.shape });
    return expanded;
  }

  /** The name of a value that broadcasts to its shape. */
  small(node: Tensor): string {
    return this.#emitted(node).name;
  }

  #emitted(node: Tensor): Emitted {
    const known = this.#values.get(node);
    if (known !== undefined) return known;
    const made = this.#make(node);
    this.#values.set(node, made);
    return made;
  }

  #make(node: Tensor): Emitted {
    const outer = this.#label;
    for (const rewrite of this.#rewrites) {
      this.#label = node.op;
      const name = rewrite(node, this);
      this.#label = outer;
      if (name !== undefined) return { name, shape: node.shape };
    }
    if (node.op === "constant" || node.size === 0) return this.#constant(node);
    if (node.inputs.some(({ size }) => size === 0)) return this.#ofNothing(node);
    if (node.op === "broadcastTo") return this.#emitted(node.inputs[0]!);
    const primitive = primitiveOf(node.op);
    const broadcasts =
      node.inputs.length > 0 &&
      primitive.emitJs !== undefined &&
      (node.inputs.length === 1 || broadcasting.has(node.op));
    const operands = node.inputs.map((input) =>
      broadcasts ? this.#emitted(input) : { name: this.whole(input), shape: input.shape },
    );
    const shape = broadcasts
      ? operands.map((operand) => operand.shape).reduce((a, b) => broadcastShapes(node.op, a, b))
      : node.shape;
    this.#label = node.op;
    const names = operands.map((operand) => operand.name);
    const name = primitive.emitOnnx(this, names, node);
    this.#label = outer;
    return { name, shape };
  }

  #constant(node: Tensor): Emitted {
    // A constant's own attributes; any other empty array is a constant too.
    const { value, data } = node.attrs as object as Partial<ConstantAttrs>;
    if (value !== undefined && node.size > 0) return this.#full(node, value);
    const elements = node.size === 0 ? allocate(node.dtype, 0) : data!;
    return { name: this.#graph.constant(elements, node.dtype, node.shape), shape: node.shape };
  }

  #full({ dtype }: Tensor, value: number): Emitted {
    return { name: this.#graph.scalar(value, dtype), shape: [] };
  }

  /** Sums over no element, padding around none. Kernels of ONNX Runtime crash on some empty arrays, so they get none. */
  #ofNothing(node: Tensor): Emitted {
    const full = node.inputs.filter(({ size }) => size > 0);
    if (node.op === "pad") return this.#full(node, (node.attrs as object as PadAttrs).value);
    if (node.op !== "concat") return this.#full(node, 0);
    const names = full.map((input) => this.whole(input));
    if (full.length === 1) return { name: names[0]!, shape: node.shape };
    return { name: primitiveOf(node.op).emitOnnx(this, names, node), shape: node.shape };
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
