import { costOf, type Program } from "../array/program.ts";
import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";
import type { Engine, EngineName } from "./engine.ts";
import { jsEngine } from "./js/engine.ts";

/** An engine by name, or the one that should be fastest. */
export type EngineChoice = EngineName | "auto";

/** An engine and why it was taken. */
export interface ChosenEngine {
  readonly engine: Engine;
  readonly why: string;
}

// A call of ONNX Runtime costs about 20 µs whatever it does; generated JavaScript computes about one
// FLOP in a nanosecond. Below this many FLOPs JavaScript answers before ONNX Runtime has begun.
const smallProgram = 20_000;

/**
 * The engine for a program.
 *
 * @throws NadirError `engine/unknown`; `engine/unsupported` if the named engine cannot run the program,
 *   with the operation; `engine/missing` if ONNX Runtime is named and not installed
 */
export async function chooseEngine(choice: EngineChoice, program: Program): Promise<ChosenEngine> {
  if (choice === "js") return { engine: jsEngine, why: "asked for" };
  if (choice !== "auto" && choice !== "onnx") throw unknown(choice);
  const { flops } = costOf(program);
  if (choice === "auto" && flops < smallProgram)
    return { engine: jsEngine, why: `small: ${flops} FLOPs an evaluation` };
  try {
    const { onnxEngine } = await import("./onnx/engine.ts");
    const refusal = onnxEngine.refuse(program);
    if (refusal === undefined) {
      await onnxEngine.load();
      return {
        engine: onnxEngine,
        why: choice === "onnx" ? "asked for" : `${flops} FLOPs an evaluation`,
      };
    }
    if (choice === "onnx")
      throw new NadirError("engine/unsupported", `engine "onnx": ${refusal}`, {
        expected: "operations that ONNX Runtime has",
        hint: 'engine: "js", or dtype: "f32"',
      });
    return { engine: jsEngine, why: `ONNX Runtime cannot run it: ${refusal}` };
  } catch (error) {
    if (choice === "onnx" || !(error instanceof NadirError) || error.code !== "engine/missing")
      throw error;
    return { engine: jsEngine, why: `ONNX Runtime is not installed: ${error.summary}` };
  }
}

function unknown(choice: never): NadirError {
  const near = nearest(String(choice), ["js", "onnx", "auto"]);
  return new NadirError("engine/unknown", `engine is "${String(choice)}"`, {
    expected: '"js", "onnx" or "auto"',
    hint: near === undefined ? undefined : `did you mean "${near}"?`,
  });
}
