import { primitiveOf } from "../array/graph.ts";
import type { Program } from "../array/program.ts";
import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";
import type { Engine, EngineName } from "./engine.ts";
import { jsEngine } from "./js/engine.ts";

/** An engine by name, or the one that should be fastest. */
export type EngineChoice = EngineName | "auto";

/** An engine and why it was taken. */
export interface ChosenEngine {
  readonly engine: Engine;
  readonly why: () => string;
}

// What one evaluation takes, in nanoseconds, by rates measured with `nadir bench`: generated JavaScript
// does about one operation in a nanosecond on one core, additions and products in loops that several
// operations share in a third of one. ONNX Runtime's matrix products
// and convolutions are a hundred times faster, its elementwise passes several times; a call of it costs
// some 25 µs, and each of its nodes about one.
const contractions: ReadonlySet<string> = new Set([
  "dot",
  "conv",
  "convInputGradient",
  "convFilterGradient",
]);

const fused: ReadonlySet<string> = new Set([
  ...["add", "sub", "mul", "neg", "abs", "maximum", "minimum", "relu", "step", "sign"],
  ...["less", "lessEqual", "equal", "and", "or", "not", "where", "reduceSum", "reduceMax"],
]);

/** Nanoseconds on each engine. */
interface Expected {
  readonly js: number;
  readonly onnx: number;
}

// Programs are immutable, and small functions are minimized thousands of times.
const estimates = new WeakMap<Program, Expected>();

/** About how long one evaluation takes on each engine, in nanoseconds: a function of the program alone. */
export function expectedTime(program: Program): Expected {
  const known = estimates.get(program);
  if (known !== undefined) return known;
  let [js, onnx] = [100, 25_000];
  for (const node of program.nodes) {
    const { flops } = primitiveOf(node.op).cost(node);
    js += fused.has(node.op) ? flops / 3 : flops;
    onnx += 1000 + flops * (contractions.has(node.op) ? 0.01 : 0.2);
  }
  const expected = { js, onnx };
  estimates.set(program, expected);
  return expected;
}

/**
 * The engine for a program.
 *
 * @throws NadirError `engine/unknown`; `engine/unsupported` if the named engine cannot run the program,
 *   with the operation; `engine/missing` if ONNX Runtime is named and not installed
 */
export async function chooseEngine(choice: EngineChoice, program: Program): Promise<ChosenEngine> {
  if (choice === "js") return { engine: jsEngine, why: () => "asked for" };
  if (choice !== "auto" && choice !== "onnx") throw unknown(choice);
  const expected = expectedTime(program);
  const show = (nanoseconds: number): string => `${Number((nanoseconds / 1000).toPrecision(2))} µs`;
  if (choice === "auto" && expected.js <= expected.onnx) {
    return {
      engine: jsEngine,
      why: () => `about ${show(expected.js)} an evaluation, ${show(expected.onnx)} on ONNX Runtime`,
    };
  }
  try {
    const { onnxEngine } = await import("./onnx/engine.ts");
    const refusal = onnxEngine.refuse(program);
    if (refusal === undefined) {
      await onnxEngine.load();
      return {
        engine: onnxEngine,
        why: () =>
          choice === "onnx"
            ? "asked for"
            : `about ${show(expected.onnx)} an evaluation, ${show(expected.js)} in JavaScript`,
      };
    }
    if (choice === "onnx")
      throw new NadirError("engine/unsupported", `engine "onnx": ${refusal}`, {
        expected: "operations that ONNX Runtime has",
        hint: 'engine: "js", or dtype: "f32"',
      });
    return { engine: jsEngine, why: () => `ONNX Runtime cannot run it: ${refusal}` };
  } catch (error) {
    if (choice === "onnx" || !(error instanceof NadirError) || error.code !== "engine/missing")
      throw error;
    return { engine: jsEngine, why: () => `ONNX Runtime is not installed: ${error.summary}` };
  }
}

function unknown(choice: never): NadirError {
  const near = nearest(String(choice), ["js", "onnx", "auto"]);
  return new NadirError("engine/unknown", `engine is "${String(choice)}"`, {
    expected: '"js", "onnx" or "auto"',
    hint: near === undefined ? undefined : `did you mean "${near}"?`,
  });
}
