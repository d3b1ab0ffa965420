import type { TrainingProblem } from "./defineTraining.ts";
import type { Problem } from "./problem.ts";
import type { AnyLoss } from "./step.ts";

/** What is to be trained, whatever the types of its params, batches and state. */
type AnyProblem = Pick<
  TrainingProblem,
  "params" | "loss" | "state" | "data" | "validation" | "test"
>;

/** A problem, and all else that it was given with, for `fit`: its own types are forgotten. */
type Untyped<T> = Omit<T, keyof AnyProblem> & Problem<unknown, unknown, unknown>;

/**
 * A problem without the types of its params, batches and state, for code that trains what a file or a suite of
 * problems holds.
 *
 * The cast: a loss takes the params, rows and state of the problem that it stands in, whose types were checked where the problem
 * was written; `fit` hands it trees made of those, and nothing else. So types that only meet each other may be called unknown together.
 */
export const untyped = <T extends AnyProblem>(problem: T): Untyped<T> =>
  problem as unknown as Untyped<T>;

/**
 * A user's loss as what it is inside: a function of trees of tensors.
 *
 * The cast: the types that it was written with describe such trees and no others, and what calls it builds them from the
 * params, rows and state that stand beside it.
 */
export const untypedLoss = (loss: TrainingProblem["loss"]): AnyLoss => loss as AnyLoss;
