import { formatShape } from "../../array/shape.ts";
import { internal, NadirError } from "../../base/errors.ts";
import type { EngineOptions } from "../engine.ts";
import { elementCount, type OnnxData, onnxDtypes } from "./dtypes.ts";
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
    fetches: Record<string, OrtTensor | null>,
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
  /** Whether it writes outputs into arrays that it is given; else they are copied there. */
  readonly fillsGiven: boolean;
  /** Frees the memory of an array that nobody will use any more, at once: its length is 0 then. */
  drop(array: ArrayBufferView): void;
  /** Further options of sessions, by ONNX Runtime's keys. */
  readonly extra: object;
}

/** A loaded model. */
export interface Session {
  /**
   * Runs once: reads the arrays given where they are, one for each input, and fills one for each output.
   *
   * @throws NadirError `engine/disposed`, `engine/index` for an index outside its axis, `engine/memory`
   */
  run(
    inputs: readonly Feed[],
    given: readonly OnnxData[],
    outputs: readonly Feed[],
    filled: readonly OnnxData[],
  ): Promise<void>;
  dispose(): Promise<void>;
}

/** Outputs up to this size are fetched and copied: telling ONNX Runtime where to write takes longer. */
const smallBytes = 16 * 1024;

let loaded: Promise<{ readonly ort: Ort; readonly runtime: Runtime }> | undefined;
/** The runtime, once it is loaded. */
let running: Runtime | undefined;

/** ONNX Runtime, loaded when first needed. @throws NadirError `engine/missing` */
export function loadRuntime(): Promise<{ readonly ort: Ort; readonly runtime: Runtime }> {
  loaded ??= import("#onnxruntime")
    .then(async ({ runtime }) => {
      const ort = await runtime.load();
      running = runtime;
      return { ort, runtime };
    })
    .catch((error: unknown) => {
      loaded = undefined; // it may have been installed before the next attempt
      throw error;
    });
  return loaded;
}

/** Frees the memory of an array at once: its length is 0 then. Where that cannot be done it is left to garbage collection. */
export function drop(array: OnnxData): void {
  running?.drop(array);
}

/** How a session holds memory for intermediate results. */
export interface SessionMemory {
  /** Keep it from run to run. Default true. Else it is given back, which costs a tenth of the time of a large model. */
  readonly keep?: boolean;
  /** Plan it as one block. Default true. Else a large model takes less, and a small one more time. */
  readonly plan?: boolean;
  /**
   * Free at once what the library hands out a second time, instead of leaving it to garbage collection. Default false: the next run has to ask
   * the system for that memory again, page by page, which made steps of 2 million params five times as long.
   */
  readonly spare?: boolean;
}

/** Loads a model. */
export async function openSession(
  emitted: Pick<Emitted, "graph" | "mostThreads">,
  options: EngineOptions,
  { keep = true, plan = true, spare = false }: SessionMemory = {},
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
      extra: runtime.extra,
      logSeverityLevel: 4, // at 3, an error that is thrown is also printed on standard error
    });
  } catch (cause) {
    throw because(`ONNX Runtime refuses a model: ${messageOf(cause)}`, cause);
  }
  const tensor = ({ name, dtype, shape }: Feed, data: OnnxData | undefined): OrtTensor => {
    if (data === undefined || data.length !== elementCount(shape)) {
      const found = data === undefined ? "nothing" : `${data.length} elements`;
      throw internal(`${name} ${formatShape(shape)} was given ${found}`);
    }
    if (!(data instanceof onnxDtypes[dtype].array))
      throw internal(`${name} of ${dtype} was given a ${data.constructor.name}`);
    return new ort.Tensor(onnxDtypes[dtype].tensorType, data, shape);
  };
  return {
    run: async (inputs, given, outputs, filled) => {
      if (session === undefined)
        throw new NadirError("engine/disposed", "a compiled program was used after dispose()", {
          expected: "dispose() as the last call",
        });
      const feeds: Record<string, OrtTensor> = {};
      for (let i = 0; i < inputs.length; i++) feeds[inputs[i]!.name] = tensor(inputs[i]!, given[i]);
      const fetches: Record<string, OrtTensor | null> = {};
      const copied: number[] = [];
      for (let i = 0; i < outputs.length; i++) {
        const copies = !runtime.fillsGiven || filled[i]!.byteLength <= smallBytes;
        fetches[outputs[i]!.name] = copies ? null : tensor(outputs[i]!, filled[i]);
        if (copies) copied.push(i);
      }
      let results: Readonly<Record<string, OrtTensor>>;
      try {
        results = await session.run(feeds, fetches);
      } catch (cause) {
        throw runError(messageOf(cause), cause);
      }
      for (const i of copied) copy(results[outputs[i]!.name], filled[i]!);
      // What was written where it is wanted is handed out a second time, as a copy that version 1.30 makes.
      for (let i = 0; spare && i < outputs.length; i++)
        if (fetches[outputs[i]!.name] !== null) dropCopy(results[outputs[i]!.name], filled[i]!);
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

/** Frees a tensor's memory, unless it is the one that was filled. */
function dropCopy(tensor: OrtTensor | undefined, filled: OnnxData): void {
  const data = tensor !== undefined && "data" in tensor ? tensor.data : undefined;
  if (ArrayBuffer.isView(data) && data.buffer !== filled.buffer) running?.drop(data);
}

/** Copies the elements of a tensor that came out. */
function copy(tensor: OrtTensor | undefined, to: OnnxData): void {
  const from = tensor !== undefined && "data" in tensor ? tensor.data : undefined;
  if (!ArrayBuffer.isView(from) || from.constructor !== to.constructor || !("length" in from))
    throw internal(`an output that is no ${to.constructor.name}`);
  if (from.length !== to.length)
    throw internal(`${from.length} elements for an array of ${to.length}`);
  to.set(from as never); // of the same type, as was just seen
}
