import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";

/** Where in the run a step stands. */
export interface ScheduleStep {
  /** `i32`, 0 at the first step: a scalar, or steps of any shape to get the rates of all of them. */
  readonly index: Tensor;
  /** Steps planned for the whole run. */
  readonly total: number;
  /** What every rate is multiplied by: below 1 after a rollback. 1 unless said. */
  readonly scale?: number | Tensor;
}

/**
 * The learning rate as a pure function of the step, so that a resumed run has the rates of an
 * uninterrupted one. Traced into the training step.
 */
export interface Schedule {
  readonly kind: "schedule";
  readonly name: string;
  /** The rates used at steps: of the shape of `index` and the trace's float dtype. */
  at(step: ScheduleStep): Tensor;
}

/** A fixed step size, or a schedule. In params per unit of gradient. */
export type LearningRate = number | Schedule;

/** The learning rate used at a step, traced. */
export function rateAt(learningRate: LearningRate, step: ScheduleStep): Tensor {
  const { index, scale = 1 } = step;
  const rate =
    typeof learningRate === "number"
      ? index.graph.full(index.shape, learningRate, index.graph.floatType)
      : learningRate.at(step);
  return rate.mul(scale);
}

/**
 * A learning rate that can be one: a finite number above 0, or a schedule.
 *
 * @throws NadirError with `code` for anything else
 */
export function requireRate(code: string, learningRate: LearningRate): LearningRate {
  if (typeof learningRate === "number")
    return requirePositive(code, learningRate, ", or a schedule");
  if (learningRate?.kind === "schedule") return learningRate;
  throw new NadirError(code, `the learning rate is ${describe(learningRate)}`, {
    expected: "a finite number above 0, or a schedule",
  });
}

/** A finite number above 0. @throws NadirError with `code` for anything else */
export function requirePositive(code: string, value: number, alternative = ""): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new NadirError(code, `${code.slice(code.lastIndexOf("/") + 1)} is ${describe(value)}`, {
    expected: `a finite number above 0${alternative}`,
  });
}

/** A finite number of at least 0. @throws NadirError with `code` for anything else */
export function requireNonNegative(code: string, value: number): number {
  if (Number.isFinite(value) && value >= 0) return value;
  throw new NadirError(code, `${code.slice(code.lastIndexOf("/") + 1)} is ${describe(value)}`, {
    expected: "a finite number of at least 0",
  });
}

const describe = (value: unknown): string =>
  typeof value === "number" || value == null
    ? String(value)
    : `no number but ${JSON.stringify(value)}`;
