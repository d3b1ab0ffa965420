import { allocate, type TypedArray } from "../../array/dtype.ts";
import type { Program } from "../../array/program.ts";
import { internal } from "../../base/errors.ts";
import type { EngineOptions, LoopExecutable, LoopLayout } from "../engine.ts";
import { isLarge } from "./large.ts";
import { turnsInside } from "./turnsInside.ts";
import { turnsOutside } from "./turnsOutside.ts";

/** Runs turns on arrays that are all there. */
export interface Turns {
  /** Fills `results`, the carried values after the last turn, and `reports`. None of them is an array given. */
  run(
    turns: number,
    given: {
      readonly carried: readonly TypedArray[];
      readonly fixed: readonly TypedArray[];
      readonly each: readonly TypedArray[];
    },
    results: readonly TypedArray[],
    reports: readonly TypedArray[],
  ): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * A program as a loop on ONNX Runtime. Carried values that come out as they went in are not carried at
 * all: they are read where they are.
 *
 * @param block - what `blockSize` found
 */
export async function openLoop(
  program: Program,
  { carried: count, fixed: fixedCount }: LoopLayout,
  block: number | undefined,
  options: EngineOptions,
): Promise<LoopExecutable> {
  const { inputs, outputs } = program;
  const changes = (i: number): boolean => i < count && outputs[i] !== inputs[i];
  const moving = inputs.flatMap((_, i) => (changes(i) ? [i] : []));
  const still = inputs.flatMap((_, i) => (i < count && !changes(i) ? [i] : []));
  const rest = inputs.slice(count);
  const reported = outputs.slice(count);
  const turn: Program = {
    inputs: [...[...moving, ...still].map((i) => inputs[i]!), ...rest],
    outputs: [...moving.map((i) => outputs[i]!), ...reported],
    nodes: program.nodes,
  };
  const layout = { carried: moving.length, fixed: still.length + fixedCount };
  // A Loop node holds the carried values twice itself, beside those it is given and those it fills: for
  // large ones a call for each turn takes half the memory, and its 20 µs are nothing beside the turn.
  const open = isLarge(moving.map((i) => inputs[i]!)) ? turnsOutside : turnsInside;
  const loop = await open(turn, layout, block, options);
  return {
    engine: "onnx",
    run: async (turns, carried, fixed, each, into) => {
      const results = outputs.slice(0, count).map(({ dtype, size }, i) => {
        const array = into?.[i] ?? allocate(dtype, size);
        if (array.length !== size || carried.includes(array))
          throw internal(`result ${i} of a loop is to go into ${array.length} elements`);
        return array;
      });
      const reports = reported.map(({ dtype, size }) => allocate(dtype, turns * size));
      for (const i of still) results[i]!.set(carried[i]!);
      if (turns === 0) for (const i of moving) results[i]!.set(carried[i]!);
      else {
        const pick = (arrays: readonly TypedArray[], places: readonly number[]) =>
          places.map((i) => arrays[i]!);
        const given = {
          carried: pick(carried, moving),
          fixed: [...pick(carried, still), ...fixed],
          each,
        };
        await loop.run(turns, given, pick(results, moving), reports);
      }
      return { carried: results, reports };
    },
    dispose: () => loop.dispose(),
  };
}
