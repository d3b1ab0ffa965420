import { NadirError } from "../../base/errors.ts";
import type { Runtime } from "./session.ts";

/** ONNX Runtime in a browser: WebAssembly kernels. */
export const runtime: Runtime = {
  load: async () => {
    try {
      return await import("onnxruntime-web/wasm");
    } catch (cause) {
      throw new NadirError("engine/missing", "onnxruntime-web cannot be loaded", {
        expected: "the package onnxruntime-web, an optional peer dependency of nadir for browsers",
        hint: 'npm install onnxruntime-web, or engine: "js"',
        cause,
      });
    }
  },
  cores: () => hardwareConcurrency(),
  providers: ["wasm"],
  // Version 1.30 takes an array for an output, fills memory of its own, and says nothing.
  fillsGiven: false,
  drop: () => undefined,
  extra: {},
};

/** Logical cores, where the environment tells. */
function hardwareConcurrency(): number {
  const { navigator } = globalThis as { readonly navigator?: { hardwareConcurrency?: number } }; // the types are Node's
  return navigator?.hardwareConcurrency ?? 1;
}
