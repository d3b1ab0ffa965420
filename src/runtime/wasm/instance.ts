/** Memory of WebAssembly. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** By so many pages of 64 KiB. */
  grow(pages: number): number;
}

/** A compiled module: it can be handed to another thread. */
export type WasmModule = object;

/** The functions that a module of `moduleWriter` defines. */
export type WasmFunctions = Readonly<Record<string, (...args: readonly number[]) => void>>;

interface Api {
  readonly Memory: new (limits: {
    readonly initial: number;
    readonly maximum?: number;
    readonly shared?: boolean;
  }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: { readonly host: { readonly memory: WasmMemory } },
  ) => { readonly exports: WasmFunctions };
}

/** Node and every browser have it; neither the language's types nor Node's name it. */
export const { WebAssembly: webAssembly } = globalThis as unknown as {
  readonly WebAssembly: Api;
};

/** Can threads share memory here? In a page they can if it is isolated from other origins. */
export const canShare: boolean = typeof SharedArrayBuffer !== "undefined";

/** A module's functions over a memory. */
export const functionsOf = (module: WasmModule, memory: WasmMemory): WasmFunctions =>
  new webAssembly.Instance(module, { host: { memory } }).exports;
