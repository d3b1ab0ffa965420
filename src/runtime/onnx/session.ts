import type { DType, TypedArray } from "../../array/dtype.ts";
import { NadirError } from "../../base/errors.ts";
import type { EngineOptions } from "../engine.ts";
import { type OnnxData, onnxDtypes } from "./dtypes.ts";
import type { Feed } from "./emit.ts";

type Ort = typeof import("onnxruntime-node");

let runtime: Promise<Ort> | undefined;

/** ONNX Runtime, loaded when first needed. @throws NadirError `engine/missing` */
export function loadRuntime(): Promise<Ort> {
  runtime ??= import("onnxruntime-node").catch((cause: unknown) => {
    runtime = undefined;
    throw new NadirError("engine/missing", "onnxruntime-node cannot be loaded", {
      expected: "the package onnxruntime-node, installed with its binary for this platform",
      hint: 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node, or engine: "js"',
      cause,
    });
  });
  return runtime;
}

/** A loaded model. */
export interface Session {
  /** Feeds arrays without copying them and fetches the outputs, which are the caller's to keep. */
  run(
    feeds: readonly (Feed & { readonly data: OnnxData })[],
    fetches: readonly (Feed & { readonly dtype: DType })[],
  ): Promise<TypedArray[]>;
  dispose(): Promise<void>;
}

/** Loads a model. */
export async function openSession(model: Uint8Array, { threads }: EngineOptions): Promise<Session> {
  const ort = await loadRuntime();
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads ?? 2,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 4,
  });
  return {
    run: async (feeds, fetches) => {
      const fed = Object.fromEntries(
        feeds.map(({ name, dtype, shape, data }) => [
          name,
          new ort.Tensor(onnxDtypes[dtype].tensorType, data as Float32Array, shape),
        ]),
      );
      const results = await session.run(
        fed,
        fetches.map(({ name }) => name),
      );
      return fetches.map(({ name }) => results[name]!.data as TypedArray);
    },
    dispose: () => session.release(),
  };
}
