import { bytesPerElement } from "../../array/dtype.ts";
import { primitiveOf } from "../../array/graph.ts";
import { renumber } from "../../array/partition.ts";
import type { ConstantAttrs } from "../../array/primitives/constant.ts";
import type { Program } from "../../array/program.ts";
import { sameShapes } from "../../array/shape.ts";
import { newGraph, type Tensor } from "../../array/tensor.ts";
import type { LoopLayout } from "../engine.ts";
import { within } from "./invariant.ts";

/**
 * A turn cut so that no large value but one gradient is held beside what is carried: first everything
 * that the rest needs, then large carried values one after another.
 */
export interface TurnParts {
  /** Its inputs are the turn's. Its outputs are small carried values, reports, and what later parts read. */
  readonly first: Program;
  readonly updates: readonly Update[];
}

/** The last part of a turn for some carried values of one size: elementwise, so that it is computed piece by piece and written in place. */
export interface Update {
  /** Large values that nothing else reads, a gradient most often, made just before. */
  readonly made: readonly Made[];
  /** One piece, on vectors; inputs of one element are scalars. */
  readonly piece: Program;
  /** The values that are its inputs: carried ones, handed ones, made ones. */
  readonly inputs: readonly Tensor[];
  /** Which carried values its outputs are. */
  readonly carried: readonly number[];
  /** Elements of a whole value, and of a piece. */
  readonly size: number;
  readonly length: number;
}

/** One large value and the program that makes it. */
export interface Made {
  readonly value: Tensor;
  readonly program: Program;
  readonly inputs: readonly Tensor[];
}

/** How finely a turn is cut. */
export interface Cut {
  /** Elements from which a carried value is updated in a part of its own. */
  readonly least: number;
  /** Elements of a piece. */
  readonly length: number;
}

const bytesOf = ({ size, dtype }: Tensor): number => size * bytesPerElement[dtype];

/** The same number everywhere: each part has its own. */
function isSplat(node: Tensor): boolean {
  if (node.op === "broadcastTo") return node.inputs[0]!.size === 1;
  // A constant's own attributes.
  return node.op === "constant" && (node.attrs as object as ConstantAttrs).data === undefined;
}

/** Cuts a turn into its parts. */
export function cutTurn(program: Program, { carried }: LoopLayout, cut: Cut): TurnParts {
  const consumers = consumersOf(program);
  const late = lateNodes(program, carried, cut.least, consumers);
  const groups = groupsOf(program, carried, late);
  const carriedInputs = new Set(program.inputs.slice(0, carried));
  const handed = new Set<Tensor>(program.outputs.filter((output) => !late.has(output)));
  const inputs = new Set(program.inputs);
  const hand = (node: Tensor): void => {
    if (!inputs.has(node)) handed.add(node);
  };
  const updates = groups.map((nodes): Update => {
    const own = new Set(nodes);
    const size = nodes[0]!.size;
    const read = new Set<Tensor>();
    for (const node of nodes)
      for (const input of node.inputs) {
        if (isSplat(input)) for (const scalar of input.inputs) read.add(scalar);
        else if (!own.has(input)) read.add(input);
      }
    const made: Made[] = [];
    for (const value of read) {
      const only = consumers.get(value)!.every((reader) => own.has(reader));
      const maker =
        only && value.size === size && !program.outputs.includes(value) && !inputs.has(value)
          ? makerOf(value, consumers, carriedInputs, inputs)
          : undefined;
      if (maker === undefined) hand(value);
      else {
        made.push(maker);
        maker.inputs.forEach(hand);
      }
    }
    const ends = program.outputs.flatMap((output, i) => (own.has(output) ? [i] : []));
    const length = Math.min(size, cut.length);
    const outputs = ends.map((i) => program.outputs[i]!);
    const piece = pieceOf(nodes, [...read], outputs, length);
    return { made, piece, inputs: [...read], carried: ends, size, length };
  });
  const outputs = [...handed];
  const nodes = within(program.nodes, outputs, inputs);
  return { first: { inputs: program.inputs, outputs, nodes }, updates };
}

function consumersOf({ nodes }: Program): ReadonlyMap<Tensor, readonly Tensor[]> {
  const consumers = new Map<Tensor, Tensor[]>(nodes.map((node) => [node, []]));
  for (const node of nodes)
    for (const input of new Set(node.inputs)) consumers.get(input)?.push(node);
  return consumers;
}

/** The elementwise nodes at the end: all that is made of them is large carried values. */
function lateNodes(
  { nodes, outputs }: Program,
  carried: number,
  least: number,
  consumers: ReadonlyMap<Tensor, readonly Tensor[]>,
): ReadonlySet<Tensor> {
  const results = new Set(outputs.slice(0, carried));
  const reports = new Set(outputs.slice(carried));
  const late = new Set<Tensor>();
  for (const node of [...nodes].reverse()) {
    const readers = consumers.get(node) ?? [];
    const isLate =
      node.size >= least &&
      primitiveOf(node.op).emitJs !== undefined &&
      node.inputs.every((input) => sameShapes(input.shape, node.shape)) &&
      (readers.length > 0 || results.has(node)) &&
      !reports.has(node) &&
      readers.every((reader) => late.has(reader));
    if (isLate) late.add(node);
  }
  return late;
}

/** Late nodes that read one another, or what another overwrites, stay together. */
function groupsOf(
  { nodes, inputs, outputs }: Program,
  carried: number,
  late: ReadonlySet<Tensor>,
): readonly (readonly Tensor[])[] {
  const group = new Map<Tensor, Tensor[]>();
  const join = (a: Tensor, b: Tensor): void => {
    const [from, to] = [group.get(a)!, group.get(b)!];
    if (from === to) return;
    to.push(...from);
    for (const node of from) group.set(node, to);
  };
  const overwrittenBy = new Map<Tensor, Tensor>();
  outputs.slice(0, carried).forEach((output, i) => {
    if (late.has(output)) overwrittenBy.set(inputs[i]!, output);
  });
  for (const node of nodes) if (late.has(node)) group.set(node, [node]);
  for (const node of late)
    for (const input of node.inputs) {
      const other = late.has(input) ? input : overwrittenBy.get(input);
      if (other !== undefined) join(node, other);
    }
  const order = new Map(nodes.map((node, i) => [node, i]));
  return [...new Set(group.values())].map((members) =>
    members.sort((a, b) => order.get(a)! - order.get(b)!),
  );
}

/**
 * The program that makes a large value when it is wanted, if what has to be kept for it until then takes
 * less than half of its memory. What it reads may not have been overwritten by then.
 */
function makerOf(
  value: Tensor,
  consumers: ReadonlyMap<Tensor, readonly Tensor[]>,
  carried: ReadonlySet<Tensor>,
  inputs: ReadonlySet<Tensor>,
): Made | undefined {
  let last = value;
  while (last.op === "reshape" || last.op === "transpose") {
    const [input] = last.inputs;
    if (inputs.has(input!) || consumers.get(input!)?.length !== 1) return undefined;
    last = input!;
  }
  const operands = [...new Set(last.inputs)].filter(({ op }) => op !== "constant");
  if (operands.length === 0 || operands.some((operand) => carried.has(operand))) return undefined;
  const kept = operands.filter((operand) => !inputs.has(operand));
  if (2 * kept.reduce((sum, operand) => sum + bytesOf(operand), 0) > bytesOf(value))
    return undefined;
  const given = new Set(operands);
  const nodes = within(last.graph.nodes, [value], given);
  const program = renumber({ inputs: operands, outputs: [value], nodes });
  return { value, program, inputs: operands };
}

/** Elementwise nodes as a program on vectors of a length. */
function pieceOf(
  nodes: readonly Tensor[],
  reads: readonly Tensor[],
  outputs: readonly Tensor[],
  length: number,
): Program {
  const graph = newGraph(outputs[0]!.graph.floatType);
  const image = new Map<Tensor, Tensor>();
  const inputs = reads.map((read, position) => {
    const shape = read.size === 1 ? [] : [length];
    const input = graph.input(position, { shape, dtype: read.dtype });
    image.set(read, input);
    return input;
  });
  const operandOf = (node: Tensor): Tensor => {
    const known = image.get(node);
    if (known !== undefined) return known;
    // What is neither late nor read is a splat, of a number or of something read.
    const [scalar] = node.inputs;
    const splat =
      scalar === undefined
        ? graph.full([length], (node.attrs as object as ConstantAttrs).value!, node.dtype)
        : graph.record("broadcastTo", [image.get(scalar)!], { shape: [length] });
    image.set(node, splat);
    return splat;
  };
  for (const node of nodes)
    image.set(node, graph.record(node.op, node.inputs.map(operandOf), node.attrs));
  const ends = outputs.map((output) => image.get(output)!);
  return { inputs, outputs: ends, nodes: within(graph.nodes, ends, new Set(inputs)) };
}
