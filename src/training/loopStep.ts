import type { Program } from "../array/program.ts";
import { rateAt } from "../methods/schedules/schedule.ts";
import { expectedTime } from "../runtime/choose.ts";
import type { Engine, LoopExecutable } from "../runtime/engine.ts";
import type { RunningPlan } from "./plan.ts";
import { settledLoop, settlerOf } from "./settled.ts";
import type { Progress } from "./snapshot.ts";
import { type StepSpec, traceStep } from "./step.ts";
import { noiseOf, scaleOf } from "./watch/plateau.ts";

// Long enough that the host's part of a call is lost in it, short enough for live progress.
export const callMilliseconds = 100;
// After each call a gradient is measured, to see that it can be: no more than a quarter of the work.
const leastTurns = 4;
/** What the host does for each step: choosing its rows, keeping and telling its loss. More than a tiny step takes. */
const hostNanoseconds = 2000;

/**
 * Steps in a call: a function of the work, never of the clock. A run rolls back to where a call began,
 * and must roll back to the same step however fast the machine is and wherever it was resumed.
 */
export function turnsOfCall({ name }: Engine, program: Program): number {
  const turn = (expectedTime(program)[name] + hostNanoseconds) * 1e-6;
  return Math.max(leastTurns, Math.round(callMilliseconds / turn));
}

/** The step as it is now: with the rates and the noise that rollbacks and plateaus have led to. */
export async function compileStep(
  plan: RunningPlan,
  progress: Progress,
  quiet: boolean,
  threads: number | undefined,
): Promise<{ loop: LoopExecutable; seconds: number }> {
  const began = performance.now();
  const [rateScale, noise] = [scaleOf(progress), noiseOf(progress)];
  const restart = progress.watch?.restart ?? 0;
  const { program, layout } =
    rateScale === plan.spec.rateScale && noise === 0 && restart === 0 && !quiet
      ? plan.step
      : traceStep({ ...plan.spec, rateScale, noise, quiet, ...begunAnew(plan, restart) });
  const compiled = await plan.engine.compileLoop(program, layout, { threads });
  const settler = settlerOf(plan.spec.rule, plan.params);
  const loop =
    settler === undefined
      ? compiled
      : settledLoop(compiled, settler, plan.params.arrays.length, (index) => ({
          ...{ index, total: plan.total, scale: rateScale },
        }));
  return { loop, seconds: (performance.now() - began) / 1000 };
}

/** The rule's schedule from a step on, as if the run began there. */
function begunAnew({ spec, total }: RunningPlan, restart: number): Pick<StepSpec, "rate"> {
  const { learningRate } = spec.rule;
  if (restart === 0 || learningRate === undefined) return {};
  const left = total - restart;
  return { rate: (index) => rateAt(learningRate, { index: index.sub(restart), total: left }) };
}
