import { allocate } from "../../array/dtype.ts";
import type { Program } from "../../array/program.ts";
import { sizeOf } from "../../array/shape.ts";
import { NadirError } from "../../base/errors.ts";
import type { Engine, EngineOptions, Executable, LoopExecutable, LoopLayout } from "../engine.ts";
import { blockSize, type RunOnce } from "./blockSize.ts";
import { emitProgram } from "./emit.ts";
import { isLarge } from "./large.ts";
import { openLoop } from "./loop.ts";
import { drop, loadRuntime, openSession } from "./session.ts";
import { refuse } from "./support.ts";

/** ONNX Runtime: native kernels, on several cores. `load` says early whether it is installed. */
export interface OnnxEngine extends Engine {
  /** @throws NadirError `engine/missing` */
  load(): Promise<void>;
}

export const onnxEngine: OnnxEngine = {
  name: "onnx",
  refuse,
  load: async () => {
    await loadRuntime();
  },
  compile,
  compileLoop,
  free: (arrays) => {
    for (const array of arrays) if (array.byteLength >= droppedBytes) drop(array);
  },
};

/** Smaller arrays are left to garbage collection. */
const droppedBytes = 2 ** 20;

function requireSupported(program: Program): void {
  const refusal = refuse(program);
  if (refusal === undefined) return;
  throw new NadirError("engine/unsupported", `engine "onnx": ${refusal}`, {
    expected: "operations that ONNX Runtime has for these dtypes",
    hint: 'engine: "js", or dtype: "f32"',
  });
}

async function compile(program: Program, options: EngineOptions = {}): Promise<Executable> {
  requireSupported(program);
  // Of a quadratic loss nothing is to be prepared at a point; ONNX Runtime refuses a model without a node.
  if (program.outputs.length === 0)
    return { engine: "onnx", run: async () => [], dispose: async () => undefined };
  const emitted = emitProgram(program, await blockFor(program));
  // A large program is not run thousands of times a second, but several of one model may live at once.
  const keep = !isLarge([...program.inputs, ...program.outputs]);
  const session = await openSession(emitted, options, { keep, plan: keep, spare: !keep });
  return {
    engine: "onnx",
    run: async (arrays, into) => {
      const results = [
        ...(into ?? program.outputs.map(({ dtype, size }) => allocate(dtype, size))),
      ];
      await session.run(emitted.inputs, arrays, emitted.outputs, results);
      return results;
    },
    dispose: () => session.dispose(),
  };
}

async function compileLoop(
  program: Program,
  layout: LoopLayout,
  options: EngineOptions = {},
): Promise<LoopExecutable> {
  requireSupported(program);
  return await openLoop(program, layout, await blockFor(program), options);
}

let block: Promise<number | undefined> | undefined;

/** The block size of this ONNX Runtime's convolutions, if the program has any. Asked once. */
async function blockFor(program: Program): Promise<number | undefined> {
  const convolves = program.nodes.some(({ op, dtype }) => dtype === "f32" && op.startsWith("conv"));
  if (!convolves) return undefined;
  block ??= blockSize(runOnce);
  return await block;
}

const runOnce: RunOnce = async (graph, feeds) => {
  const outputs = graph.outputs.map((output) => ({ ...output, dtype: "f32" as const }));
  const session = await openSession({ graph, mostThreads: 1 }, {});
  try {
    const results = outputs.map(({ shape }) => new Float32Array(sizeOf(shape)));
    const given = graph.inputs.map(({ name }) => feeds[name]?.[0] ?? new Float32Array());
    await session.run(graph.inputs, given, graph.outputs, results);
    return results;
  } finally {
    await session.dispose();
  }
};
