import type { DType, TypedArray } from "../../array/dtype.ts";
import { primitiveOf } from "../../array/graph.ts";
import type { ConstantAttrs } from "../../array/primitives/constant.ts";
import type { OnnxAttribute, OnnxWriter } from "../../array/primitives/primitive.ts";
import type { Program } from "../../array/program.ts";
import { broadcastShapes, type Shape, sameShapes } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { onnxDtypes } from "./dtypes.ts";
import { fill, type GraphBuilder } from "./graphBuilder.ts";

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
  readonly #values = new Map<Tensor, Emitted>();
  readonly #uses = new Map<Tensor, number>();
  readonly #rewrites: readonly Rewrite[];

  constructor(
    graph: GraphBuilder,
    program: Program,
    inputNames: readonly string[],
    rewrites: readonly Rewrite[] = [],
  ) {
    this.#graph = graph;
    this.#rewrites = rewrites;
    program.inputs.forEach((input, i) => {
      this.#values.set(input, { name: inputNames[i]!, shape: input.shape });
    });
    for (const node of program.nodes) for (const input of node.inputs) this.#use(input);
    for (const output of program.outputs) this.#use(output);
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

  // Values are made when first read, so that what a rewrite swallows is never written. Programs are
  // thousands of nodes deep at most in chains of single uses; recursion follows operands only.
  #emitted(node: Tensor): Emitted {
    const known = this.#values.get(node);
    if (known !== undefined) return known;
    const made = this.#make(node);
    this.#values.set(node, made);
    return made;
  }

  #make(node: Tensor): Emitted {
    for (const rewrite of this.#rewrites) {
      const name = rewrite(node, this);
      if (name !== undefined) return { name, shape: node.shape };
    }
    if (node.op === "constant") return this.#constant(node);
    if (node.op === "broadcastTo") return this.#emitted(node.inputs[0]!);
    const primitive = primitiveOf(node.op);
    if (primitive.emitJs !== undefined && node.inputs.length > 0) {
      const operands = node.inputs.map((input) => this.#emitted(input));
      if (node.inputs.length === 1 || broadcasting.has(node.op)) {
        const shape = operands
          .map((operand) => operand.shape)
          .reduce((a, b) => broadcastShapes(node.op, a, b));
        return {
          name: primitive.emitOnnx(
            this,
            operands.map(({ name }) => name),
            node,
          ),
          shape,
        };
      }
    }
    return {
      name: primitive.emitOnnx(
        this,
        node.inputs.map((input) => this.whole(input)),
        node,
      ),
      shape: node.shape,
    };
  }

  #constant(node: Tensor): Emitted {
    // A constant's own attributes.
    const { value, data } = node.attrs as object as ConstantAttrs;
    if (value !== undefined)
      return { name: this.#graph.constant(fill(node.dtype, [value]), node.dtype, []), shape: [] };
    return { name: this.#graph.constant(data!, node.dtype, node.shape), shape: node.shape };
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
      { domain },
    );
  }

  nodes(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    outputs: number,
  ): readonly string[] {
    return this.#graph.nodeWithOutputs(op, inputs, outputs, plain(attributes));
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
    return this.#graph.node("Cast", [value], { to: onnxDtypes[to].code });
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
