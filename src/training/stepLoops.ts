import type { LoopExecutable } from "../runtime/engine.ts";
import { compileStep } from "./loopStep.ts";
import type { RunningPlan } from "./plan.ts";
import type { Progress } from "./snapshot.ts";

/** The compiled steps of a run: the whole one and, of rules that have it, the quiet one, each made when it is first called for. */
export class StepLoops {
  readonly #plan: RunningPlan;
  readonly #threads: number | undefined;
  readonly #loops = new Map<boolean, LoopExecutable>();
  /** Seconds of tracing and compiling so far. */
  seconds = 0;

  constructor(plan: RunningPlan, threads: number | undefined) {
    this.#plan = plan;
    this.#threads = threads;
  }

  /** The step as it is where the run stands. */
  async get(progress: Progress, quiet: boolean): Promise<LoopExecutable> {
    const known = this.#loops.get(quiet);
    if (known !== undefined) return known;
    const { loop, seconds } = await compileStep(this.#plan, progress, quiet, this.#threads);
    this.#loops.set(quiet, loop);
    this.seconds += seconds;
    return loop;
  }

  /** Lets go of what is compiled: the step is another one from now on, or there are no more. */
  async dispose(): Promise<void> {
    for (const loop of this.#loops.values()) await loop.dispose();
    this.#loops.clear();
  }
}
