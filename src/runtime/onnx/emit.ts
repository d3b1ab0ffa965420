import type { DType } from "../../array/dtype.ts";
import type { Program } from "../../array/program.ts";
import type { Shape } from "../../array/shape.ts";
import type { LoopLayout } from "../engine.ts";
import type { OnnxDtype } from "./dtypes.ts";
import { GraphBuilder } from "./graphBuilder.ts";
import { splitInvariant } from "./invariant.ts";
import { Lowering } from "./lower.ts";
import { rewrites } from "./rewrites.ts";
import { sameBits } from "./sameBits.ts";

/** A named input or output of a model. */
export interface Feed {
  readonly name: string;
  readonly dtype: OnnxDtype;
  readonly shape: Shape;
}

/** A model and what to feed and fetch, in order. */
export interface Emitted {
  readonly graph: GraphBuilder;
  readonly inputs: readonly Feed[];
  readonly outputs: readonly (Feed & { readonly dtype: DType })[];
  /** More threads than this would give other bits. */
  readonly mostThreads: number;
}

/**
 * A program as an ONNX model of one evaluation.
 *
 * @param block - what `blockSize` found: convolutions are then lowered to blocked kernels
 */
export function emitProgram(program: Program, block?: number): Emitted {
  const graph = new GraphBuilder();
  const inputs = program.inputs.map(({ dtype, shape }, i) => ({
    name: graph.input(`in${i}`, dtype, shape),
    dtype,
    shape,
  }));
  const names = inputs.map(({ name }) => name);
  const { mostThreads, swapped } = sameBits(program);
  const values = new Lowering(graph, program, names, { rewrites, block, swapped }).outputs();
  const outputs = program.outputs.map(({ dtype, shape }, i) => {
    return { name: graph.output(values[i]!, dtype, shape), dtype, shape };
  });
  return { graph, inputs, outputs, mostThreads };
}

/**
 * A program as an ONNX model of many turns: a `Loop` that carries values from turn to turn. Carried values that a turn
 * leaves as they are would be copied in each, so they are kept outside as fixed ones are. Fixed
 * inputs stay outside and are seen from within; each turn's own inputs lie along a first axis and are
 * picked by the turn's number. What follows from fixed inputs alone is computed once, before the loop. The model's first input is the number of turns, the others are the
 * program's; its outputs are the carried values, then the reports of all turns.
 *
 * @param block - what `blockSize` found: convolutions are then lowered to blocked kernels
 */
export function emitLoop(
  program: Program,
  { carried, fixed }: LoopLayout,
  block?: number,
): Emitted {
  const graph = new GraphBuilder();
  const count = graph.input("turns", "i64", []);
  const outer = program.inputs.map(({ dtype, shape }, i) => {
    // How many turns there will be is known when it is run: the axis is written as unknown.
    const own: Shape = i < carried + fixed ? shape : [-1, ...shape];
    return graph.input(`in${i}`, dtype, own);
  });
  const reports = program.outputs.length > carried; // without any, a loop that moves nothing would have no outputs
  const isStill = (i: number): boolean =>
    reports && i < carried && program.outputs[i] === program.inputs[i];
  const isFixed = (i: number): boolean => isStill(i) || (i >= carried && i < carried + fixed);
  const moving = program.outputs.map((_, i) => i).filter((i) => !isStill(i));
  const body = graph.subgraph();
  const turn = body.input("turn", "i64", []);
  const going = body.input("going", "bool", []);
  const inner = program.inputs.map(({ dtype, shape }, i) => {
    if (isFixed(i)) return outer[i]!;
    if (i < carried) return body.input(`carried${i}`, dtype, shape);
    return body.node("Gather", [outer[i]!, turn], { axis: 0 });
  });
  body.output(body.node("Identity", [going]), "bool", []);
  const { mostThreads, swapped } = sameBits(program);
  const options = { rewrites, block, swapped };
  const { once, turn: each } = splitInvariant(program, isFixed);
  const ready = new Lowering(graph, once, outer, options).outputs();
  const values = new Lowering(body, each, [...inner, ...ready], options).outputs();
  for (const i of moving) {
    const { dtype, shape } = program.outputs[i]!;
    body.output(values[i]!, dtype, shape);
  }
  const results = graph.nodeWithOutputs(
    "Loop",
    [count, undefined, ...moving.filter((i) => i < carried).map((i) => outer[i]!)],
    moving.length,
    { body },
  );
  const outputs = program.outputs.map(({ dtype, shape }, i) => {
    const own: Shape = i < carried ? shape : [-1, ...shape];
    const result = isStill(i) ? graph.node("Identity", [outer[i]!]) : results[moving.indexOf(i)]!;
    return { name: graph.output(result, dtype, own), dtype, shape };
  });
  const inputs: Feed[] = program.inputs.map(({ dtype, shape }, i) => ({
    name: outer[i]!,
    dtype,
    shape,
  }));
  const turns: Feed = { name: count, dtype: "i64", shape: [] };
  return { graph, inputs: [turns, ...inputs], outputs, mostThreads };
}
