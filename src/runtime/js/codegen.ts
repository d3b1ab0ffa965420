import { allocate, type DType, type TypedArray } from "../../array/dtype.ts";
import { primitiveOf } from "../../array/graph.ts";
import type { ConstantAttrs } from "../../array/primitives/constant.ts";
import { flatIndex } from "../../array/primitives/indexing.ts";
import { numberLiteral } from "../../array/primitives/numberLiteral.ts";
import type { Program } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import { type Place, type Places, UnitWriter } from "./writer.ts";

/** Code and the arrays it works in. */
export interface Generated {
  /** Statements, grouped into units of which none is left unfinished. */
  readonly units: readonly (readonly string[])[];
  /** Arrays by name: constants and intermediate results, allocated once. */
  readonly arrays: ReadonlyMap<string, TypedArray>;
}

/** Operations that read each element of these operands at most once, so that computing it in place costs nothing twice. */
/** Operations of which each element is a hash: to be computed once. */
const hashes: ReadonlySet<string> = new Set(["randomUniform", "randomMask"]);

const readsOnce: ReadonlySet<string> = new Set([
  "reduceSum",
  "reduceMax",
  "argMax",
  "cumSum",
  "concat",
  "scatterAdd",
]);

/** Expressions of more operations on top of each other than this are cut, so that chains of any length compile. */
const deepest = 64;

/**
 * Generates the loops of a program. Elementwise work and rearrangements are computed where they are
 * read; what is read from several places, or needed whole, is put into an array first. Values of one
 * element are variables, or arrays of one if `scalarsInArrays` (for code that is cut into functions).
 */
export function generate(program: Program, scalarsInArrays: boolean): Generated {
  const generator = new Generator(program, scalarsInArrays);
  generator.run();
  return generator;
}

class Generator implements Places, Generated {
  readonly units: string[][] = [];
  readonly arrays = new Map<string, TypedArray>();
  readonly #program: Program;
  readonly #scalarsInArrays: boolean;
  readonly #places = new Map<Tensor, Place>();
  readonly #consumers = new Map<Tensor, Tensor[]>();
  readonly #outputName = new Map<Tensor, string>();
  /** Operations on top of each other in the expression of a value that lives nowhere. */
  readonly #depth = new Map<Tensor, number>();
  #count = 0;

  constructor(program: Program, scalarsInArrays: boolean) {
    this.#program = program;
    this.#scalarsInArrays = scalarsInArrays;
    for (const node of program.nodes) {
      for (const input of new Set(node.inputs)) {
        const list = this.#consumers.get(input);
        if (list === undefined) this.#consumers.set(input, [node]);
        else list.push(node);
      }
    }
  }

  run(): void {
    const { inputs, outputs, nodes } = this.#program;
    inputs.forEach((input, i) => {
      this.#places.set(input, { kind: "array", name: `in${i}` });
    });
    outputs.forEach((output, i) => {
      if (output.op !== "input" && output.op !== "constant" && !this.#outputName.has(output)) {
        this.#outputName.set(output, `out${i}`);
      }
    });
    for (const node of nodes) this.#visit(node);
    outputs.forEach((output, i) => {
      if (this.#outputName.get(output) !== `out${i}`) this.#copy(output, `out${i}`);
    });
  }

  placeOf(node: Tensor): Place {
    return this.#places.get(node) ?? { kind: "inline" };
  }

  fresh(prefix: string): string {
    return `${prefix}${this.#count++}`;
  }

  /** Puts a value into an array, if it is in none. */
  materialize(node: Tensor): string {
    const place = this.placeOf(node);
    if (place.kind === "array") return place.name;
    if (node.op === "reshape" && !this.#outputName.has(node)) {
      const name = this.materialize(node.inputs[0]!);
      this.#places.set(node, { kind: "array", name });
      return name;
    }
    const name = this.#outputName.get(node) ?? this.allocate(node.dtype, node.size);
    const unit = new UnitWriter(this, name);
    const { kernelJs } = primitiveOf(node.op);
    if (place.kind !== "inline") {
      unit.line(`${name}.fill(${place.kind === "literal" ? place.code : place.name});`);
    } else if (kernelJs !== undefined) {
      primitiveOf(node.op).kernelJs?.(unit, node);
    } else if (node.size > 16 && this.#isFlat(node)) {
      unit.flatLoop(node.size, (i) => unit.line(`${name}[${i}] = ${unit.readFlat(node, i)};`));
    } else {
      unit.loops(node.shape, (index) =>
        unit.line(`${name}[${flatIndex(index, node.shape)}] = ${unit.read(node, index)};`),
      );
    }
    this.units.push(unit.lines);
    this.#places.set(node, { kind: "array", name });
    return name;
  }

  #visit(node: Tensor): void {
    const { op } = node;
    if (op === "input") return;
    if (op === "constant") {
      this.#constant(node);
      return;
    }
    const primitive = primitiveOf(op);
    this.#settleOperands(node);
    if (primitive.kernelJs !== undefined || this.#outputName.has(node)) {
      this.materialize(node);
    } else if (node.size === 1) {
      if (this.#scalarsInArrays) this.materialize(node);
      else this.#variable(node);
    } else if ((this.#consumers.get(node)?.length ?? 0) > 1 && !this.#isCheap(node)) {
      this.materialize(node);
    } else this.#stack(node);
  }

  /** Notes how deep the expression of a value is that lives nowhere; too deep a one is put into an array. */
  #stack(node: Tensor): void {
    let depth = 1;
    for (const input of node.inputs) {
      if (this.placeOf(input).kind === "inline")
        depth = Math.max(depth, 1 + (this.#depth.get(input) ?? 0));
    }
    if (depth > deepest) this.materialize(node);
    else this.#depth.set(node, depth);
  }

  /** Puts operands into arrays where this node would otherwise compute an element of them more than once. */
  #settleOperands(node: Tensor): void {
    const primitive = primitiveOf(node.op);
    const once =
      primitive.emitJs !== undefined || readsOnce.has(node.op) || primitive.pullJs !== undefined;
    for (const input of node.inputs) {
      const repeats = input.size < node.size && node.op !== "concat" && node.op !== "pad";
      // A pad decides by index whether to read: it may not compute what lies outside.
      const guarded = node.op === "pad" && node.size > 16;
      if ((!once || repeats || guarded) && !this.#isCheap(input)) this.materialize(input);
    }
  }

  /** Reading an element costs no computation. */
  #isCheap(node: Tensor): boolean {
    const place = this.placeOf(node);
    if (place.kind !== "inline") return true;
    const { pullJs } = primitiveOf(node.op);
    if (pullJs === undefined || hashes.has(node.op) || node.op === "gather") return false;
    return node.inputs.every((input) => this.#isCheap(input));
  }

  /** True if each element depends on the elements at the same flat position alone. */
  #isFlat(node: Tensor): boolean {
    const seen = new Set<Tensor>();
    const check = (part: Tensor): boolean => {
      if (seen.has(part)) return true;
      seen.add(part);
      if (this.placeOf(part).kind !== "inline") return part.size === node.size || part.size === 1;
      if (part.op === "reshape") return check(part.inputs[0]!);
      if (part.op === "broadcastTo") return part.inputs[0]!.size === 1 && check(part.inputs[0]!);
      return primitiveOf(part.op).emitJs !== undefined && part.inputs.every(check);
    };
    return check(node);
  }

  #variable(node: Tensor): void {
    const unit = new UnitWriter(this, "");
    const code = unit.read(
      node,
      node.shape.map(() => 0),
    );
    this.units.push(unit.lines);
    this.#places.set(node, { kind: "variable", name: code });
  }

  #constant(node: Tensor): void {
    // A constant's own attributes.
    const { value, data } = node.attrs as object as ConstantAttrs;
    if (value !== undefined) {
      this.#places.set(node, { kind: "literal", code: numberLiteral(value) });
      return;
    }
    const name = this.fresh("k");
    this.arrays.set(name, data ?? allocate(node.dtype, node.size));
    this.#places.set(node, { kind: "array", name });
  }

  allocate(dtype: DType, size: number): string {
    const name = this.fresh("b");
    this.arrays.set(name, allocate(dtype, size));
    return name;
  }

  #copy(output: Tensor, name: string): void {
    const place = this.placeOf(output);
    if (place.kind === "array") this.units.push([`${name}.set(${place.name});`]);
    else
      this.units.push([
        `${name}.fill(${place.kind === "inline" ? "0" : place.kind === "literal" ? place.code : place.name});`,
      ]);
  }
}
