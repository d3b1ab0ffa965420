import type { Tensor } from "../../array/tensor.ts";

/** Where in the run a step stands. */
export interface ScheduleStep {
  /** `i32` scalar, 0 at the first step. */
  readonly index: Tensor;
  /** Steps planned for the whole run. */
  readonly total: number;
}

/**
 * The learning rate as a pure function of the step, so that a resumed run has the rates of an
 * uninterrupted one. Traced into the training step.
 */
export interface Schedule {
  readonly kind: "schedule";
  readonly name: string;
  /** The rate used at a step: a scalar of the trace's float dtype. */
  at(step: ScheduleStep): Tensor;
}

/** A fixed step size, or a schedule. In params per unit of gradient. */
export type LearningRate = number | Schedule;
