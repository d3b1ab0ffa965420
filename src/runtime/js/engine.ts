import { allocate, type TypedArray } from "../../array/dtype.ts";
import type { Program } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { Engine } from "../engine.ts";
import { compileKernel } from "./compile.ts";

const blank = (values: readonly Tensor[]): TypedArray[] =>
  values.map(({ dtype, size }) => allocate(dtype, size));

/** Generated JavaScript: runs everything, on one core. */
export const jsEngine: Engine = {
  name: "js",
  refuse: () => undefined,
  free: () => undefined,
  compile: async (program) => {
    const kernel = compileKernel(program);
    return {
      engine: "js",
      run: async (inputs, into) => {
        const outputs = [...(into ?? blank(program.outputs))];
        kernel(...inputs, ...outputs);
        return outputs;
      },
      dispose: async () => undefined,
    };
  },
  compileLoop: async (program, { carried: count, fixed: fixedCount }) => {
    const kernel = compileKernel(program);
    return {
      engine: "js",
      run: async (...args) => runLoop(program, kernel, count, fixedCount, ...args),
      dispose: async () => undefined,
    };
  },
};

function runLoop(
  program: Program,
  kernel: ReturnType<typeof compileKernel>,
  count: number,
  fixedCount: number,
  turns: number,
  start: readonly TypedArray[],
  fixed: readonly TypedArray[],
  each: readonly TypedArray[],
  into?: readonly (TypedArray | undefined)[],
) {
  // Two sets of carried values take turns, for an operation may read what it has not yet written: the
  // last turn ends in `results`, so the one before it does not, and so on.
  const results = program.outputs
    .slice(0, count)
    .map(({ dtype, size }, i) => into?.[i] ?? allocate(dtype, size));
  const others = turns > 1 ? blank(program.outputs.slice(0, count)) : results;
  let now = start;
  const reported = program.outputs.slice(count);
  const reports = reported.map(({ dtype, size }) => allocate(dtype, size * turns));
  const own = program.inputs.slice(count + fixedCount);
  for (let turn = 0; turn < turns; turn++) {
    const turnInputs = each.map((values, i) =>
      values.subarray(turn * own[i]!.size, (turn + 1) * own[i]!.size),
    );
    const turnReports = reports.map((values, i) =>
      values.subarray(turn * reported[i]!.size, (turn + 1) * reported[i]!.size),
    );
    const next = (turns - 1 - turn) % 2 === 1 ? others : results;
    kernel(...now, ...fixed, ...turnInputs, ...next, ...turnReports);
    now = next;
  }
  if (turns === 0)
    results.forEach((array, i) => {
      array.set(start[i]!);
    });
  return { carried: [...results], reports };
}
