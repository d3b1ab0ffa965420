import type { TypedArray } from "../array/dtype.ts";
import type { Program } from "../array/program.ts";

/** The engines there are: generated JavaScript, and ONNX Runtime. */
export type EngineName = "js" | "onnx";

/** A compiled program. Arrays are flat and row-major, one for each input and output, of its dtype. */
export interface Executable {
  readonly engine: EngineName;
  /** Evaluates once. The arrays returned are the caller's to keep: new ones, or those of `into`, results of an earlier run. */
  run(inputs: readonly TypedArray[], into?: readonly TypedArray[]): Promise<TypedArray[]>;
  /** Frees what the engine holds; the executable cannot be used after. */
  dispose(): Promise<void>;
}

/**
 * How a program is one turn of a loop. Its inputs are, in order: `carried` values, `fixed` ones that
 * stay the same, and the rest, of which each turn gets its own. Its outputs: the carried values of the
 * next turn, then what each turn reports.
 */
export interface LoopLayout {
  readonly carried: number;
  readonly fixed: number;
}

/** What a loop ends with. */
export interface LoopResult {
  /** The carried values after the last turn. */
  readonly carried: TypedArray[];
  /** What the turns reported, one array for each report, the turns along a new first axis. */
  readonly reports: TypedArray[];
}

/** A program compiled as a loop that runs many turns in one call. */
export interface LoopExecutable {
  readonly engine: EngineName;
  /**
   * Runs `turns` turns. `each` holds the inputs that differ, one array for each, with the turns along
   * a new first axis. These arrays are not changed. The carried results are new arrays, or those of
   * `into` where it has one: given the results of the call before the last, a run needs two sets of them and no more.
   */
  run(
    turns: number,
    carried: readonly TypedArray[],
    fixed: readonly TypedArray[],
    each: readonly TypedArray[],
    into?: readonly (TypedArray | undefined)[],
  ): Promise<LoopResult>;
  dispose(): Promise<void>;
}

/** How an engine may use the machine. */
export interface EngineOptions {
  /** Threads within one operation; the number of cores, at most 8, unless said. Results do not depend on it. */
  readonly threads?: number | undefined;
}

/** Turns programs into executables. */
export interface Engine {
  readonly name: EngineName;
  /** Why a program cannot run here, naming the operation; undefined if it can. */
  refuse(program: Program): string | undefined;
  /** @throws NadirError `engine/unsupported` if `refuse` has a reason */
  compile(program: Program, options?: EngineOptions): Promise<Executable>;
  compileLoop(
    program: Program,
    layout: LoopLayout,
    options?: EngineOptions,
  ): Promise<LoopExecutable>;
  /** Takes arrays that nobody will read or write again: the memory of large ones is free at once, not when it is next collected. */
  free(arrays: readonly TypedArray[]): void;
}
