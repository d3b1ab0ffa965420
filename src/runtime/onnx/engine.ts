import { dtypeOf, type TypedArray } from "../../array/dtype.ts";
import type { Program } from "../../array/program.ts";
import { sizeOf } from "../../array/shape.ts";
import { internal, NadirError } from "../../base/errors.ts";
import type { Engine, EngineOptions, Executable, LoopExecutable, LoopLayout } from "../engine.ts";
import { emitLoop, emitProgram, type Feed } from "./emit.ts";
import { writeModel } from "./model.ts";
import { loadRuntime, openSession, type Session } from "./session.ts";
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
};

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
  const { graph, inputs, outputs } = emitProgram(program);
  const session = await openSession(writeModel(graph), options);
  return {
    engine: "onnx",
    run: (arrays) => session.run(feeds(inputs, arrays), outputs),
    dispose: () => session.dispose(),
  };
}

async function compileLoop(
  program: Program,
  layout: LoopLayout,
  options: EngineOptions = {},
): Promise<LoopExecutable> {
  requireSupported(program);
  const { graph, inputs, outputs } = emitLoop(program, layout);
  const session: Session = await openSession(writeModel(graph), options);
  return {
    engine: "onnx",
    run: async (turns, carried, fixed, each) => {
      const [turnInput, ...rest] = inputs;
      if (turnInput === undefined) throw internal("a loop without its number of turns");
      const arrays = [...carried, ...fixed, ...each];
      const own = rest.map(
        (input, i): Feed =>
          i < carried.length + fixed.length ? input : { ...input, shape: [turns, ...input.shape] },
      );
      const fed = [
        { ...turnInput, data: new BigInt64Array([BigInt(turns)]) },
        ...feeds(own, arrays),
      ];
      const shapes = outputs.map(
        (output, i): Feed =>
          i < layout.carried ? output : { ...output, shape: [turns, ...output.shape] },
      );
      const results = await session.run(fed, shapes);
      return { carried: results.slice(0, layout.carried), reports: results.slice(layout.carried) };
    },
    dispose: () => session.dispose(),
  };
}

function feeds(inputs: readonly Feed[], arrays: readonly TypedArray[]) {
  return inputs.map((input, i) => {
    const data = arrays[i];
    if (
      data === undefined ||
      data.length !== sizeOf(input.shape) ||
      dtypeOf(data) !== input.dtype
    ) {
      throw internal(
        `input ${input.name} was given ${data === undefined ? "nothing" : `${data.length} elements`}`,
      );
    }
    return { ...input, data };
  });
}
