import type { Tensor } from "../../array/tensor.ts";
import { requireCount } from "../../base/require.ts";
import { jit } from "../../runtime/jit.ts";
import { type LearningRate, rateAt, type Schedule } from "./schedule.ts";

/** The learning rate at a step of a run of `total` steps, as a number, in double precision. */
export function rateValue(learningRate: LearningRate, step: number, total: number): number {
  if (typeof learningRate === "number") return learningRate;
  requireCount("schedules/step", step, 0);
  return rateFunction(learningRate, total)(Int32Array.of(step)).data[0]!;
}

/** The learning rates at steps of a run of `total` steps, in double precision. */
export function rateValues(
  learningRate: LearningRate,
  steps: readonly number[],
  total: number,
): number[] {
  if (typeof learningRate === "number") return steps.map(() => learningRate);
  for (const step of steps) requireCount("schedules/step", step, 0);
  return Array.from(rateFunction(learningRate, total)(Int32Array.from(steps)).data);
}

type RateFunction = (steps: Int32Array) => { readonly data: ArrayLike<number> };

const compiled = new WeakMap<Schedule, Map<number, RateFunction>>();

/** Compiled once for each schedule and length of run. */
function rateFunction(schedule: Schedule, total: number): RateFunction {
  const known = compiled.get(schedule) ?? new Map<number, RateFunction>();
  compiled.set(schedule, known);
  let rates = known.get(total);
  if (rates === undefined) {
    rates = jit((index: Tensor) => rateAt(schedule, { index, total }), { dtype: "f64" });
    known.set(total, rates);
  }
  return rates;
}
