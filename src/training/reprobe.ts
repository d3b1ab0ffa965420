import type { TypedArray } from "../array/dtype.ts";
import { rateValue } from "../methods/schedules/rateValue.ts";
import type { LoopExecutable } from "../runtime/engine.ts";
import type { Standing } from "./measure.ts";
import type { RunningPlan } from "./plan.ts";
import { pickRows } from "./rows.ts";

/** What some steps at an earlier, larger rate did to the loss on some training rows, from the end of a run. */
export interface Reprobe {
  /** The rate tried, and the vanished one that the run ended with. */
  readonly rate: number;
  readonly last: number;
  readonly steps: number;
  readonly rows: number;
  readonly before: number;
  readonly after: number;
}

/** A rate below this part of the rate half-way has vanished. */
const vanished = 1e-2;
const mostSteps = 20;
const mostRows = 2000;

/**
 * Where the rate has vanished, takes a few steps from the end with the rate of half-way: tells whether the
 * loss stands still because steps are too small, or would stand still anyway. The step that runs is
 * told that it is half-way, so that nothing is compiled for it. Undefined where the rate has not vanished.
 */
export async function reprobe(
  plan: RunningPlan,
  loop: LoopExecutable,
  { carried, fixed, scale, into }: ReprobedFrom,
): Promise<Reprobe | undefined> {
  const { learningRate } = plan.spec.rule;
  const half = plan.total >> 1;
  if (learningRate === undefined || half === 0) return undefined;
  const [rate, last] = [half, plan.total - 1].map(
    (step) => scale * rateValue(learningRate, step, plan.total),
  );
  if (!(last! < vanished * rate!)) return undefined;
  const { batchSize } = plan.spec;
  const steps = Math.min(mostSteps, plan.total - half);
  const each = [plan.order.rows(plan.total * batchSize, steps * batchSize)];
  const there = [...carried.slice(0, -1), Int32Array.of(half)];
  const result = await loop.run(steps, there, fixed, each, into);
  const rows = Math.min(mostRows, plan.rows);
  const sample = pickRows(plan.data, plan.order.rows(0, rows));
  const at = (values: readonly TypedArray[]): Standing => ({
    params: values.slice(0, plan.params.arrays.length),
    state: values.slice(-1 - plan.state.arrays.length, -1),
  });
  const before = await plan.measurements.over(sample, at(carried));
  const after = await plan.measurements.over(sample, at(result.carried));
  return {
    ...{ rate: rate!, last: last!, steps, rows },
    ...{ before: before.loss, after: after.loss },
  };
}

interface ReprobedFrom {
  readonly carried: readonly TypedArray[];
  readonly fixed: readonly TypedArray[];
  /** Arrays that may be written over. */
  readonly into: readonly (TypedArray | undefined)[] | undefined;
  /** What rates are multiplied by, for rollbacks and plateaus. */
  readonly scale: number;
}
