import type { TypedArray } from "../../array/dtype.ts";
import { formatShape } from "../../array/shape.ts";
import { internal, NadirError } from "../../base/errors.ts";
import type { EngineOptions } from "../engine.ts";
import { type OnnxData, onnxDtypes } from "./dtypes.ts";
import type { Emitted, Feed } from "./emit.ts";
import { writeModel } from "./model.ts";

/** A tensor of ONNX Runtime: a typed array with a type and a shape. */
type OrtTensor = object;

/** What nadir uses of ONNX Runtime: the same in Node and in a browser. */
export interface Ort {
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<OrtSession>;
  };
  readonly Tensor: new (type: string, data: OnnxData, shape: readonly number[]) => OrtTensor;
}

interface OrtSession {
  run(
    feeds: Record<string, OrtTensor>,
    fetches: Record<string, OrtTensor>,
  ): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** ONNX Runtime as one platform has it: `node.ts` or `web.ts`, by the package's `browser` condition. */
export interface Runtime {
  /** @throws NadirError `engine/missing` */
  load(): Promise<Ort>;
  /** Cores of this machine. */
  cores(): number;
  readonly providers: readonly string[];
}

/** An array fed into an input or to be filled by an output. */
export interface Filled extends Feed {
  readonly data: OnnxData;
}

/** A loaded model. */
export interface Session {
  /**
   * Runs once: reads the inputs where they are and fills the outputs.
   *
   * @throws NadirError `engine/disposed`, `engine/index` for an index outside its axis, `engine/memory`
   */
  run(inputs: readonly Filled[], outputs: readonly Filled[]): Promise<void>;
  dispose(): Promise<void>;
}

let loaded: Promise<{ readonly ort: Ort; readonly runtime: Runtime }> | undefined;

/** ONNX Runtime, loaded when first needed. @throws NadirError `engine/missing` */
export function loadRuntime(): Promise<{ readonly ort: Ort; readonly runtime: Runtime }> {
  loaded ??= import("#onnxruntime")
    .then(async ({ runtime }) => ({ ort: await runtime.load(), runtime }))
    .catch((error: unknown) => {
      loaded = undefined; // it may have been installed before the next attempt
      throw error;
    });
  return loaded;
}

/** How a session holds memory for intermediate results. */
export interface SessionMemory {
  /** Keep it from run to run. Default true. Else it is given back, which costs a tenth of the time of a large model. */
  readonly keep?: boolean;
  /** Plan it as one block. Default true. Else a large model takes less, and a small one more time. */
  readonly plan?: boolean;
}

/** Loads a model. */
export async function openSession(
  emitted: Pick<Emitted, "graph" | "mostThreads">,
  options: EngineOptions,
  { keep = true, plan = true }: SessionMemory = {},
): Promise<Session> {
  const { ort, runtime } = await loadRuntime();
  let session: OrtSession | undefined;
  try {
    session = await ort.InferenceSession.create(writeModel(emitted.graph), {
      executionProviders: runtime.providers,
      graphOptimizationLevel: "all",
      intraOpNumThreads: Math.min(emitted.mostThreads, options.threads ?? runtime.cores()),
      interOpNumThreads: 1,
      executionMode: "sequential",
      enableCpuMemArena: keep,
      enableMemPattern: plan,
      logSeverityLevel: 4, // at 3, an error that is thrown is also printed on standard error
    });
  } catch (cause) {
    throw because(`ONNX Runtime refuses a model: ${messageOf(cause)}`, cause);
  }
  const tensors = (values: readonly Filled[]): Record<string, OrtTensor> => {
    const named: Record<string, OrtTensor> = {};
    for (const { name, dtype, shape, data } of values)
      named[name] = new ort.Tensor(onnxDtypes[dtype].tensorType, data, shape);
    return named;
  };
  return {
    run: async (inputs, outputs) => {
      if (session === undefined)
        throw new NadirError("engine/disposed", "a compiled program was used after dispose()", {
          expected: "dispose() as the last call",
        });
      try {
        await session.run(tensors(inputs), tensors(outputs));
      } catch (cause) {
        throw runError(messageOf(cause), cause);
      }
    },
    dispose: async () => {
      const ending = session;
      session = undefined;
      await ending?.release();
    },
  };
}

const messageOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).trim().replace(/\.$/, "");

function because(message: string, cause: unknown): Error {
  const error = internal(message);
  error.cause = cause;
  return error;
}

/** ONNX Runtime's messages name the node, which is named after nadir's operation. */
function runError(message: string, cause: unknown): Error {
  const bounds = /idx=(-?\d+) must be within the inclusive range \[-?\d+,(-?\d+)\]/.exec(message);
  if (bounds !== null) {
    const [, index, last] = bounds;
    return new NadirError("engine/index", `an index is ${index}, outside its axis`, {
      expected: `a whole number from 0 to ${last}`,
      hint: "check the labels and indices in the data",
      cause,
    });
  }
  if (/[Ff]ailed to allocate memory|bad_alloc/.test(message))
    return new NadirError("engine/memory", "ONNX Runtime cannot allocate memory", {
      expected: "room for the activations of one batch",
      hint: "a smaller batchSize",
      cause,
    });
  return because(`ONNX Runtime failed: ${message}`, cause);
}

/** Pairs declared inputs or outputs with arrays, which must fit. */
export function fill(feeds: readonly Feed[], arrays: readonly (TypedArray | OnnxData)[]): Filled[] {
  return feeds.map((feed, i) => {
    const data = arrays[i];
    if (data === undefined || data.length !== feed.shape.reduce((a, b) => a * b, 1)) {
      const found = data === undefined ? "nothing" : `${data.length} elements`;
      throw internal(`${feed.name} ${formatShape(feed.shape)} was given ${found}`);
    }
    if (!(data instanceof onnxDtypes[feed.dtype].array))
      throw internal(`${feed.name} of ${feed.dtype} was given a ${data.constructor.name}`);
    return { ...feed, data };
  });
}
