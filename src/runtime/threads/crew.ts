import { NadirError } from "../../base/errors.ts";
import type { WasmFunctions, WasmMemory, WasmModule } from "../wasm/instance.ts";

/** Work on blocks of rows, `function(task, scratch, from, to)`, that any thread may do in any order. */
export interface Job {
  /** Which of the module's functions. */
  readonly name: string;
  readonly task: number;
  /** Address of the blocks' boundaries, 32-bit numbers, one more than blocks. */
  readonly bounds: number;
  readonly blocks: number;
}

/** Threads over one memory, the caller's among them. They end when it is disposed. */
export interface Crew extends Disposable {
  /**
   * Does a job; returns when all of it is done.
   *
   * @throws NadirError `threads/failed` if a thread could not do its part
   */
  run(job: Job): void;
}

/** What a crew works with. */
export interface CrewPlan {
  readonly module: WasmModule;
  readonly memory: WasmMemory;
  readonly functions: WasmFunctions;
  /** Names of the functions that jobs may ask for. */
  readonly names: readonly string[];
  /** Address of a room for each thread, the caller's first. */
  readonly scratch: readonly number[];
}

/** How threads are had where the program runs. */
export interface Threads {
  /** As many as run at a time here. */
  available(): number;
  /** @throws NadirError `threads/none` where there are none for this; `threads/failed` if one cannot be started */
  start(plan: CrewPlan): Crew;
}

/** The caller alone. */
export const alone = ({ memory, functions, scratch }: CrewPlan): Crew => ({
  run: ({ name, task, bounds, blocks }) => {
    const edges = new Int32Array(memory.buffer, bounds, blocks + 1);
    for (let k = 0; k < blocks; k++) functions[name]!(task, scratch[0]!, edges[k]!, edges[k + 1]!);
  },
  [Symbol.dispose]: () => {},
});

/** A thread that gave up, and why. */
export const failed = (why: string, cause?: unknown): NadirError =>
  new NadirError("threads/failed", `a worker thread failed: ${why}`, {
    expected: "worker threads that share memory, as Node has them",
    hint: "threads: 1",
    cause,
  });
